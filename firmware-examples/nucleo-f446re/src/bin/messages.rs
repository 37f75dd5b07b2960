//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages::{self, Clock};
use cortex_m_rt::entry;
use embassy_time::Instant;
use nucleo_f446re::{Nucleo, engine, rest};

#[entry]
fn main() -> ! {
    let mut serial = Nucleo::take().serial;
    // The time driver started with the board.
    let clock = Clock {
        now: || Instant::now().as_millis() as u32,
        ticks: 1,
    };
    messages::run(engine(), &mut serial, &clock);
    rest()
}

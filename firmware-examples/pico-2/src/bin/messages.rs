//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages;
use cortex_m_rt::entry;
use pico_2::{Pico2, engine, rest};

#[entry]
fn main() -> ! {
    let mut serial = Pico2::take().serial;
    messages::run(engine(), &mut serial);
    rest()
}

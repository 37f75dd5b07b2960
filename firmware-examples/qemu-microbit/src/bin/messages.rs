//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages::{self, Clock};
use cortex_m_rt::entry;
use qemu_microbit::{Microbit, engine, exit};

#[entry]
fn main() -> ! {
    let Microbit {
        mut serial, clock, ..
    } = Microbit::take();
    let clock = Clock {
        now: || clock.now(),
        ticks: 1_000,
    };
    messages::run(engine(), &mut serial, &clock);
    exit(0)
}

//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages;
use cortex_m_rt::entry;
use qemu_microbit::{Microbit, engine, exit};

#[entry]
fn main() -> ! {
    let mut serial = Microbit::take().serial;
    messages::run(engine(), &mut serial);
    exit(0)
}

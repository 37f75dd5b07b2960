//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages;
use cortex_m_rt::entry;
use pico::{Pico, engine, rest};

#[entry]
fn main() -> ! {
    let mut serial = Pico::take().serial;
    messages::run(engine(), &mut serial);
    rest()
}

//! Writes text to the serial line, character by character, as it is generated.
#![no_std]
#![no_main]

use common::generate;
use cortex_m_rt::entry;
use pico_2::{Pico2, engine, rest};

#[entry]
fn main() -> ! {
    let mut serial = Pico2::take().serial;
    generate::run(engine(), &mut serial, "ROMEO:\n", 1000, 42);
    rest()
}

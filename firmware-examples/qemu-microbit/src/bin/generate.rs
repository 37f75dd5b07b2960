//! Writes text, character by character, as it is generated.
#![no_std]
#![no_main]

use common::generate;
use cortex_m_rt::entry;
use qemu_microbit::{Microbit, engine, exit};

#[entry]
fn main() -> ! {
    let mut serial = Microbit::take().serial;
    generate::run(engine(), &mut serial, "ROMEO:\n", 300, 42);
    exit(0)
}

//! Writes text to the serial line, character by character, as it is generated.
#![no_std]
#![no_main]

use common::generate;
use esp_hal::main;
use esp32_c3::{DevKit, engine, rest};

#[main]
fn main() -> ! {
    let mut serial = DevKit::take().serial;
    generate::run(engine(), &mut serial, "ROMEO:\n", 1000, 42);
    rest()
}

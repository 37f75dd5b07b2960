//! Computes what the trainer computed when it wrote the model, and compares: device equals trainer, bit for bit.
#![no_std]
#![no_main]

use common::selftest;
use esp_hal::main;
use esp32_c3::{DevKit, engine, rest};

#[main]
fn main() -> ! {
    let mut serial = DevKit::take().serial;
    selftest::run(engine(), &mut serial);
    rest()
}

//! Computes what the trainer computed when it wrote the model, and compares: device equals trainer, bit for bit.
#![no_std]
#![no_main]

use common::selftest;
use cortex_m_rt::entry;
use qemu_microbit::{Microbit, engine, exit};

#[entry]
fn main() -> ! {
    let mut serial = Microbit::take().serial;
    let equal = selftest::run(engine(), &mut serial);
    exit(i32::from(!equal))
}

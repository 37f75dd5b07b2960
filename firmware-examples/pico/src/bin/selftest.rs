//! Computes what the trainer computed when it wrote the model, and compares: device equals trainer, bit for bit.
#![no_std]
#![no_main]

use common::selftest;
use cortex_m_rt::entry;
use pico::{Pico, engine, rest};

#[entry]
fn main() -> ! {
    let mut serial = Pico::take().serial;
    selftest::run(engine(), &mut serial);
    rest()
}

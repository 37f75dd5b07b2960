//! Computes what the trainer computed when it wrote the model, and compares: device equals trainer, bit for bit.
#![no_std]
#![no_main]

use common::selftest;
use cortex_m_rt::entry;
use qemu_cortex_m4::{Log, engine, exit};

#[entry]
fn main() -> ! {
    let equal = selftest::run(engine(), &mut Log::new());
    exit(i32::from(!equal))
}

//! Computes what the trainer computed when it wrote the model, and compares: device equals trainer, bit for bit.
#![no_std]
#![no_main]

use common::selftest;
use qemu_riscv32i::{Serial, engine, exit};
use riscv_rt::entry;

#[entry]
fn main() -> ! {
    let equal = selftest::run(engine(), &mut Serial);
    exit(i32::from(!equal))
}

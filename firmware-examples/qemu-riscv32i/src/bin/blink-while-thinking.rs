//! Keeps a steady beat while it generates: the engine stops between layers and lets the beat have its turn.
#![no_std]
#![no_main]

use common::blink;
use qemu_riscv32i::{Serial, engine, exit, now};
use riscv_rt::entry;

/// In ticks of 10 MHz: the machine runs a billion instructions a second.
const FIVE_MILLISECONDS: u32 = 50_000;

#[entry]
fn main() -> ! {
    let mut led = false;
    let kept = blink::run(engine(), &mut Serial, 40, FIVE_MILLISECONDS, now, || {
        led = !led
    });
    exit(i32::from(!kept))
}

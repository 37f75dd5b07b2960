//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages::{self, Clock};
use qemu_riscv32i::{Serial, engine, exit, now};
use riscv_rt::entry;

#[entry]
fn main() -> ! {
    // Of 10 MHz.
    let clock = Clock { now, ticks: 10_000 };
    messages::run(engine(), &mut Serial, &clock);
    exit(0)
}

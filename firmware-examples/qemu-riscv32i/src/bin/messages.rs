//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages;
use qemu_riscv32i::{Serial, engine, exit};
use riscv_rt::entry;

#[entry]
fn main() -> ! {
    messages::run(engine(), &mut Serial);
    exit(0)
}

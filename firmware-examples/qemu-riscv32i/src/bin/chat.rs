//! Reads a prompt and continues it, again and again. Ctrl-D starts afresh.
#![no_std]
#![no_main]

use common::chat;
use qemu_riscv32i::{Serial, engine, exit};
use riscv_rt::entry;

#[entry]
fn main() -> ! {
    chat::run(engine(), &mut Serial);
    exit(0)
}

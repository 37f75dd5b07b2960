//! Writes text, character by character, as it is generated. Then says how many instructions
//! that took, from the processor's own counter.
#![no_std]
#![no_main]

use common::generate;
use core::fmt::Write;
use qemu_riscv32i::{Serial, engine, exit};
use riscv::register::minstret;
use riscv_rt::entry;

const PROMPT: &str = "ROMEO:\n";
const LENGTH: usize = 300;

#[entry]
fn main() -> ! {
    let engine = engine();
    let before = minstret::read64();
    generate::run(engine, &mut Serial, PROMPT, LENGTH, 42);
    let tokens = PROMPT.len() + LENGTH;
    let each = (minstret::read64() - before) / tokens as u64;
    let _ = writeln!(
        Serial,
        "# {each} instructions a token, sampling and serial line included"
    );
    exit(0)
}

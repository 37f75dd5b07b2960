//! Reads a prompt and continues it, again and again. Ctrl-D starts afresh.
#![no_std]
#![no_main]

use common::chat;
use cortex_m_rt::entry;
use qemu_microbit::{Microbit, engine, exit};

#[entry]
fn main() -> ! {
    let mut serial = Microbit::take().serial;
    chat::run(engine(), &mut serial);
    exit(0)
}

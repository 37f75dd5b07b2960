//! Reads a prompt and continues it, again and again. Ctrl-D starts afresh.
#![no_std]
#![no_main]

use common::chat;
use cortex_m_rt::entry;
use qemu_cortex_m4::{Log, engine, exit};

#[entry]
fn main() -> ! {
    chat::run(engine(), &mut Log::new());
    exit(0)
}

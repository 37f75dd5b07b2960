//! Writes text as it is generated, a line of text a line of the log.
#![no_std]
#![no_main]

use common::generate;
use cortex_m_rt::entry;
use qemu_cortex_m4::{Log, engine, exit};

#[entry]
fn main() -> ! {
    generate::run(engine(), &mut Log::new(), "ROMEO:\n", 300, 42);
    exit(0)
}

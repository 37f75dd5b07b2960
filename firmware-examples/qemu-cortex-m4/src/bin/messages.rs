//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages;
use cortex_m_rt::entry;
use qemu_cortex_m4::{Log, engine, exit};

#[entry]
fn main() -> ! {
    messages::run(engine(), &mut Log::new());
    exit(0)
}

//! Keeps a steady beat while it generates: the engine stops between layers and lets the beat have its turn.
#![no_std]
#![no_main]

use common::blink;
use cortex_m_rt::entry;
use qemu_cortex_m4::{Clock, Log, engine, exit};

/// In milliseconds.
const QUARTER_SECOND: u32 = 250;

#[entry]
fn main() -> ! {
    let clock = Clock::take();
    let mut led = false;
    let kept = blink::run(
        engine(),
        &mut Log::new(),
        40,
        QUARTER_SECOND,
        || clock.now(),
        || led = !led,
    );
    exit(i32::from(!kept))
}

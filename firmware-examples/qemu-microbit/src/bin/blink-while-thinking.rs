//! Blinks an LED at a steady beat while it generates: the engine stops between layers and lets the LED have its turn.
#![no_std]
#![no_main]

use common::blink;
use cortex_m_rt::entry;
use qemu_microbit::{Microbit, engine, exit};

/// In microseconds.
const HALF_SECOND: u32 = 500_000;

#[entry]
fn main() -> ! {
    let Microbit {
        mut serial,
        clock,
        mut led,
    } = Microbit::take();
    let kept = blink::run(
        engine(),
        &mut serial,
        40,
        HALF_SECOND,
        || clock.now(),
        || led.toggle(),
    );
    exit(i32::from(!kept))
}

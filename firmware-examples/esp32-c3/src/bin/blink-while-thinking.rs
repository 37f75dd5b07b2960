//! Blinks an LED at a steady beat while it generates: the engine stops between layers and lets the LED have its turn.
#![no_std]
#![no_main]

use common::blink;
use esp_hal::main;
use esp32_c3::{DevKit, engine, now, rest};

/// In milliseconds.
const HALF_SECOND: u32 = 500;

#[main]
fn main() -> ! {
    let DevKit {
        mut serial,
        mut led,
    } = DevKit::take();
    blink::run(engine(), &mut serial, 1000, HALF_SECOND, now, || {
        led.toggle()
    });
    rest()
}

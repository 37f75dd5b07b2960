//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages;
use esp_hal::main;
use esp32_c3::{DevKit, engine, rest};

#[main]
fn main() -> ! {
    let mut serial = DevKit::take().serial;
    messages::run(engine(), &mut serial);
    rest()
}

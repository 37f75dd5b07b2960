//! Sends what is typed as a packet, and shows a packet as text.
#![no_std]
#![no_main]

use common::messages::{self, Clock};
use esp_hal::main;
use esp32_c3::{DevKit, engine, now, rest};

#[main]
fn main() -> ! {
    let mut serial = DevKit::take().serial;
    messages::run(engine(), &mut serial, &Clock { now, ticks: 1 });
    rest()
}

//! Reads a prompt from the serial line and continues it, again and again. Ctrl-D starts afresh.
#![no_std]
#![no_main]

use common::chat;
use esp_hal::main;
use esp32_c3::{DevKit, engine, rest};

#[main]
fn main() -> ! {
    let mut serial = DevKit::take().serial;
    chat::run(engine(), &mut serial);
    rest()
}

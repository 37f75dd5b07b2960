//! Reads a prompt from the serial line and continues it, again and again. Ctrl-D starts afresh.
#![no_std]
#![no_main]

use common::chat;
use cortex_m_rt::entry;
use microbit_v2::{Microbit, engine, rest};

#[entry]
fn main() -> ! {
    let mut serial = Microbit::take().serial;
    chat::run(engine(), &mut serial);
    rest()
}

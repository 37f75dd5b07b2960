//! Reads a prompt from the serial line and continues it, again and again. Ctrl-D starts afresh.
#![no_std]
#![no_main]

use common::chat;
use cortex_m_rt::entry;
use nucleo_f446re::{Nucleo, engine, rest};

#[entry]
fn main() -> ! {
    let mut serial = Nucleo::take().serial;
    chat::run(engine(), &mut serial);
    rest()
}

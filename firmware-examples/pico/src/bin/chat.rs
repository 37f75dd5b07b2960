//! Reads a prompt from the serial line and continues it, again and again. Ctrl-D starts afresh.
#![no_std]
#![no_main]

use common::chat;
use cortex_m_rt::entry;
use pico::{Serial, engine, rest};

#[entry]
fn main() -> ! {
    let board = embassy_rp::init(Default::default());
    let mut serial = Serial::new(board.UART0, board.PIN_0, board.PIN_1);
    chat::run(engine(), &mut serial);
    rest()
}

//! Writes text to the serial line, character by character, as it is generated.
#![no_std]
#![no_main]

use common::generate;
use cortex_m_rt::entry;
use pico::{Serial, engine, rest};

#[entry]
fn main() -> ! {
    let board = embassy_rp::init(Default::default());
    let mut serial = Serial::new(board.UART0, board.PIN_0, board.PIN_1);
    generate::run(engine(), &mut serial, "ROMEO:\n", 1000, 42);
    rest()
}

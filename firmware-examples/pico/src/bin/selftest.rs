//! Computes what the trainer computed when it wrote the model, and compares: device equals trainer, bit for bit.
#![no_std]
#![no_main]

use common::selftest;
use cortex_m_rt::entry;
use pico::{Serial, engine, rest};

#[entry]
fn main() -> ! {
    let board = embassy_rp::init(Default::default());
    let mut serial = Serial::new(board.UART0, board.PIN_0, board.PIN_1);
    selftest::run(engine(), &mut serial);
    rest()
}

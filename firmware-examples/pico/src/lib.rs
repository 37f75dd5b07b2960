//! Raspberry Pi Pico: its model and its serial line.
#![no_std]

mod serial;

pub use serial::Serial;

use core::fmt::Write;
use core::panic::PanicInfo;
use cortex_m_rt as _;
use formats::boards::PICO;

common::embed_model!(env!("MODEL_PATH"), PICO);

/// The end of a program: there is nothing to return to.
pub fn rest() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // SAFETY: whoever held the line will not go on.
    let board = unsafe { embassy_rp::Peripherals::steal() };
    let _ = writeln!(Serial::new(board.UART0, board.PIN_0, board.PIN_1), "{info}");
    rest()
}

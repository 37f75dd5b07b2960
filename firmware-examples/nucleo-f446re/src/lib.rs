//! ST Nucleo-F446RE: its model, its clock, its serial line and its LED.
#![no_std]

mod clock;
mod serial;

pub use serial::Serial;

use core::fmt::Write;
use core::panic::PanicInfo;
use cortex_m as _;
use cortex_m_rt as _;
use embassy_stm32::gpio::{Level, Output, Speed};
use formats::boards::NUCLEO_F446RE;

common::embed_model!(env!("MODEL_PATH"), NUCLEO_F446RE);

/// What programs use of the board.
pub struct Nucleo {
    /// The serial line.
    pub serial: Serial,
    /// The green LED, LD2.
    pub led: Output<'static>,
}

impl Nucleo {
    /// Sets everything up.
    ///
    /// # Panics
    /// The second time.
    pub fn take() -> Self {
        let board = clock::init();
        Self {
            serial: Serial::new(board.USART2, board.PA2, board.PA3),
            led: Output::new(board.PA5, Level::Low, Speed::Low),
        }
    }
}

/// The end of a program: there is nothing to return to.
pub fn rest() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // SAFETY: whoever held the line will not go on.
    let board = unsafe { embassy_stm32::Peripherals::steal() };
    let _ = writeln!(Serial::new(board.USART2, board.PA2, board.PA3), "{info}");
    rest()
}

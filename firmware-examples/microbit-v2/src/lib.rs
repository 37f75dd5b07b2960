//! BBC micro:bit v2: its model, its serial line and one of its LEDs.
#![no_std]

mod serial;

pub use serial::Serial;

use core::fmt::Write;
use core::panic::PanicInfo;
use cortex_m as _;
use cortex_m_rt as _;
use embassy_nrf::gpio::{Level, Output, OutputDrive};
use formats::boards::MICROBIT_V2;

common::embed_model!(env!("MODEL_PATH"), MICROBIT_V2);

/// What programs use of the board.
pub struct Microbit {
    /// The serial line.
    pub serial: Serial,
    /// The row of the LED in the upper left corner: high is on.
    pub led: Output<'static>,
    /// Its column: low as long as this lives.
    pub column: Output<'static>,
}

impl Microbit {
    /// Sets everything up.
    ///
    /// # Panics
    /// The second time.
    pub fn take() -> Self {
        let board = embassy_nrf::init(Default::default());
        Self {
            serial: Serial::new(board.UARTE0, board.P0_06, board.P1_08),
            led: Output::new(board.P0_21, Level::Low, OutputDrive::Standard),
            column: Output::new(board.P0_28, Level::Low, OutputDrive::Standard),
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
    let board = unsafe { embassy_nrf::Peripherals::steal() };
    let _ = writeln!(
        Serial::new(board.UARTE0, board.P0_06, board.P1_08),
        "{info}"
    );
    rest()
}

//! Raspberry Pi Pico 2: its model, its serial line and its LED.
#![no_std]

pub mod uart;
#[cfg(feature = "usb")]
pub mod usb;

#[cfg(not(feature = "usb"))]
pub use uart::Serial;
#[cfg(feature = "usb")]
pub use usb::Serial;

use core::fmt::Write;
use core::panic::PanicInfo;
use cortex_m_rt as _;
use embassy_rp::gpio::{Level, Output};
use formats::boards::PICO_2;

common::embed_model!(env!("MODEL_PATH"), PICO_2);

/// What programs use of the board.
pub struct Pico2 {
    /// The serial line: UART0, or with the feature `usb` the Pico 2's own USB.
    pub serial: Serial,
    /// The green LED.
    pub led: Output<'static>,
}

impl Pico2 {
    /// Sets everything up, at 150 MHz. With the feature `usb` it returns when a terminal has opened the line.
    ///
    /// # Panics
    /// The second time.
    pub fn take() -> Self {
        let board = embassy_rp::init(Default::default());
        let led = Output::new(board.PIN_25, Level::Low);
        #[cfg(not(feature = "usb"))]
        let serial = Serial::new(board.UART0, board.PIN_0, board.PIN_1);
        #[cfg(feature = "usb")]
        let serial = Serial::new(board.USB);
        Self { serial, led }
    }
}

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
    let _ = writeln!(
        uart::Serial::new(board.UART0, board.PIN_0, board.PIN_1),
        "{info}"
    );
    #[cfg(feature = "usb")]
    usb::last_words(info);
    rest()
}

//! ESP32-C3-DevKitM-1: its model, its serial line and its clock.
#![no_std]

#[cfg(not(feature = "usb"))]
mod uart;
#[cfg(feature = "usb")]
mod usb;

#[cfg(not(feature = "usb"))]
pub use uart::Serial;
#[cfg(feature = "usb")]
pub use usb::Serial;

use core::fmt::Write;
use core::panic::PanicInfo;
use esp_hal::Config;
use esp_hal::clock::CpuClock;
use esp_hal::gpio::{Level, Output, OutputConfig};
use esp_hal::time::Instant;
use formats::boards::ESP32_C3;

common::embed_model!(env!("MODEL_PATH"), ESP32_C3);

// What the boot loader looks for in an image.
esp_bootloader_esp_idf::esp_app_desc!();

/// What programs use of the board.
pub struct DevKit {
    /// The serial line: UART0, or with the feature `usb` the chip's own USB.
    pub serial: Serial,
    /// A pin for an LED: GPIO3. The board's own is no plain one.
    pub led: Output<'static>,
}

impl DevKit {
    /// Sets everything up, at 160 MHz.
    ///
    /// # Panics
    /// The second time.
    pub fn take() -> Self {
        let board = esp_hal::init(Config::default().with_cpu_clock(CpuClock::max()));
        #[cfg(not(feature = "usb"))]
        let serial = Serial::new(board.UART0, board.GPIO21, board.GPIO20);
        #[cfg(feature = "usb")]
        let serial = Serial::new(board.USB_DEVICE);
        Self {
            serial,
            led: Output::new(board.GPIO3, Level::Low, OutputConfig::default()),
        }
    }
}

/// Milliseconds since the start, modulo 2^32.
pub fn now() -> u32 {
    Instant::now().duration_since_epoch().as_millis() as u32
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
    let mut serial = unsafe { Serial::steal() };
    let _ = writeln!(serial, "{info}");
    rest()
}

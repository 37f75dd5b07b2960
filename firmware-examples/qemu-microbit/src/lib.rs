//! BBC micro:bit v1: its model, its serial line, its clock and one of its LEDs.
#![no_std]

mod clock;
mod led;
mod serial;

pub use clock::Clock;
pub use led::Led;
pub use semihosting::process::exit;
pub use serial::Serial;

use core::fmt::Write;
use cortex_m as _;
use cortex_m_rt as _;
use formats::boards::MICROBIT_V1;
use nrf51_pac::Peripherals;

common::embed_model!(env!("MODEL_PATH"), MICROBIT_V1);

/// What programs use of the board.
pub struct Microbit {
    /// The serial line.
    pub serial: Serial,
    /// Microseconds.
    pub clock: Clock,
    /// The LED in the upper left corner.
    pub led: Led,
}

impl Microbit {
    /// Sets everything up.
    ///
    /// # Panics
    /// The second time.
    pub fn take() -> Self {
        let Some(peripherals) = Peripherals::take() else {
            panic!("the board is taken already")
        };
        Self {
            serial: Serial::new(peripherals.UART0),
            clock: Clock::new(peripherals.TIMER0),
            led: Led::new(peripherals.GPIO),
        }
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: whoever held the line will not go on.
    let peripherals = unsafe { Peripherals::steal() };
    let _ = writeln!(Serial::new(peripherals.UART0), "{info}");
    exit(101)
}

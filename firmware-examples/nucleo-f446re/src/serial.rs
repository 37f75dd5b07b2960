//! The serial line: 115,200 baud, what a PC sees at the USB port of the ST-LINK.

use common::port::{Port, Received};
use core::fmt::{self, Write};
use embassy_stm32::Peri;
use embassy_stm32::mode::Blocking;
use embassy_stm32::peripherals::{PA2, PA3, USART2};
use embassy_stm32::usart::{Config, Uart};

/// The serial line.
pub struct Serial(Uart<'static, Blocking>);

impl Serial {
    /// Sets up the line, with embassy's default of 115,200 baud.
    ///
    /// # Panics
    /// When the clock cannot be divided down to that.
    pub(crate) fn new(
        uart: Peri<'static, USART2>,
        tx: Peri<'static, PA2>,
        rx: Peri<'static, PA3>,
    ) -> Self {
        match Uart::new_blocking(uart, rx, tx, Config::default()) {
            Ok(uart) => Self(uart),
            Err(_) => panic!("the clock is too slow or too fast for 115,200 baud"),
        }
    }
}

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0
            .blocking_write(text.as_bytes())
            .map_err(|_| fmt::Error)
    }
}

impl Port for Serial {
    fn receive(&mut self) -> Received {
        let mut byte = [0];
        match self.0.blocking_read(&mut byte) {
            Ok(()) => Received::Byte(byte[0]),
            Err(_) => Received::Lost,
        }
    }
}

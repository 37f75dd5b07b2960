//! The serial line: UART0 on pins GP0 (out) and GP1 (in), 115,200 baud.

use common::port::{Port, Received};
use core::fmt::{self, Write};
use embassy_rp::Peri;
use embassy_rp::peripherals::{PIN_0, PIN_1, UART0};
use embassy_rp::uart::{Blocking, Config, Uart};

/// The serial line.
pub struct Serial(Uart<'static, Blocking>);

impl Serial {
    /// Sets up the line, with embassy's default of 115,200 baud.
    pub fn new(
        uart: Peri<'static, UART0>,
        tx: Peri<'static, PIN_0>,
        rx: Peri<'static, PIN_1>,
    ) -> Self {
        Self(Uart::new_blocking(uart, tx, rx, Config::default()))
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

//! The serial line: UART0 on GPIO21 (out) and GPIO20 (in), 115,200 baud, what a PC sees at the board's USB port.

use common::port::{Port, Received};
use core::fmt::{self, Write};
use esp_hal::Blocking;
use esp_hal::peripherals::{GPIO20, GPIO21, UART0};
use esp_hal::uart::{Config, Uart};

/// The serial line.
pub struct Serial(Uart<'static, Blocking>);

impl Serial {
    /// Sets up the line, with esp-hal's default of 115,200 baud.
    ///
    /// # Panics
    /// When the clock cannot be divided down to that.
    pub(crate) fn new(uart: UART0<'static>, tx: GPIO21<'static>, rx: GPIO20<'static>) -> Self {
        match Uart::new(uart, Config::default()) {
            Ok(uart) => Self(uart.with_tx(tx).with_rx(rx)),
            Err(_) => panic!("the clock is too slow or too fast for 115,200 baud"),
        }
    }

    /// The line of a program that has ended.
    ///
    /// # Safety
    /// Whoever has the line must not use it any more.
    pub(crate) unsafe fn steal() -> Self {
        // SAFETY: the caller's promise.
        let (uart, tx, rx) = unsafe { (UART0::steal(), GPIO21::steal(), GPIO20::steal()) };
        Self::new(uart, tx, rx)
    }
}

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        // What the line takes at once depends on what it still has to send.
        while !rest.is_empty() {
            let sent = self.0.write(rest).map_err(|_| fmt::Error)?;
            rest = rest.get(sent..).unwrap_or_default();
        }
        Ok(())
    }
}

impl Port for Serial {
    fn receive(&mut self) -> Received {
        let mut byte = [0];
        match self.0.read(&mut byte) {
            Ok(_) => Received::Byte(byte[0]),
            Err(_) => Received::Lost,
        }
    }
}

//! The serial line: 115,200 baud, what a PC sees at the micro:bit's USB port.

use common::port::{Port, Received};
use core::fmt::{self, Write};
use embassy_nrf::peripherals::{P0_06, P1_08, UARTE0};
use embassy_nrf::uarte::{Config, InterruptHandler, Uarte};
use embassy_nrf::{Peri, bind_interrupts};

bind_interrupts!(struct Interrupts {
    UARTE0 => InterruptHandler<UARTE0>;
});

/// The serial line.
pub struct Serial(Uarte<'static>);

impl Serial {
    /// Sets up the line, with embassy's default of 115,200 baud.
    pub(crate) fn new(
        uarte: Peri<'static, UARTE0>,
        tx: Peri<'static, P0_06>,
        rx: Peri<'static, P1_08>,
    ) -> Self {
        Self(Uarte::new(uarte, rx, tx, Interrupts, Config::default()))
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

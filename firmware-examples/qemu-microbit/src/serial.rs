//! The serial line: 115,200 baud, what a PC sees at the micro:bit's USB port.

use common::port::{Port, Received};
use core::fmt::{self, Write};
use nrf51_pac::UART0;

/// The pins that lead to the USB interface chip.
const TXD_PIN: u32 = 24;
const RXD_PIN: u32 = 25;

/// The serial line.
pub struct Serial(UART0);

impl Serial {
    pub(crate) fn new(uart: UART0) -> Self {
        // SAFETY: both numbers are pins that this chip has, wired for this purpose.
        uart.pseltxd.write(|w| unsafe { w.bits(TXD_PIN) });
        // SAFETY: as above.
        uart.pselrxd.write(|w| unsafe { w.bits(RXD_PIN) });
        uart.baudrate.write(|w| w.baudrate().baud115200());
        uart.enable.write(|w| w.enable().enabled());
        // SAFETY: a task starts when 1 is written.
        uart.tasks_starttx.write(|w| unsafe { w.bits(1) });
        // SAFETY: as above.
        uart.tasks_startrx.write(|w| unsafe { w.bits(1) });
        Self(uart)
    }

    fn send(&mut self, byte: u8) {
        self.0.events_txdrdy.reset();
        // SAFETY: the register takes any byte.
        self.0.txd.write(|w| unsafe { w.bits(byte.into()) });
        while self.0.events_txdrdy.read().bits() == 0 {}
    }
}

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.send(byte));
        Ok(())
    }
}

impl Port for Serial {
    /// The chip keeps six bytes that nobody takes; what comes after them is lost, and it says so.
    fn receive(&mut self) -> Received {
        while self.0.events_rxdrdy.read().bits() == 0 {}
        self.0.events_rxdrdy.reset();
        let byte = self.0.rxd.read().rxd().bits();
        let errors = self.0.errorsrc.read().bits();
        if errors == 0 {
            return Received::emulated(byte);
        }
        // SAFETY: a flag is cleared by writing 1 to it.
        self.0.errorsrc.write(|w| unsafe { w.bits(errors) });
        Received::Lost
    }
}

//! The serial line over the chip's own USB, its USB-Serial-JTAG controller on GPIO18 and GPIO19.

use common::port::{Port, Received};
use core::fmt::{self, Write};
use esp_hal::Blocking;
use esp_hal::peripherals::USB_DEVICE;
use esp_hal::time::{Duration, Instant};
use esp_hal::usb::usb_serial_jtag::UsbSerialJtag;

/// A PC asks for data every few milliseconds. Where none has asked for this long, there is none.
const PATIENCE: Duration = Duration::from_millis(100);

/// The serial line.
pub struct Serial {
    usb: UsbSerialJtag<'static, Blocking>,
    /// Whether a PC took what was written last.
    heard: bool,
}

impl Serial {
    /// Sets up the line.
    pub(crate) fn new(usb: USB_DEVICE<'static>) -> Self {
        Self {
            usb: UsbSerialJtag::new(usb),
            heard: true,
        }
    }

    /// The line of a program that has ended.
    ///
    /// # Safety
    /// Whoever has the line must not use it any more.
    pub(crate) unsafe fn steal() -> Self {
        // SAFETY: the caller's promise.
        Self::new(unsafe { USB_DEVICE::steal() })
    }

    /// Waits for room for a byte, not for ever.
    fn put(&mut self, byte: u8) {
        let start = Instant::now();
        while self.usb.write_byte_nb(byte).is_err() {
            if !self.heard || start.elapsed() > PATIENCE {
                self.heard = false;
                return;
            }
        }
        self.heard = true;
    }
}

impl Write for Serial {
    /// Where no PC listens, the text is dropped.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.put(byte));
        // Sends what is no full packet. The controller goes on by itself.
        let _ = self.usb.flush_tx_nb();
        Ok(())
    }
}

impl Port for Serial {
    fn receive(&mut self) -> Received {
        loop {
            if let Ok(byte) = self.usb.read_byte() {
                return Received::Byte(byte);
            }
        }
    }
}

//! The LED in the upper left corner: row 1, column 1 of the matrix.

use nrf51_pac::GPIO;

/// An LED of the matrix shines when its row is high and its column low.
const ROW: u32 = 1 << 13;
const COLUMN: u32 = 1 << 4;

/// The LED.
pub struct Led {
    port: GPIO,
    on: bool,
}

impl Led {
    pub(crate) fn new(port: GPIO) -> Self {
        // SAFETY: the pins are wired to the matrix alone.
        port.dirset.write(|w| unsafe { w.bits(ROW | COLUMN) });
        Self { port, on: false }
    }

    /// On when it was off, off when it was on.
    pub fn toggle(&mut self) {
        self.on = !self.on;
        if self.on {
            // SAFETY: the pins are wired to the matrix alone.
            self.port.outset.write(|w| unsafe { w.bits(ROW) });
        } else {
            // SAFETY: as above.
            self.port.outclr.write(|w| unsafe { w.bits(ROW) });
        }
    }
}

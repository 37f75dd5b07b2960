//! How long a LoRa packet is on the air: Semtech's formula (data sheet of the SX1276, section 4.1.1.7).

/// A modem's setting: explicit header, checksum on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lora {
    /// The spreading factor, 7 to 12.
    pub spreading: u32,
    /// In Hz.
    pub bandwidth: f64,
    /// Of the coding rate 4 / (4 + this), 1 to 4.
    pub coding: u32,
    /// Symbols that are programmed; the modem adds 4.25.
    pub preamble: u32,
}

impl Lora {
    /// What Meshtastic calls LongFast, its default.
    pub const LONG_FAST: Self = Self {
        spreading: 11,
        bandwidth: 250e3,
        coding: 1,
        preamble: 16,
    };

    /// Seconds per symbol.
    fn symbol(&self) -> f64 {
        f64::from(1 << self.spreading) / self.bandwidth
    }

    /// Milliseconds that `bytes` of payload are on the air.
    pub fn milliseconds(&self, bytes: usize) -> f64 {
        // Symbols of 16 ms and more carry two bits less.
        let fewer = if self.symbol() >= 0.016 { 2 } else { 0 };
        let spreading = f64::from(self.spreading);
        let bits = 8.0 * bytes as f64 - 4.0 * spreading + 28.0 + 16.0;
        let blocks = (bits / (4.0 * (spreading - f64::from(fewer))))
            .ceil()
            .max(0.0);
        let payload = 8.0 + blocks * f64::from(self.coding + 4);
        (f64::from(self.preamble) + 4.25 + payload) * self.symbol() * 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn airtimes_are_those_of_the_formula_by_hand() {
        // (20.25 + 8 + 5 * ceil(312 / 44)) symbols of 8.192 ms.
        assert!((Lora::LONG_FAST.milliseconds(39) - 68.25 * 8.192).abs() < 1e-9);
        // LoRaWAN's slowest: 64 bytes at SF12 and 125 kHz take 2793.5 ms.
        let slowest = Lora {
            spreading: 12,
            bandwidth: 125e3,
            coding: 1,
            preamble: 8,
        };
        assert!((slowest.milliseconds(64) - 2793.5).abs() < 0.1);
    }
}

//! The receiver's half of the range coder.

use super::alphabet::Interval;
use super::encoder::{FIRST_RANGE, LEAST_RANGE};
use crate::arithmetic::{divide, times};

/// The same interval as the encoder's, and where in it the packet lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoder {
    /// The packet's number minus `low`; below `range`.
    offset: u32,
    range: u32,
    /// The range over the total of the symbol under way.
    step: u32,
    /// Doublings so far.
    doublings: usize,
}

impl Decoder {
    /// At the start of a packet whose first byte is not [`STORED`](super::STORED).
    pub(super) fn new(packet: &[u8]) -> Self {
        let mut bytes = packet.iter();
        let offset = [0; 4].map(|zero| bytes.next().copied().unwrap_or(zero));
        Self {
            offset: u32::from_be_bytes(offset),
            range: FIRST_RANGE,
            step: 0,
            doublings: 0,
        }
    }

    /// Where in `0..total` the packet lies: in the interval of the next symbol.
    pub(super) fn place(&mut self, total: u32) -> u32 {
        self.step = divide(self.range, total);
        divide(self.offset, self.step).min(total - 1)
    }

    /// Narrows the interval to that of the symbol, which holds the place that [`Decoder::place`] gave.
    pub(super) fn narrow(&mut self, symbol: Interval, packet: &[u8]) {
        let below = times(self.step, symbol.start);
        self.offset = self.offset.wrapping_sub(below);
        self.range = symbol.narrowed(self.range, self.step, below);
        while self.range < LEAST_RANGE {
            self.range <<= 1;
            self.offset = self.offset << 1 | u32::from(self.next_bit(packet));
            self.doublings = self.doublings.wrapping_add(1);
        }
    }

    /// The bit behind those that are in `offset`; zeros follow the packet.
    fn next_bit(&self, packet: &[u8]) -> bool {
        let at = self.doublings.wrapping_add(32);
        let byte = packet.get(at >> 3).copied().unwrap_or(0);
        byte << (at & 7) & 0x80 != 0
    }

    /// Whether an encoder that ends here gives just these bytes.
    pub(super) fn ends(&self, packet: &[u8]) -> bool {
        match packet.len().checked_sub(self.settled()) {
            // A step of the last byte is wider than the interval: nothing else in it has so few bytes.
            Some(0) => true,
            Some(1) => {
                let last = packet.last().copied().unwrap_or(0);
                // A step of the last byte is 2^bits, at most 2^31.
                let bits = 24 + (self.doublings & 7);
                let lowest = self.offset >> bits == 0;
                // The next number of one byte less lies at the interval's end or behind it, as does the one before.
                let rest = self.range.wrapping_sub(self.offset).wrapping_sub(1);
                last != 0 && lowest && rest >> bits < 256 - u32::from(last)
            }
            _ => false,
        }
    }

    /// Whole bytes of doublings: floor(p / 8).
    pub(super) const fn settled(&self) -> usize {
        self.doublings >> 3
    }
}

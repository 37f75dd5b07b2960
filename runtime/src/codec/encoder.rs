//! The sender's half of the range coder.

use super::alphabet::Interval;
use crate::arithmetic::{divide, times};

/// The range at the start: all but the packets whose first byte is [`STORED`](super::STORED).
pub(super) const FIRST_RANGE: u32 = (super::STORED as u32) << 24;
/// The range is doubled until it is at least this.
pub(super) const LEAST_RANGE: u32 = 1 << 31;

/// An interval of the numbers from 0 to 1, narrowed symbol by symbol: `low` and `range` in units of 2^-(32 + p), where p is
/// the number of doublings. Settled bytes go to a slice that each call takes; they are counted where it ends, too, so that an
/// empty one gives the length of a packet alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoder {
    low: u32,
    range: u32,
    /// Bits above `low` that make no byte yet, with a carry in front of them.
    head: u32,
    /// How many bits, 0..=7.
    bits: u32,
    /// Bytes that are settled but for a carry.
    settled: usize,
}

impl Encoder {
    pub(super) const fn new() -> Self {
        Self {
            low: 0,
            range: FIRST_RANGE,
            head: 0,
            bits: 0,
            settled: 0,
        }
    }

    /// Narrows the interval to that of a symbol.
    pub(super) fn encode(&mut self, symbol: Interval, out: &mut [u8]) {
        let step = divide(self.range, symbol.total);
        let below = times(step, symbol.start);
        let (low, carry) = self.low.overflowing_add(below);
        self.low = low;
        self.head += u32::from(carry);
        self.range = symbol.narrowed(self.range, step, below);
        while self.range < LEAST_RANGE {
            self.range <<= 1;
            self.head = self.head << 1 | self.low >> 31;
            self.low <<= 1;
            self.bits += 1;
            if self.bits == 8 {
                self.push(out);
            }
        }
    }

    /// Whole bytes so far: floor(p / 8).
    pub(super) const fn settled(&self) -> usize {
        self.settled
    }

    /// Ends the packet, with what is settled if it lies in the interval when zeros follow, or the next higher number of as many
    /// bytes; else with one byte more, the lowest that does. The number of its bytes.
    pub(super) fn finish(mut self, out: &mut [u8]) -> usize {
        // Aligned to a byte: the head's bits and the 32 of `low`, 40 in all.
        let mut low = u64::from(self.head) << 32 | u64::from(self.low);
        let mut range = u64::from(self.range);
        while self.bits < 8 {
            low <<= 1;
            range <<= 1;
            self.bits += 1;
        }
        let end = low + range;
        let mut value = round_up(low, 40);
        let more = value >= end;
        if more {
            // The range is at least 2^32, so this lies in it.
            value = round_up(low, 32);
        }
        if value >> 40 != 0 {
            self.carry(out);
        }
        if more {
            self.write((value >> 32) as u8, out);
        }
        self.settled
    }

    /// A byte is settled.
    fn push(&mut self, out: &mut [u8]) {
        if self.head >> 8 != 0 {
            self.carry(out);
        }
        let byte = self.head as u8;
        self.write(byte, out);
        self.head = 0;
        self.bits = 0;
    }

    fn write(&mut self, byte: u8, out: &mut [u8]) {
        if let Some(place) = out.get_mut(self.settled) {
            *place = byte;
        }
        self.settled += 1;
    }

    /// Adds one to the number that the settled bytes are.
    fn carry(&self, out: &mut [u8]) {
        let settled = out.get_mut(..self.settled).unwrap_or_default();
        for byte in settled.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }
}

/// `low` rounded up to a multiple of `2^bits`.
const fn round_up(low: u64, bits: u32) -> u64 {
    let rest = (1 << bits) - 1;
    (low + rest) & !rest
}

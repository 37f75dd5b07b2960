//! A head's relative-position biases, for all tokens of a batch side by side.

use crate::lut::batch::LANES;
use alloc::vec;
use alloc::vec::Vec;

/// A head's relative-position biases with room on both sides, so that any slot finds those of all tokens side by side.
#[derive(Clone, Debug)]
pub(super) struct Bias(Vec<i32>);

/// The bias of a token that comes after the one that looks: far below every score, which stay within 2^28.
const UNSEEN: i32 = -(1 << 29);

impl Bias {
    pub(super) fn new(context: usize) -> Self {
        Self(vec![UNSEEN; LANES + context + LANES])
    }

    /// Takes the biases of a head, i16 little-endian by distance.
    pub(super) fn load(&mut self, biases: &[u8]) {
        let places = self.0.iter_mut().skip(LANES);
        for (place, bias) in places.zip(biases.as_chunks().0) {
            *place = i16::from_le_bytes(*bias).into();
        }
    }

    /// The biases of slot `slot` for the tokens at `first` and the slots behind it.
    #[inline(always)]
    pub(super) fn of(&self, slot: usize, first: usize) -> &[i32] {
        &self.0[LANES + first - slot..][..LANES]
    }
}

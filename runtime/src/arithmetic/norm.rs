//! The factor of the abs-mean norm, found without a division.

use super::opaque::opaque;
use super::times::times;
use core::hint::black_box;

/// What the abs-mean norm aims at, for vectors of one length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Norm {
    /// The length of the vector times the mean magnitude aimed at.
    budget: u32,
    clamp: i32,
}

impl Norm {
    /// For vectors of `n` numbers: mean magnitude about `target`, nothing beyond `clamp` (at most 127).
    pub const fn new(n: usize, target: u32, clamp: i8) -> Self {
        Self {
            budget: times(n as u32, target),
            clamp: clamp as i32,
        }
    }

    /// The factor for a sum of magnitudes, as `m` in 4..=7 and the shift to the right of `m x`; any for zero.
    #[inline(always)]
    pub(crate) fn factor(self, sum: u32) -> (u8, i32) {
        if sum == 0 {
            return (4, 0);
        }
        // Both sides doubled until the sum is in one octave above the budget; `shift` is e + 3, counted unseen by the
        // compiler, which would make it a product of the turns.
        let (mut sum, mut budget, mut shift) = (sum, self.budget, 3i32);
        while sum < budget {
            sum <<= 1;
            shift = opaque(shift - 1);
        }
        while sum >= budget << 1 {
            budget <<= 1;
            shift = opaque(shift + 1);
        }
        // Taken away one by one, unseen by the compiler, which would make multiples of it.
        let mut above = (sum - budget) << 2;
        let mut m = 7;
        while above >= budget {
            above -= black_box(budget);
            m -= 1;
        }
        (m, shift)
    }

    /// The largest magnitude of the result, at most 127.
    pub(crate) const fn clamp(self) -> i32 {
        self.clamp
    }
}

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
    ///
    /// `n * target` is kept within 1..=2^31, between which every sum has an octave.
    pub const fn new(n: usize, target: u32, clamp: i8) -> Self {
        const MAX_BUDGET: u32 = 1 << 31;
        let budget = times(n as u32, target);
        Self {
            budget: match budget {
                0 => 1,
                MAX_BUDGET.. => MAX_BUDGET,
                _ => budget,
            },
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
        // Half of the sum: twice the budget could overflow.
        while sum >> 1 >= budget {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_budget_and_every_sum_come_to_an_end() {
        let edges = [
            0,
            1,
            2,
            3,
            1 << 30,
            (1 << 31) - 1,
            1 << 31,
            (1 << 31) + 1,
            u32::MAX,
        ];
        for target in edges {
            for n in [0, 1, 2, usize::MAX] {
                for sum in edges {
                    let (m, _) = Norm::new(n, target, 31).factor(sum);
                    assert!((4..=7).contains(&m), "{n} * {target}, {sum}: {m}");
                }
            }
        }
    }
}

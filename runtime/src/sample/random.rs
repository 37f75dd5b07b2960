//! Random numbers without a multiplication.

use crate::arithmetic::leading_zeros;

/// Marsaglia's xorshift with 64 bits of state: shifts and exclusive-ors only.
#[derive(Clone, Debug)]
pub(super) struct Xorshift(u64);

impl Xorshift {
    pub(super) const fn new(seed: u64) -> Self {
        // Zero is the one state that it cannot leave.
        let seed = seed ^ 0x9E37_79B9_7F4A_7C15;
        let mut random = Self(if seed == 0 { 1 } else { seed });
        // Seeds that differ in one bit start alike: let them drift apart.
        let mut turn = 0;
        while turn < 16 {
            random.next();
            turn += 1;
        }
        random
    }

    /// What [`Xorshift::of`] makes it anew from.
    pub(super) const fn state(&self) -> u64 {
        self.0
    }

    /// In a state that it was in; `None` for one that it never is in.
    pub(super) const fn of(state: u64) -> Option<Self> {
        match state {
            0 => None,
            state => Some(Self(state)),
        }
    }

    const fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32
    }

    /// Uniform in `0..n`, by rejection; 0 for `n` below 2.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        if n < 2 {
            return 0;
        }
        let unused = leading_zeros(n - 1);
        loop {
            let candidate = self.next() >> unused;
            if candidate < n {
                return candidate;
            }
        }
    }
}

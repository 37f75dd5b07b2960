//! Dropout (Srivastava et al., 2014) of what a half-block adds to the residual stream.

use crate::util::simd::wide;

/// Which numbers of one sequence are dropped in one step. The forward and the backward pass derive the same from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dropout {
    /// Of 2^32 numbers, this many are dropped.
    threshold: u32,
    key: u32,
}

/// Nothing is dropped.
pub const OFF: Dropout = Dropout {
    threshold: 0,
    key: 0,
};

impl Dropout {
    /// Drops a share of `rate`, from 0 to below 1, by a key that no other sequence of the run should have.
    pub fn new(rate: f64, key: u64) -> Self {
        Self {
            threshold: (rate * 2f64.powi(32)) as u32,
            key: mix((key as u32) ^ mix((key >> 32) as u32)),
        }
    }

    /// Whether nothing is dropped.
    pub const fn is_off(self) -> bool {
        self.threshold == 0
    }

    /// Zeros instead of the dropped numbers of `x`, the others larger, so that the expected value stays. `site` tells the
    /// places of the model apart.
    pub fn apply(self, site: usize, x: &mut [f32]) {
        if self.is_off() {
            return;
        }
        let larger = (1.0 / (1.0 - f64::from(self.threshold) / 2f64.powi(32))) as f32;
        let key = mix(self.key.wrapping_add(site as u32));
        let threshold = self.threshold;
        wide(
            #[inline(always)]
            || {
                for (i, x) in x.iter_mut().enumerate() {
                    let kept = mix(key ^ i as u32) >= threshold;
                    *x = if kept { *x * larger } else { 0.0 };
                }
            },
        );
    }
}

/// The finaliser of MurmurHash3: every bit of the result depends on every bit of `x`.
#[inline(always)]
pub(super) const fn mix(mut x: u32) -> u32 {
    x = (x ^ x >> 16).wrapping_mul(0x85eb_ca6b);
    x = (x ^ x >> 13).wrapping_mul(0xc2b2_ae35);
    x ^ x >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_dropped_and_the_mean_stays() {
        let mut x = vec![1.0; 100_000];
        Dropout::new(0.2, 7).apply(3, &mut x);
        let dropped = x.iter().filter(|&&x| x == 0.0).count();
        assert!((19_000..21_000).contains(&dropped), "{dropped}");
        let mean = x.iter().sum::<f32>() / 1e5;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
    }

    #[test]
    fn sites_and_keys_differ_and_repeat() {
        let mask = |key, site| {
            let mut x = vec![1.0; 64];
            Dropout::new(0.5, key).apply(site, &mut x);
            x
        };
        assert_eq!(mask(1, 2), mask(1, 2));
        assert_ne!(mask(1, 2), mask(1, 3));
        assert_ne!(mask(1, 2), mask(2, 2));
        assert_ne!(mask(1, 2), mask(1 << 32, 2));
        let mut x = vec![1.0; 4];
        Dropout::new(0.0, 1).apply(0, &mut x);
        assert_eq!(x, [1.0; 4]);
    }
}

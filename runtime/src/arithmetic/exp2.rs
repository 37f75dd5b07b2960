//! Powers of two by table: the softmax's exponential, in sixteenths of a bit.

#[cfg(target_arch = "x86_64")]
use crate::arch::x86::avx2::Avx2;

/// The largest value of [`exp2`].
pub const EXP2_MAX: u8 = 31;

/// `EXP2[d] = floor(31 * 2^(-d / 16))`; beyond the end it is zero.
pub const EXP2: [u8; 80] = table();

/// `floor(31 * 2^(-distance / 16))` for a distance below the maximum, in sixteenths of a bit.
#[inline]
pub fn exp2(distance: u32) -> i8 {
    let value = usize::try_from(distance).ok().and_then(|d| EXP2.get(d));
    // At most 31.
    value.map_or(0, |&value| value.cast_signed())
}

/// `weights = exp2(max - scores)`, for scores of at most `max`.
///
/// Writes as many numbers as the shorter of the two has. Exact while no difference overflows.
pub fn exp2_below(max: i32, scores: &[i32], weights: &mut [i8]) {
    #[cfg(target_arch = "x86_64")]
    let (scores, weights) = match Avx2::detect() {
        Some(avx2) => avx2.exp2_below(max, scores, weights),
        None => (scores, weights),
    };
    for (weight, &score) in weights.iter_mut().zip(scores) {
        *weight = exp2(max.abs_diff(score));
    }
}

/// The table without floats: the largest `v` with `v^16 * 2^d <= 31^16`, which is `floor(31 * 2^(-d / 16))`.
const fn table() -> [u8; 80] {
    let mut table = [0; 80];
    let mut d = 0;
    while d < table.len() {
        let mut v: u8 = 31;
        while !at_most(v, d) {
            v -= 1;
        }
        table[d] = v;
        d += 1;
    }
    table
}

/// Whether `v^16 * 2^d <= 31^16`, with `31^16 < 2^80` and `v^16 * 2^d < 2^160` compared in 128 bits.
const fn at_most(v: u8, d: usize) -> bool {
    let power = (v as u128).pow(16);
    // `power << d <= limit` exactly when `power <= limit >> d`, for integers.
    power <= 31u128.pow(16) >> d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_are_one_by_one() {
        let scores: [i32; 1000] = core::array::from_fn(|i| match i as i32 {
            i @ ..400 => 900 - i,
            i => 800 - i * i * 997,
        });
        for length in [0, 1, 31, 32, 33, 128, 1000] {
            let mut weights = [99; 1001];
            exp2_below(901, &scores[..length], &mut weights);
            for (&weight, &score) in weights.iter().zip(&scores[..length]) {
                assert_eq!(weight, exp2(901u32.wrapping_sub(score.cast_unsigned())));
            }
            assert_eq!(weights[length], 99);
        }
    }

    #[test]
    fn equals_the_real_function() {
        for d in 0..200u32 {
            let exact = 31.0 * (-f64::from(d) / 16.0).exp2();
            assert_eq!(f64::from(exp2(d)), exact.floor(), "at {d}");
        }
        assert_eq!(exp2(0), 31);
        assert_eq!(exp2(79), 1);
        assert_eq!(exp2(u32::MAX), 0);
    }
}

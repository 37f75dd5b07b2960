//! The softmax's exponential for many scores.

#[cfg(target_arch = "x86_64")]
use crate::arch::x86::avx2::Avx2;
use crate::arithmetic::exp2;

/// `weights = exp2(max - scores)`, for scores of at most `max`.
///
/// Writes as many numbers as the shorter of the two has. Exact while no difference overflows.
pub(crate) fn exp2_below(max: i32, scores: &[i32], weights: &mut [i8]) {
    #[cfg(target_arch = "x86_64")]
    let (scores, weights) = match Avx2::detect() {
        Some(avx2) => avx2.exp2_below(max, scores, weights),
        None => (scores, weights),
    };
    for (weight, &score) in weights.iter_mut().zip(scores) {
        *weight = exp2(max.abs_diff(score));
    }
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
}

//! Brings the mean magnitude of a vector to a target, without a division: layer norm, activation quantiser, QK norm
//! and softmax normaliser in one.

#[cfg(assembly)]
use crate::arch::assembly::elements as steps;
use crate::arch::simd::vectorised;
use crate::arithmetic::{Norm, Quarters};

/// Scales `input` so that its mean magnitude is within 12.5 % of the target, rounds half up and clamps.
///
/// With `S = sum |x|` and `B = n * target`, the octave `e` and the quarter `k` in 0..=3 are those with
/// `B * (1 + k/4) * 2^e <= S < B * (1 + (k+1)/4) * 2^e`; the factor is `(7 - k) / 8 * 2^-e`. All zeros when `S = 0`.
///
/// Writes as many numbers as the shorter of `input` and `output` has. Exact for `S < 2^28`
/// (`formats::dims::SUM_LIMIT`).
pub fn abs_mean_norm(input: &[i32], output: &mut [i8], norm: Norm) {
    vectorised(|| define(input, output, norm, false));
}

/// [`abs_mean_norm`] of `max(input, 0)`; the mean is over all, zeros included.
pub fn abs_mean_norm_relu(input: &[i32], output: &mut [i8], norm: Norm) {
    vectorised(|| define(input, output, norm, true));
}

#[inline(always)]
fn define(input: &[i32], output: &mut [i8], norm: Norm, rectified: bool) {
    let sum = steps::sum(input, rectified);
    if sum == 0 {
        output.iter_mut().zip(input).for_each(|(y, _)| *y = 0);
        return;
    }
    let (m, shift) = norm.factor(sum);
    if shift > 0 {
        steps::quantise(
            input,
            output,
            m,
            shift.unsigned_abs(),
            norm.clamp(),
            rectified,
        );
    } else {
        let quarters = Quarters::unseen(m);
        for (y, &x) in output.iter_mut().zip(input) {
            let x = if rectified { x.max(0) } else { x };
            let scaled = quarters.times(x).wrapping_shl(shift.unsigned_abs());
            *y = scaled.min(norm.clamp()).max(-norm.clamp()) as i8;
        }
    }
}

/// The two walks over a vector, for the compiler's vector registers. Wrapping, since a check for an overflow that the
/// bounds rule out would keep the loops from them.
#[cfg(not(assembly))]
mod steps {
    use crate::arithmetic::Quarters;

    /// The sum of the magnitudes, or with `rectified` of the positive numbers.
    #[inline(always)]
    pub(super) fn sum(input: &[i32], rectified: bool) -> u32 {
        let magnitude = |x: i32| {
            if rectified {
                x.max(0).cast_unsigned()
            } else {
                x.unsigned_abs()
            }
        };
        input
            .iter()
            .fold(0u32, |sum, &x| sum.wrapping_add(magnitude(x)))
    }

    /// `output = clamp((m * x + half) >> shift)`, of `max(x, 0)` with `rectified`.
    #[inline(always)]
    pub(super) fn quantise(
        input: &[i32],
        output: &mut [i8],
        m: u8,
        shift: u32,
        clamp: i32,
        rectified: bool,
    ) {
        let (quarters, half) = (Quarters::unseen(m), 1 << (shift - 1));
        for (y, &x) in output.iter_mut().zip(input) {
            let x = if rectified { x.max(0) } else { x };
            // Within -127..=127 after the clamp.
            *y = quarters
                .times(x)
                .wrapping_add(half)
                .wrapping_shr(shift)
                .min(clamp)
                .max(-clamp) as i8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    /// The definition, in wide integers, octave by octave.
    fn oracle(input: &[i32], target: i128, clamp: i128) -> Vec<i8> {
        let budget = input.len() as i128 * target;
        let sum: i128 = input.iter().map(|&x| i128::from(x).abs()).sum();
        if sum == 0 {
            return vec![0; input.len()];
        }
        const ONE: i128 = 1 << 40;
        for e in -40..40 {
            for k in 0..4 {
                // Times 4 * 2^40 on both sides: B * (4 + k) * 2^(e + 40) <= 4 * S * 2^40 < ...
                let at = |k: i128| (budget * (4 + k)) << (e + 40);
                if at(k) <= 4 * sum * ONE && 4 * sum * ONE < at(k + 1) {
                    let y = |x: i128| {
                        // floor((7 - k) * x / 2^(e + 3) + 1/2), over the denominator 2^(e + 44).
                        let denominator = 1i128 << (e + 44);
                        ((7 - k) * x * (1 << 41) + denominator / 2).div_euclid(denominator)
                    };
                    return input
                        .iter()
                        .map(|&x| y(i128::from(x)).min(clamp).max(-clamp) as i8)
                        .collect();
                }
            }
        }
        unreachable!("no octave for {sum} over {budget}")
    }

    fn check(input: &[i32], target: u32, clamp: i8) -> Result<(), TestCaseError> {
        let mut output = vec![99; input.len()];
        let norm = Norm::new(input.len(), target, clamp);
        abs_mean_norm(input, &mut output, norm);
        prop_assert_eq!(&output, &oracle(input, target.into(), clamp.into()));
        abs_mean_norm_relu(input, &mut output, norm);
        let input: Vec<i32> = input.iter().map(|&x| x.max(0)).collect();
        prop_assert_eq!(&output, &oracle(&input, target.into(), clamp.into()));
        Ok(())
    }

    proptest! {
        #[test]
        fn equals_the_definition(
            input in prop::collection::vec(-40_000i32..40_000, 1..200),
            shift in 0u32..16,
            (target, clamp) in prop::sample::select(vec![(10, 31), (5, 31), (2, 4), (1, 1)]),
        ) {
            let input: Vec<i32> = input.iter().map(|x| x >> shift).collect();
            check(&input, target, clamp)?;
        }
    }

    #[test]
    fn extremes_and_exact_thresholds() {
        for (target, clamp) in [(10, 31), (5, 31), (2, 4), (1, 1)] {
            check(&[0; 7], target, clamp).unwrap();
            check(&[1], target, clamp).unwrap();
            check(&[0, 0, -1, 0, 0, 0, 0, 0], target, clamp).unwrap();
            check(&[(1 << 28) - 1], target, clamp).unwrap();
            check(&[1 - (1 << 28), 0, 0, 0], target, clamp).unwrap();
            // Sums on both sides of each threshold of several octaves.
            for octave in 0..12 {
                for quarter in 4..8 {
                    let sum = (8 * target as i32 * quarter) << octave >> 2;
                    for near in -1..=1 {
                        check(&[sum + near, 0, 0, 0, 0, 0, 0, 0], target, clamp).unwrap();
                    }
                }
            }
        }
    }

    #[test]
    fn the_mean_comes_within_an_eighth() {
        let input: Vec<i32> = (0..128).map(|i| (i * 37 % 101 - 50) * 300).collect();
        let mut output = [0; 128];
        abs_mean_norm(&input, &mut output, Norm::new(128, 10, 127));
        let mean = output.iter().map(|y| f64::from(y.abs())).sum::<f64>() / 128.0;
        assert!((8.7..=11.3).contains(&mean), "{mean}");
    }
}

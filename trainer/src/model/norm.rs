//! Bringing the mean magnitude of a vector to a target, with comparisons and shifts only.

use burn::tensor::Tensor;

/// What an abs-mean norm aims at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Norm {
    /// The mean magnitude that it brings a vector to, within 12.5 %.
    pub target: u16,
    /// The largest magnitude that it returns.
    pub clamp: u16,
}

/// Inputs of matrices and query heads.
pub const ACTIVATION: Norm = Norm {
    target: 10,
    clamp: 31,
};
/// The hidden layer, more than half of whose numbers are zero.
pub const HIDDEN: Norm = Norm {
    target: 5,
    clamp: 31,
};

/// Numbers of the KV cache with so many trits.
pub const fn kv(trits: u8) -> Norm {
    match trits {
        1 => Norm {
            target: 1,
            clamp: 1,
        },
        _ => Norm {
            target: 2,
            clamp: 4,
        },
    }
}

/// The smallest octave, as a power of two: the sum of a vector is at least 1 and `channels * target` below 2^16.
const LOWEST_OCTAVE: i32 = -16;

impl Norm {
    /// Norms the last dimension of `x`, whose integers are below 2^24 / 8: integers in `-clamp..=clamp`.
    ///
    /// The gradient is that of `target * x / mean|x|` clamped, the smooth function that the integers follow.
    pub fn apply<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        let integers = self.integers(x.clone().inner());
        if !x.is_tracked() {
            return integers;
        }
        let channels = x.dims()[D - 1] as f64;
        let clamp = f64::from(self.clamp);
        // No sum of magnitudes is between 0 and 1.
        let mean = x.clone().abs().mean_dim(D - 1).clamp_min(1.0 / channels);
        let factor = mean.recip().mul_scalar(f64::from(self.target));
        let smooth = (x * factor).clamp(-clamp, clamp);
        // Adds an exact zero to the integers.
        let zero = smooth.clone() - smooth.inner();
        zero + integers
    }

    /// What this multiplies `width` integers with whose magnitudes sum to `sum`, below 2^24. Anything for a sum of zero.
    pub fn factor(self, sum: f32, width: usize) -> f32 {
        let base = width as f32 * f32::from(self.target);
        // Of the powers of two in floats, exactly.
        let exponent = |x: f32| (x.to_bits() >> 23).cast_signed();
        let octave = exponent(sum) - exponent(base);
        let scaled = sum * power_of_two(-octave);
        let (octave, scaled) = if scaled < base {
            (octave - 1, scaled * 2.0)
        } else {
            (octave, scaled)
        };
        let quarters = [1.25, 1.5, 1.75].map(|quarter| f32::from(scaled >= base * quarter));
        (7.0 - quarters.iter().sum::<f32>()) * 0.125 * power_of_two(-octave)
    }

    /// The forward pass alone.
    fn integers<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        let clamp = f64::from(self.clamp);
        let base = x.dims()[D - 1] as f64 * f64::from(self.target);
        let factor = factor(x.clone().abs().sum_dim(D - 1), base);
        (x * factor).add_scalar(0.5).floor().clamp(-clamp, clamp)
    }
}

/// `2^exponent`, for an exponent of a normal number.
fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits((exponent + 127).clamp(1, 254).cast_unsigned() << 23)
}

/// `(7 - k) / 8 / 2^e` for `base * (1 + k/4) * 2^e <= sum < base * (1 + (k + 1)/4) * 2^e` and k in 0..=3. Whatever
/// for a sum of zero.
///
/// Only comparisons with exact thresholds: a float logarithm is inexact at powers of two on some backends.
fn factor<const D: usize>(sum: Tensor<D>, base: f64) -> Tensor<D> {
    let lowest = f64::from(LOWEST_OCTAVE).exp2();
    let mut factor = sum.full_like(1.0 / lowest);
    let mut rest = sum.div_scalar(lowest);
    for bits in [32, 16, 8, 4, 2, 1] {
        let octaves = f64::from(bits).exp2();
        let above = rest.clone().greater_equal_scalar(base * octaves);
        let step = rest.full_like(1.0).mask_fill(above, 1.0 / octaves);
        rest = rest * step.clone();
        factor = factor * step;
    }
    let mut mantissa = rest.full_like(7.0);
    for quarters in [1.25, 1.5, 1.75] {
        mantissa = mantissa - rest.clone().greater_equal_scalar(base * quarters).float();
    }
    factor * mantissa.div_scalar(8.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Arithmetic;
    use burn::tensor::{Device, TensorData};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    /// The definition, in integers.
    fn oracle(x: &[i64], renorm: Norm) -> Vec<i64> {
        let sum: i64 = x.iter().map(|v| v.abs()).sum();
        if sum == 0 {
            return vec![0; x.len()];
        }
        let base = x.len() as i64 * i64::from(renorm.target);
        // In units of 2^-20 / 4, so that negative octaves are whole.
        let (sum, mut octave) = (sum << 22, -20);
        let at = |octave: i32, quarters: i64| (base * (4 + quarters)) << (octave + 20);
        while sum >= at(octave + 1, 0) {
            octave += 1;
        }
        let quarter = (0..4).rev().find(|&k| sum >= at(octave, k)).unwrap();
        let clamp = i64::from(renorm.clamp);
        x.iter()
            .map(|&v| {
                let product = (7 - quarter) * v;
                let shift = octave + 3;
                let scaled = if shift <= 0 {
                    product << -shift
                } else {
                    (product + (1 << (shift - 1))) >> shift
                };
                scaled.clamp(-clamp, clamp)
            })
            .collect()
    }

    fn check(x: &[i64], renorm: Norm) {
        let data: Vec<f32> = x.iter().map(|&v| v as f32).collect();
        let tensor = TensorData::new(data.clone(), [1, x.len()]);
        let tensor = Tensor::<2>::from_data(tensor, &Device::flex());
        let got: Vec<f32> = renorm.apply(tensor).try_into_vec_as().unwrap();
        let got: Vec<i64> = got.iter().map(|&v| v as i64).collect();
        assert_eq!(got, oracle(x, renorm), "{renorm:?} of {x:?}");
        let mut rows = vec![0.0; x.len()];
        crate::backprop::norm::forward(&data, &mut rows, x.len(), renorm, Arithmetic::Integer);
        let rows: Vec<i64> = rows.iter().map(|&v| v as i64).collect();
        assert_eq!(rows, got, "{renorm:?} of {x:?}");
    }

    const KINDS: [Norm; 4] = [ACTIVATION, HIDDEN, kv(1), kv(2)];

    #[test]
    fn random_vectors_of_every_length_and_size_match_the_definition() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for channels in [1, 4, 12, 32, 48, 100, 128, 512] {
            for bits in 0..21 {
                let x: Vec<i64> = (0..channels)
                    .map(|_| i64::from(rng.next_u32() as i32 >> (31 - bits)))
                    .collect();
                for renorm in KINDS {
                    check(&x, renorm);
                }
            }
        }
    }

    #[test]
    fn extremes_match_the_definition() {
        for channels in [1, 3, 128, 1024] {
            for value in [0, 1, -1, 2, 5, 10, 31, 1 << 20, -(1 << 20), (1 << 21) - 1] {
                let mut alone = vec![0; channels];
                alone[channels / 2] = value;
                for renorm in KINDS {
                    check(&alone, renorm);
                    check(&vec![value; channels], renorm);
                }
            }
        }
    }

    #[test]
    fn sums_on_either_side_of_every_threshold_match_the_definition() {
        for renorm in KINDS {
            let channels = 16;
            let base = channels as i64 * i64::from(renorm.target);
            for octave in 0..12 {
                for quarters in 4..8 {
                    for off in [-1, 0, 1] {
                        let sum = ((base * quarters) << octave) / 4 + off;
                        let mut x = vec![sum / channels as i64; channels];
                        x[3] += sum % channels as i64;
                        check(&x, renorm);
                    }
                }
            }
        }
    }

    /// `sum of weight * clamp(target * x / mean|x|)`, in f64.
    fn smooth(x: &[f64], weights: &[f64], renorm: Norm) -> f64 {
        let mean = x.iter().map(|v| v.abs()).sum::<f64>() / x.len() as f64;
        let clamp = f64::from(renorm.clamp);
        x.iter()
            .zip(weights)
            .map(|(v, w)| w * (f64::from(renorm.target) * v / mean).clamp(-clamp, clamp))
            .sum()
    }

    #[test]
    fn the_gradient_is_that_of_the_smooth_function() {
        // 90 is beyond the clamp: 10 * 90 / 22 > 31.
        let x = [3.0, -7.0, 12.0, 90.0, -1.0, 40.0, -20.0, 3.0];
        let weights = [1.0, -2.0, 0.5, 3.0, -1.0, 0.25, 2.0, 1.5];
        let device = Device::flex().autodiff();
        let input = Tensor::<2>::from_floats([x.map(|v| v as f32)], &device).require_grad();
        let weight = Tensor::<2>::from_floats([weights.map(|v| v as f32)], &device);
        let loss = (ACTIVATION.apply(input.clone()) * weight).sum();
        let gradient: Vec<f32> = input
            .grad(&loss.backward())
            .unwrap()
            .try_into_vec_as()
            .unwrap();
        for i in 0..x.len() {
            let at = |step: f64| {
                let mut moved = x;
                moved[i] += step;
                smooth(&moved, &weights, ACTIVATION)
            };
            let expected = (at(1e-4) - at(-1e-4)) / 2e-4;
            let got = f64::from(gradient[i]);
            assert!(
                (got - expected).abs() < 1e-4 * expected.abs().max(1.0),
                "{i}: {got} instead of {expected}"
            );
        }
    }

    #[test]
    fn the_gradient_of_zeros_is_finite() {
        let device = Device::flex().autodiff();
        let input = Tensor::<2>::zeros([2, 8], &device).require_grad();
        let gradient: Vec<f32> = input
            .grad(&ACTIVATION.apply(input.clone()).sum().backward())
            .unwrap()
            .try_into_vec_as()
            .unwrap();
        assert!(gradient.iter().all(|v| v.is_finite()), "{gradient:?}");
    }
}

//! From latent numbers to the integers and factors that the device holds, on slices: what trains on the CPU and what is
//! exported. [`quantize_tensors`](super::quantize_tensors) is the same in burn's operations, and the oracle of the tests.
//!
//! Every function writes over `numbers`, which is as long as the latent numbers.

use super::latent::{Kind, Latent};
use super::scale;
use crate::util::simd::{long_sum, wide};
use formats::Dims;
use formats::model::MAX_RELATIVE_BIAS;
use formats::trits::max_value;

/// The numbers that a parameter of a model of `dims` stands for: integers, and for the logarithms of scales their factors.
///
/// # Panics
/// When `numbers` is not as long as the parameter.
pub fn quantize(latent: &Latent, dims: &Dims, numbers: &mut [f32]) {
    let values = latent.values.as_slice();
    match latent.kind {
        Kind::Matrix => matrix(values, dims.weight_trits, numbers),
        Kind::Head => matrix(values, dims.head_trits, numbers),
        Kind::Embedding => embedding(values, dims, numbers),
        Kind::Bias => bias(values, numbers),
        Kind::Scale => scales(values, numbers),
    }
}

/// A matrix as numbers of `trits` trits: a latent weight of the matrix's mean magnitude becomes a third of the largest
/// number, and 1 when there is but one trit.
///
/// # Panics
/// When the lengths differ.
pub fn matrix(latent: &[f32], trits: u8, numbers: &mut [f32]) {
    let max = max_value(trits) as f32;
    let factor = factor(latent, trits);
    each(latent, numbers, |w| {
        (w * factor).clamp(-max, max).round_ties_even()
    });
}

/// What [`matrix`] multiplies every weight with before it rounds. A matrix of zeros stays one.
pub fn factor(latent: &[f32], trits: u8) -> f32 {
    let sum = wide(
        #[inline(always)]
        || long_sum(latent, f32::abs),
    );
    let mean = (sum / latent.len() as f32).max(f32::MIN_POSITIVE);
    (mean.recip() * unit(trits) as f32).min(f32::MAX)
}

/// What a latent weight of the mean magnitude of its matrix becomes, before it is rounded.
pub fn unit(trits: u8) -> f64 {
    match trits {
        1 => 1.0,
        _ => f64::from(max_value(trits)) / 3.0,
    }
}

/// The embedding in residual LSBs: whole steps of the dimensions, as many as its numbers can count.
///
/// # Panics
/// When the lengths differ.
pub fn embedding(latent: &[f32], dims: &Dims, numbers: &mut [f32]) {
    let (step, max) = (
        (1 << dims.embedding_shift()) as f32,
        dims.max_embedding() as f32,
    );
    each(latent, numbers, |w| {
        (w / step).clamp(-max, max).round_ties_even() * step
    });
}

/// The relative biases in whole sixteenths of a bit.
///
/// # Panics
/// When the lengths differ.
pub fn bias(latent: &[f32], numbers: &mut [f32]) {
    let max = f32::from(MAX_RELATIVE_BIAS);
    each(latent, numbers, |w| w.clamp(-max, max).round_ties_even());
}

/// Latent logarithms to the factors of the nearest scales.
///
/// # Panics
/// When the lengths differ.
pub fn scales(latent: &[f32], numbers: &mut [f32]) {
    each(latent, numbers, |log2| scale::factor(scale::nearest(log2)));
}

#[inline(always)]
fn each(latent: &[f32], numbers: &mut [f32], number: impl Fn(f32) -> f32) {
    assert_eq!(latent.len(), numbers.len());
    wide(
        #[inline(always)]
        || {
            for (to, from) in numbers.iter_mut().zip(latent) {
                *to = number(*from);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::transformer::Transformer;
    use burn::tensor::Device;

    const DIMS: Dims = Dims {
        vocab_size: 37,
        d_model: 48,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        d_ff: 96,
        context: 21,
        weight_trits: 1,
        head_trits: 1,
        kv_trits: 2,
        embedding_trits: 0,
        token_shift: [4, 4, 4],
    };

    fn numbers(latent: &[f32], quantize: impl Fn(&[f32], &mut [f32])) -> Vec<f32> {
        let mut numbers = vec![f32::NAN; latent.len()];
        quantize(latent, &mut numbers);
        numbers
    }

    #[test]
    fn one_trit_is_nearest_to_the_ratio_to_the_mean() {
        // The mean magnitude is 1.
        let latent = [0.4, -0.6, 2.5, -1.5, 0.0, 1.0];
        let trits = numbers(&latent, |w, n| matrix(w, 1, n));
        assert_eq!(trits, [0.0, -1.0, 1.0, -1.0, 0.0, 1.0]);
    }

    #[test]
    fn more_trits_reach_three_means() {
        // The mean is 1, the unit 4/3: 0.67, -0.67, 1.33, -2.67.
        let two = numbers(&[0.5, -0.5, 1.0, -2.0], |w, n| matrix(w, 2, n));
        assert_eq!(two, [1.0, -1.0, 1.0, -3.0]);
        let outlier = numbers(&[0.0, 0.0, 0.0, -8.0], |w, n| matrix(w, 5, n));
        assert_eq!(outlier, [0.0, 0.0, 0.0, -121.0]);
        for trits in 1..=5 {
            assert_eq!(numbers(&[0.0; 4], |w, n| matrix(w, trits, n)), [0.0; 4]);
        }
    }

    #[test]
    fn the_embedding_counts_in_fours_and_biases_in_ones() {
        let latent = [5.0, 7.0, -1000.0, 509.0];
        let in_trits = |trits| {
            let dims = Dims {
                embedding_trits: trits,
                ..DIMS
            };
            numbers(&latent, |w, n| embedding(w, &dims, n))
        };
        assert_eq!(in_trits(0), [4.0, 8.0, -508.0, 508.0]);
        assert_eq!(in_trits(1), [0.0, 0.0, -64.0, 64.0]);
        assert_eq!(in_trits(2), [0.0, 0.0, -128.0, 128.0]);
        assert_eq!(in_trits(3), [8.0, 8.0, -104.0, 104.0]);
        let latent = [-3.4, 2.6, 40_000.0];
        assert_eq!(numbers(&latent, bias), [-3.0, 3.0, 16384.0]);
    }

    /// Ordinary numbers, halves that round to even, what is clamped, and zeros.
    #[test]
    fn every_number_is_that_of_the_tensor_operations() {
        for (trits, seed) in [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)] {
            let dims = Dims {
                weight_trits: trits,
                head_trits: 6 - trits,
                embedding_trits: trits % 4,
                ..DIMS
            };
            let model = Transformer::new(&dims, &Device::flex(), seed);
            let mut latents = model.latents();
            for latent in &mut latents {
                let count = latent.values.len();
                let values = latent.values.iter_mut().enumerate();
                values.for_each(|(i, value)| match i * 7 % 11 {
                    0 => *value *= 40.0,
                    1 => *value = (i as f32 - count as f32 / 2.0) / 2.0,
                    2 => *value = 0.0,
                    _ => {}
                });
            }
            let zeros = latents.iter_mut().find(|l| l.kind == Kind::Matrix);
            zeros.expect("a matrix").values.fill(0.0);
            let model = model.with_latents(latents.iter().map(|l| l.values.as_slice()));
            let expected = model.integers().module().latents();
            for (latent, expected) in latents.iter().zip(expected) {
                let got = numbers(&latent.values, |_, n| quantize(latent, &dims, n));
                let wrong = got.iter().zip(&expected.values).position(|(a, b)| a != b);
                assert_eq!(wrong, None, "{} of {trits} trits", latent.name);
            }
        }
    }
}

//! From latent weights to the integers that the device holds.

use burn::tensor::Tensor;
use formats::model::{EMBEDDING_SHIFT, MAX_RELATIVE_BIAS};
use formats::trits::max_value;

/// A matrix as numbers of `trits` trits: a latent weight of the matrix's mean magnitude becomes a third of the largest
/// number, and 1 when there is but one trit.
pub fn quantize(latent: Tensor<2>, trits: u8) -> Tensor<2> {
    let max = f64::from(max_value(trits));
    // A matrix of zeros stays one.
    let mean = latent.clone().abs().mean().clamp_min(f32::MIN_POSITIVE);
    let factor = mean.recip().mul_scalar(unit(trits)).unsqueeze();
    (latent * factor).clamp(-max, max).round()
}

/// What a latent weight of the mean magnitude of its matrix becomes, before it is rounded.
pub fn unit(trits: u8) -> f64 {
    match trits {
        1 => 1.0,
        _ => f64::from(max_value(trits)) / 3.0,
    }
}

/// The embedding in residual LSBs: whole steps of `1 << EMBEDDING_SHIFT`, as many as fit an i8.
pub fn quantize_embedding(latent: Tensor<2>) -> Tensor<2> {
    let step = f64::from(1 << EMBEDDING_SHIFT);
    let max = f64::from(i8::MAX);
    (latent / step).clamp(-max, max).round() * step
}

/// The relative biases in whole sixteenths of a bit.
pub fn quantize_bias(latent: Tensor<2>) -> Tensor<2> {
    let max = f64::from(MAX_RELATIVE_BIAS);
    latent.clamp(-max, max).round()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn values(tensor: Tensor<2>) -> Vec<f32> {
        tensor.try_into_vec_as().unwrap()
    }

    #[test]
    fn one_trit_is_nearest_to_the_ratio_to_the_mean() {
        // The mean magnitude is 1.
        let latent =
            Tensor::<2>::from_floats([[0.4, -0.6, 2.5], [-1.5, 0.0, 1.0]], &Device::flex());
        assert_eq!(
            values(quantize(latent, 1)),
            [0.0, -1.0, 1.0, -1.0, 0.0, 1.0]
        );
    }

    #[test]
    fn more_trits_reach_three_means() {
        let device = Device::flex();
        let latent = Tensor::<2>::from_floats([[0.5, -0.5], [1.0, -2.0]], &device);
        // The mean is 1, the unit 4/3: 0.67, -0.67, 1.33, -2.67.
        assert_eq!(values(quantize(latent, 2)), [1.0, -1.0, 1.0, -3.0]);
        let outlier = Tensor::<2>::from_floats([[0.0, 0.0, 0.0, -8.0]], &device);
        assert_eq!(values(quantize(outlier, 5)), [0.0, 0.0, 0.0, -121.0]);
        let zeros = Tensor::<2>::zeros([2, 2], &device);
        assert_eq!(values(quantize(zeros, 1)), [0.0; 4]);
    }

    #[test]
    fn the_embedding_counts_in_fours_and_biases_in_ones() {
        let device = Device::flex();
        let latent = Tensor::<2>::from_floats([[5.0, 7.0, -1000.0, 509.0]], &device);
        assert_eq!(
            values(quantize_embedding(latent)),
            [4.0, 8.0, -508.0, 508.0]
        );
        let bias = Tensor::<2>::from_floats([[-3.4, 2.6, 40_000.0]], &device);
        assert_eq!(values(quantize_bias(bias)), [-3.0, 3.0, 16384.0]);
    }
}

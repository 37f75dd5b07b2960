//! [`quantize`] in burn's operations: what trains on devices other than the CPU, and the oracle of the slices.

use super::quantize;
use super::scale;
use super::tensor::to_vec;
use burn::tensor::{Tensor, TensorData};
use formats::Dims;
use formats::model::MAX_RELATIVE_BIAS;
use formats::trits::max_value;

/// A matrix as numbers of `trits` trits. The mean magnitude is taken on the host, where the order of its sum is fixed: a
/// backend's own order would give a few weights another number on another machine.
pub fn matrix(latent: Tensor<2>, trits: u8) -> Tensor<2> {
    let max = f64::from(max_value(trits));
    let factor = quantize::factor(&to_vec(latent.clone()), trits);
    (latent * factor).clamp(-max, max).round()
}

/// The embedding in residual LSBs.
pub fn embedding(latent: Tensor<2>, dims: &Dims) -> Tensor<2> {
    let step = f64::from(1 << dims.embedding_shift());
    let max = f64::from(dims.max_embedding());
    (latent / step).clamp(-max, max).round() * step
}

/// The relative biases in whole sixteenths of a bit.
pub fn bias(latent: Tensor<2>) -> Tensor<2> {
    let max = f64::from(MAX_RELATIVE_BIAS);
    latent.clamp(-max, max).round()
}

/// Latent logarithms `[rows]` to the factors of the nearest scales.
pub fn scales(log2: Tensor<1>) -> Tensor<1> {
    let device = log2.device();
    let factors: Vec<f32> = to_vec(log2)
        .iter()
        .map(|&log2| scale::factor(scale::nearest(log2)))
        .collect();
    let shape = [factors.len()];
    Tensor::from_data(TensorData::new(factors, shape), &device)
}

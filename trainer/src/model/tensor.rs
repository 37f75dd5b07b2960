//! Between tensors and host slices.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// The values of a tensor, row-major.
///
/// # Panics
/// When the device fails.
pub fn to_vec<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as().expect("the device answers")
}

/// Tokens as `[sequences, time]`.
pub fn int_tensor(tokens: &[u16], sequences: usize, device: &Device) -> Tensor<2, Int> {
    let values: Vec<i32> = tokens.iter().map(|&token| token.into()).collect();
    let shape = [sequences, values.len() / sequences];
    Tensor::from_data(TensorData::new(values, shape), device)
}

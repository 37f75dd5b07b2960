//! Attention without a division: powers of two of scores, weighted values, an abs-mean norm.

use super::norm::{ACTIVATION, kv};
use super::scale;
use burn::tensor::{Device, Int, Tensor, TensorData};
use formats::Dims;
use std::f64::consts::LN_2;

/// The largest attention weight, that of the largest score.
const MAX_WEIGHT: f64 = 31.0;
/// Bias of a token that may not be seen: no weight is left of it, and sums with any score stay exact in f32.
const INVISIBLE: f32 = -((1 << 22) as f32);
/// Lifts what f32 rounded down from an integer. Far less than the distance of any other weight to the next integer,
/// far more than an error of f32: a test holds both.
const LIFT: f64 = 5e-4;

/// Which relative bias applies between two positions of a sequence.
#[derive(Clone, Debug)]
pub struct Window {
    /// `[sequences * time * time]`: query-major indices into `context + 1` biases, the last of which hides.
    distances: Tensor<1, Int>,
    time: usize,
}

impl Window {
    /// The causal window of `context` tokens over sequences of `time` tokens, which see no token before their `starts`
    /// `[sequences, time]`. One sequence stands for any number of them.
    pub fn new(starts: &[usize], time: usize, context: usize, device: &Device) -> Self {
        let distance = |query: usize, key: usize, start: usize| match query.checked_sub(key) {
            Some(distance) if distance < context && key >= start => distance as i32,
            _ => context as i32,
        };
        let queries = starts
            .iter()
            .enumerate()
            .map(|(i, &start)| (i % time, start));
        let distances: Vec<i32> = queries
            .flat_map(|(query, start)| (0..time).map(move |key| distance(query, key, start)))
            .collect();
        let shape = [distances.len()];
        Self {
            distances: Tensor::from_data(TensorData::new(distances, shape), device),
            time,
        }
    }

    /// `[heads, context]` biases as `[sequences, heads, time, time]`, with [`INVISIBLE`] outside of the window.
    fn bias(&self, bias: Tensor<2>) -> Tensor<4> {
        let [heads, _] = bias.dims();
        let [pairs] = self.distances.dims();
        let square = self.time * self.time;
        let hidden = Tensor::full([heads, 1], INVISIBLE, &bias.device());
        Tensor::cat(vec![bias, hidden], 1)
            .select(1, self.distances.clone())
            .reshape([heads, pairs / square, self.time, self.time])
            .swap_dims(0, 1)
    }
}

/// Attention of every head: `[batch, time, heads * head_dim]` activations from the joint projection
/// `[batch, time, qkv_rows]`, the factors of the scores `[heads]` and the relative biases `[heads, context]`.
pub fn attend(
    dims: &Dims,
    qkv: Tensor<3>,
    score_factors: Tensor<1>,
    relative_bias: Tensor<2>,
    window: &Window,
) -> Tensor<3> {
    let [batch, time, _] = qkv.dims();
    let (heads, kv_heads) = (usize::from(dims.heads), usize::from(dims.kv_heads));
    let head_dim = dims.head_dim();
    // Query heads that share keys and values lie one after another, so they are the rows of one product.
    let shared = heads / kv_heads * time;

    let qkv = qkv
        .reshape([batch, time, heads + 2 * kv_heads, head_dim])
        .swap_dims(1, 2);
    let queries = ACTIVATION.apply(qkv.clone().narrow(1, 0, heads));
    let keys_values = kv(dims.kv_trits).apply(qkv.narrow(1, heads, 2 * kv_heads));
    let keys = keys_values.clone().narrow(1, 0, kv_heads);
    let values = keys_values.narrow(1, kv_heads, kv_heads);

    let scores = queries
        .reshape([batch, kv_heads, shared, head_dim])
        .matmul(keys.swap_dims(2, 3))
        .reshape([batch, heads, time, time]);
    let scores = scale::apply(scores, score_factors.reshape([1, heads, 1, 1]));
    let weights = weights(scores + window.bias(relative_bias));
    let mixed = weights
        .reshape([batch, kv_heads, shared, time])
        .matmul(values)
        .reshape([batch, heads, time, head_dim]);
    ACTIVATION
        .apply(mixed)
        .swap_dims(1, 2)
        .reshape([batch, time, heads * head_dim])
}

/// `floor(31 * 2^((score - max) / 16))` along the last dimension, for integer scores. The gradient is that of the
/// unrounded power; the maximum is a constant to it.
fn weights(scores: Tensor<4>) -> Tensor<4> {
    let bit = 16.0 / LN_2;
    let max = scores.clone().inner().max_dim(3);
    // 31 * 2^(-d / 16) = exp((ln(31) * bit - d) / bit)
    let smooth = (scores - max.sub_scalar(MAX_WEIGHT.ln() * bit))
        .div_scalar(bit)
        .exp();
    let power = smooth.clone().inner();
    let integers = power.clone().add_scalar(LIFT).floor();
    // Adds an exact zero to the integers.
    (smooth - power) + integers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_the_table_and_no_entry_is_near_a_rounding_edge() {
        let scores: Vec<f32> = (0..=100).map(|d| 777.0 - d as f32).collect();
        let scores = Tensor::<1>::from_floats(scores.as_slice(), &Device::flex());
        let got: Vec<f32> = weights(scores.reshape([1, 1, 1, 101]))
            .try_into_vec_as()
            .unwrap();
        for (distance, got) in got.iter().enumerate() {
            let exact = MAX_WEIGHT * (-(distance as f64) / 16.0).exp2();
            // d = 16, 32, ... are 31 / 2^n, no integers; only d = 0 is one.
            let edge = (exact - exact.round()).abs();
            assert!(distance == 0 || edge > 2.0 * LIFT, "{distance}: {exact}");
            assert_eq!(f64::from(*got), exact.floor(), "{distance}");
        }
        assert_eq!(got[80], 0.0);
    }

    #[test]
    fn what_is_out_of_the_window_has_no_weight() {
        let device = Device::flex();
        let window = Window::new(&[0; 5], 5, 3, &device);
        let bias = Tensor::<2>::from_floats([[0.0, -16.0, -32.0]], &device);
        let got: Vec<f32> = weights(window.bias(bias)).try_into_vec_as().unwrap();
        #[rustfmt::skip]
        let expected = [
            31.0, 0.0, 0.0, 0.0, 0.0,
            15.0, 31.0, 0.0, 0.0, 0.0,
            7.0, 15.0, 31.0, 0.0, 0.0,
            0.0, 7.0, 15.0, 31.0, 0.0,
            0.0, 0.0, 7.0, 15.0, 31.0,
        ];
        assert_eq!(got, expected);
    }

    #[test]
    fn the_gradient_is_that_of_the_power() {
        let device = Device::flex().autodiff();
        let scores = Tensor::<4>::from_floats([[[[5.0, 0.0, -20.0]]]], &device).require_grad();
        let gradient: Vec<f32> = scores
            .grad(&weights(scores.clone()).sum().backward())
            .unwrap()
            .try_into_vec_as()
            .unwrap();
        for (got, distance) in gradient.into_iter().zip([0.0f64, 5.0, 25.0]) {
            let expected = LN_2 / 16.0 * MAX_WEIGHT * (-distance / 16.0).exp2();
            assert!((f64::from(got) - expected).abs() < 1e-5, "{got} {expected}");
        }
    }
}

//! The latent numbers that training starts from, the same on every machine.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use formats::Dims;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Mean magnitude of an activation.
const ACTIVATION: f64 = 10.0;
/// Steps of a bit in scores and logits.
const BIT: f64 = 16.0;
/// Standard deviation of the embedding and of what a half-block adds to it, in residual LSBs.
const RESIDUAL: f64 = 64.0;
/// The share of a fresh ternary matrix that is not zero.
const DENSITY: f64 = 2.0 / 3.0;

/// The mean square of a fresh matrix's numbers: its latent weights are normal, and become `trits` trits.
pub fn mean_square(trits: u8) -> f64 {
    match trits {
        1 => DENSITY,
        _ => super::quantize::unit(trits).powi(2) * FLOAT_MEAN_SQUARE,
    }
}

/// The mean square of normal numbers over their mean magnitude.
pub const FLOAT_MEAN_SQUARE: f64 = std::f64::consts::FRAC_PI_2;

/// What a scale's logarithm rises by when its matrix of normal numbers is rounded to `trits` trits, so that its products stay
/// as large.
pub fn rounding_rise(trits: u8) -> f32 {
    (0.5 * (FLOAT_MEAN_SQUARE / mean_square(trits)).log2()) as f32
}

/// Makes parameters on a device from one stream of random numbers.
#[derive(Debug)]
pub struct Init<'a> {
    rng: ChaCha8Rng,
    device: &'a Device,
}

impl<'a> Init<'a> {
    /// Starts the stream of `seed`.
    pub fn new(seed: u64, device: &'a Device) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        Self { rng, device }
    }

    /// A matrix `[rows, cols]`, normal, deviation `1 / sqrt(cols)`: its size does not matter, only that of its weights
    /// to one another.
    pub fn matrix(&mut self, rows: usize, cols: usize) -> Param<Tensor<2>> {
        self.normal(rows, cols, (cols as f64).sqrt().recip())
    }

    /// The embedding `[vocab_size, d_model]` in residual LSBs.
    pub fn embedding(&mut self, dims: &Dims) -> Param<Tensor<2>> {
        self.normal(dims.vocab_size.into(), dims.d_model.into(), RESIDUAL)
    }

    /// The relative biases `[heads, context]`: a slope a head, from 2 to the -8 / heads bits a token down to 2 to the
    /// -8 (ALiBi, arXiv:2108.12409).
    pub fn relative_bias(&self, dims: &Dims) -> Param<Tensor<2>> {
        let (heads, context) = (usize::from(dims.heads), usize::from(dims.context));
        let nats = BIT * std::f64::consts::LOG2_E;
        let slope = |head: usize| -nats * (-8.0 * (head + 1) as f64 / heads as f64).exp2();
        let bias: Vec<f32> = (0..heads)
            .flat_map(|head| {
                (0..context).map(move |distance| (slope(head) * distance as f64) as f32)
            })
            .collect();
        self.param(bias, [heads, context])
    }

    /// log2 of the score scales `[heads]`: scores of a deviation of a few bits.
    pub fn score_scales(&self, dims: &Dims) -> Param<Tensor<1>> {
        let key = f64::from(super::norm::kv(dims.kv_trits).target);
        let size = BIT * 2.0 / (ACTIVATION * key * (dims.head_dim() as f64).sqrt());
        self.constant(dims.heads.into(), size.log2())
    }

    /// log2 of the row scales `[rows]` of a half-block's last matrix, whose rows have `inputs` weights of this mean
    /// square.
    pub fn residual_scales(&self, rows: u16, inputs: u16, mean_square: f64) -> Param<Tensor<1>> {
        let sum = ACTIVATION * (mean_square * f64::from(inputs)).sqrt();
        self.constant(rows.into(), (RESIDUAL / sum).log2())
    }

    /// log2 of the logits' scales `[vocab_size]`: logits of a deviation of a bit, from weights of this mean square.
    pub fn lm_head_scales(&self, dims: &Dims, mean_square: f64) -> Param<Tensor<1>> {
        let sum = ACTIVATION * (mean_square * f64::from(dims.d_model)).sqrt();
        self.constant(dims.vocab_size.into(), (BIT / sum).log2())
    }

    fn constant(&self, len: usize, value: f64) -> Param<Tensor<1>> {
        self.param(vec![value as f32; len], [len])
    }

    fn normal(&mut self, rows: usize, cols: usize, deviation: f64) -> Param<Tensor<2>> {
        let values: Vec<f32> = (0..rows * cols)
            .map(|_| (deviation * self.standard()) as f32)
            .collect();
        self.param(values, [rows, cols])
    }

    /// Nearly normal, mean 0, deviation 1: the sum of twelve uniform numbers, which is exact and needs no logarithm.
    fn standard(&mut self) -> f64 {
        let sum: u64 = (0..12).map(|_| u64::from(self.rng.next_u32())).sum();
        sum as f64 / f64::from(u32::MAX) - 6.0
    }

    fn param<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_tensor(Tensor::from_data(
            TensorData::new(values, shape),
            self.device,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_are_standard_and_repeatable() {
        let device = Device::flex();
        let draw = |seed| {
            let values: Vec<f32> = Init::new(seed, &device)
                .matrix(64, 100)
                .val()
                .try_into_vec_as()
                .unwrap();
            values
        };
        let values = draw(1);
        assert_eq!(values, draw(1));
        assert_ne!(values, draw(2));
        let count = values.len() as f32;
        let mean = values.iter().sum::<f32>() / count;
        let variance = values.iter().map(|v| v * v).sum::<f32>() / count;
        assert!(mean.abs() < 0.005, "{mean}");
        assert!((variance - 0.01).abs() < 0.001, "{variance}");
    }
}

//! A model's numbers, prepared for many sequences, and what is done once to the gradients of them all.

use super::params::Parameters;
use crate::config::Arithmetic;
use crate::model::float;
use crate::model::transformer::Transformer;
use formats::Dims;

/// A model to run forward and backward: what it multiplies with, the rows of scaled matrices already multiplied by
/// their factors. Every product stays exact: the factors are `m / 2^s`.
#[derive(Clone, Debug)]
pub struct Weights {
    /// The dimensions.
    pub dims: Dims,
    /// Whether to round.
    pub arithmetic: Arithmetic,
    /// As the device holds them.
    pub parameters: Parameters,
    pub(super) scaled: Vec<ScaledBlock>,
    pub(super) scaled_head: Vec<f32>,
}

/// One block's matrices with scaled rows.
#[derive(Clone, Debug)]
pub(super) struct ScaledBlock {
    pub(super) output: Vec<f32>,
    pub(super) down: Vec<f32>,
}

impl Weights {
    /// The numbers that `model` stands for in `arithmetic`.
    pub fn of(model: &Transformer, arithmetic: Arithmetic) -> Self {
        let dims = model.dims();
        let values: Vec<Vec<f32>> = match arithmetic {
            Arithmetic::Integer => {
                let latents = model.integers().module().latents().into_iter();
                latents.map(|latent| latent.values).collect()
            }
            Arithmetic::Float => float::numbers(&model.latents()),
        };
        Self::new(dims, arithmetic, Parameters::from_values(dims, values))
    }

    /// Prepares the numbers of a model.
    pub fn new(dims: &Dims, arithmetic: Arithmetic, parameters: Parameters) -> Self {
        let scaled = parameters.blocks.iter().map(|block| ScaledBlock {
            output: scale_rows(&block.output, &block.output_scales),
            down: scale_rows(&block.down, &block.down_scales),
        });
        Self {
            dims: *dims,
            arithmetic,
            scaled: scaled.collect(),
            scaled_head: scale_rows(&parameters.head, &parameters.head_scales),
            parameters,
        }
    }
}

fn scale_rows(matrix: &[f32], factors: &[f32]) -> Vec<f32> {
    let width = matrix.len() / factors.len();
    let rows = matrix.chunks_exact(width).zip(factors);
    rows.flat_map(|(row, factor)| row.iter().map(move |w| w * factor))
        .collect()
}

/// Brings the factors of scaled matrices into the sums of [`backward`](super::sequence::backward): their own gradient is the sum over a row of
/// weights times gradients, that of a weight gets its row's factor.
pub fn finish(weights: &Weights, gradients: &mut Parameters) {
    let parameters = &weights.parameters;
    for (block, gradients) in parameters.blocks.iter().zip(&mut gradients.blocks) {
        finish_rows(
            &block.output,
            &block.output_scales,
            &mut gradients.output,
            &mut gradients.output_scales,
        );
        finish_rows(
            &block.down,
            &block.down_scales,
            &mut gradients.down,
            &mut gradients.down_scales,
        );
    }
    finish_rows(
        &parameters.head,
        &parameters.head_scales,
        &mut gradients.head,
        &mut gradients.head_scales,
    );
}

fn finish_rows(matrix: &[f32], factors: &[f32], gradient: &mut [f32], d_factors: &mut [f32]) {
    let width = matrix.len() / factors.len();
    let rows = matrix
        .chunks_exact(width)
        .zip(gradient.chunks_exact_mut(width));
    for ((row, gradient), (factor, d_factor)) in rows.zip(factors.iter().zip(d_factors)) {
        *d_factor = row.iter().zip(&*gradient).map(|(w, g)| w * g).sum();
        gradient.iter_mut().for_each(|g| *g *= factor);
    }
}

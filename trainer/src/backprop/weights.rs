//! A model's numbers, prepared for many sequences, and what is done once to the gradients of them all.

use super::params::{BlockParameters, Parameters};
use crate::config::Arithmetic;
use crate::model::float;
use crate::model::latent::Latent;
use crate::model::quantize::quantize;
use crate::model::transformer::Transformer;
use formats::Dims;
use rayon::prelude::*;

/// A model to run forward and backward: what it multiplies with, the rows of scaled matrices already multiplied by
/// their factors. Every product stays exact: the factors are `m / 2^s`.
#[derive(Clone, Debug)]
pub struct Weights {
    /// The dimensions.
    pub dims: Dims,
    /// Whether to round.
    pub arithmetic: Arithmetic,
    /// The token that documents begin with, each from an empty context; none where text runs through.
    pub document_start: Option<u16>,
    /// As the device holds them.
    pub parameters: Parameters,
    pub(super) scaled: Vec<ScaledBlock>,
    pub(super) scaled_lm_head: Vec<f32>,
}

/// One block's matrices with scaled rows.
#[derive(Clone, Debug)]
pub(super) struct ScaledBlock {
    pub(super) o_proj: Vec<f32>,
    pub(super) down_proj: Vec<f32>,
}

impl Weights {
    /// The numbers that `model` stands for in `arithmetic`.
    pub fn of(model: &Transformer, arithmetic: Arithmetic) -> Self {
        Self::from_latents(model.dims(), arithmetic, &model.latents())
    }

    /// The numbers that latent parameters, in the order of [`Transformer::latents`], stand for in `arithmetic`.
    ///
    /// # Panics
    /// When they are not those of a model of `dims`.
    pub fn from_latents<'a>(
        dims: &Dims,
        arithmetic: Arithmetic,
        latents: impl IntoIterator<Item = &'a Latent>,
    ) -> Self {
        let mut weights = Self::new(dims, arithmetic, Parameters::zeros(dims));
        weights.update(latents);
        weights
    }

    /// Prepares the numbers of a model.
    pub fn new(dims: &Dims, arithmetic: Arithmetic, parameters: Parameters) -> Self {
        let mut weights = Self {
            dims: *dims,
            arithmetic,
            document_start: None,
            scaled: parameters.blocks.iter().map(ScaledBlock::zeros).collect(),
            scaled_lm_head: vec![0.0; parameters.lm_head.len()],
            parameters,
        };
        weights.scale();
        weights
    }

    /// Takes the numbers of other latent parameters of the same model, in the memory of these.
    ///
    /// # Panics
    /// When they are not those of a model of the same dimensions.
    pub fn update<'a>(&mut self, latents: impl IntoIterator<Item = &'a Latent>) {
        let (dims, arithmetic) = (self.dims, self.arithmetic);
        let latents: Vec<&Latent> = latents.into_iter().collect();
        let fields = self.parameters.fields_mut();
        assert_eq!(fields.len(), latents.len());
        fields
            .into_par_iter()
            .zip(latents)
            .for_each(|(numbers, latent)| match arithmetic {
                Arithmetic::Integer => quantize(latent, &dims, numbers),
                Arithmetic::Float => float::numbers(latent, numbers),
            });
        self.scale();
    }

    fn scale(&mut self) {
        let Parameters {
            blocks,
            lm_head,
            lm_head_scales,
            ..
        } = &self.parameters;
        for (scaled, block) in self.scaled.iter_mut().zip(blocks) {
            scale_rows(&block.o_proj, &block.o_proj_scales, &mut scaled.o_proj);
            scale_rows(
                &block.down_proj,
                &block.down_proj_scales,
                &mut scaled.down_proj,
            );
        }
        scale_rows(lm_head, lm_head_scales, &mut self.scaled_lm_head);
    }
}

impl ScaledBlock {
    fn zeros(block: &BlockParameters) -> Self {
        Self {
            o_proj: vec![0.0; block.o_proj.len()],
            down_proj: vec![0.0; block.down_proj.len()],
        }
    }
}

fn scale_rows(matrix: &[f32], factors: &[f32], scaled: &mut [f32]) {
    let width = matrix.len() / factors.len();
    let rows = matrix
        .chunks_exact(width)
        .zip(scaled.chunks_exact_mut(width));
    for ((row, scaled), factor) in rows.zip(factors) {
        for (scaled, w) in scaled.iter_mut().zip(row) {
            *scaled = w * factor;
        }
    }
}

/// Brings the factors of scaled matrices into the sums of [`backward`](super::sequence::backward): their own gradient is the sum over a row of
/// weights times gradients, that of a weight gets its row's factor.
pub fn finish(weights: &Weights, gradients: &mut Parameters) {
    let parameters = &weights.parameters;
    for (block, gradients) in parameters.blocks.iter().zip(&mut gradients.blocks) {
        finish_rows(
            &block.o_proj,
            &block.o_proj_scales,
            &mut gradients.o_proj,
            &mut gradients.o_proj_scales,
        );
        finish_rows(
            &block.down_proj,
            &block.down_proj_scales,
            &mut gradients.down_proj,
            &mut gradients.down_proj_scales,
        );
    }
    finish_rows(
        &parameters.lm_head,
        &parameters.lm_head_scales,
        &mut gradients.lm_head,
        &mut gradients.lm_head_scales,
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

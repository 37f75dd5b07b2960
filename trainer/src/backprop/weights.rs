//! A model's numbers, prepared for many sequences, and what is done once to the gradients of them all.

use super::matmul::Prepared;
use super::params::Parameters;
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
    pub(super) prepared: Vec<PreparedBlock>,
    pub(super) prepared_lm_head: Prepared,
}

/// One block's matrices for products, scaled where they have scales.
#[derive(Clone, Debug)]
pub(super) struct PreparedBlock {
    pub(super) qkv: Prepared,
    pub(super) o_proj: Prepared,
    pub(super) up_proj: Prepared,
    pub(super) down_proj: Prepared,
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
            prepared: vec![PreparedBlock::zeros(dims); dims.layers.into()],
            prepared_lm_head: Prepared::zeros(dims.vocab_size.into(), dims.d_model.into()),
            parameters,
        };
        weights.prepare();
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
        self.prepare();
    }

    fn prepare(&mut self) {
        let Parameters {
            blocks,
            lm_head,
            lm_head_scales,
            ..
        } = &self.parameters;
        let blocks = self.prepared.par_iter_mut().zip(blocks);
        blocks.for_each(|(prepared, block)| {
            prepared.qkv.set(&block.qkv);
            prepared.up_proj.set(&block.up_proj);
            let o_proj = scale_rows(&block.o_proj, &block.o_proj_scales);
            prepared.o_proj.set(&o_proj);
            let down_proj = scale_rows(&block.down_proj, &block.down_proj_scales);
            prepared.down_proj.set(&down_proj);
        });
        self.prepared_lm_head
            .set(&scale_rows(lm_head, lm_head_scales));
    }
}

impl PreparedBlock {
    fn zeros(dims: &Dims) -> Self {
        let (d, d_ff) = (usize::from(dims.d_model), usize::from(dims.d_ff));
        Self {
            qkv: Prepared::zeros(dims.qkv_rows(), d),
            o_proj: Prepared::zeros(d, d),
            up_proj: Prepared::zeros(d_ff, d),
            down_proj: Prepared::zeros(d, d_ff),
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

//! The ternary transformer: latent f32 parameters, and the integers that they stand for.

use super::init::{self, Init};
use crate::config::Arithmetic;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use formats::Dims;

/// The latent parameters, f32. Matrices are scale-free, the embedding counts in residual LSBs, the relative bias in
/// sixteenths of a bit, and scales are logarithms to base 2.
#[derive(Module, Debug)]
pub struct Transformer {
    /// `[vocab_size, d_model]`.
    pub embedding: Param<Tensor<2>>,
    /// The blocks, first to last.
    pub blocks: Vec<Block>,
    /// `[vocab_size, d_model]`.
    pub lm_head: Param<Tensor<2>>,
    /// `[vocab_size]`.
    pub lm_head_scales: Param<Tensor<1>>,
    #[module(skip)]
    pub(super) dims: Dims,
}

/// The latent parameters of one block.
#[derive(Module, Debug)]
pub struct Block {
    /// `[qkv_rows, d_model]`: the query heads, the key heads, the value heads.
    pub qkv: Param<Tensor<2>>,
    /// `[heads]`.
    pub score_scales: Param<Tensor<1>>,
    /// `[heads, context]`.
    pub relative_bias: Param<Tensor<2>>,
    /// `[d_model, d_model]`.
    pub o_proj: Param<Tensor<2>>,
    /// `[d_model]`.
    pub o_proj_scales: Param<Tensor<1>>,
    /// `[d_ff, d_model]`.
    pub up_proj: Param<Tensor<2>>,
    /// `[d_model, d_ff]`.
    pub down_proj: Param<Tensor<2>>,
    /// `[d_model]`.
    pub down_proj_scales: Param<Tensor<1>>,
}

impl Transformer {
    /// Fresh parameters on `device`, the same for the same `seed` on every machine.
    ///
    /// # Panics
    /// When `dims` make no model ([`Dims::check`]).
    pub fn new(dims: &Dims, device: &Device, seed: u64) -> Self {
        let mean_squares = [dims.weight_trits, dims.head_trits].map(init::mean_square);
        Self::scaled(dims, device, seed, mean_squares)
    }

    /// The float twin of [`Transformer::new`]: the same numbers but for the scales, since its weights are not rounded.
    ///
    /// # Panics
    /// When `dims` make no model ([`Dims::check`]).
    pub fn float(dims: &Dims, device: &Device, seed: u64) -> Self {
        Self::scaled(dims, device, seed, [init::FLOAT_MEAN_SQUARE; 2])
    }

    /// Fresh parameters of a model with this arithmetic.
    ///
    /// # Panics
    /// When `dims` make no model ([`Dims::check`]).
    pub fn fresh(arithmetic: Arithmetic, dims: &Dims, device: &Device, seed: u64) -> Self {
        match arithmetic {
            Arithmetic::Integer => Self::new(dims, device, seed),
            Arithmetic::Float => Self::float(dims, device, seed),
        }
    }

    /// With scales for matrices whose numbers have these mean squares: the blocks' and the head's.
    fn scaled(dims: &Dims, device: &Device, seed: u64, [weight, head]: [f64; 2]) -> Self {
        dims.check().expect("the dimensions of a model");
        let mut init = Init::new(seed, device);
        let (d, d_ff) = (usize::from(dims.d_model), usize::from(dims.d_ff));
        let embedding = init.embedding(dims);
        let blocks = (0..dims.layers)
            .map(|_| Block {
                qkv: init.matrix(dims.qkv_rows(), d),
                score_scales: init.score_scales(dims),
                relative_bias: init.relative_bias(dims),
                o_proj: init.matrix(d, d),
                o_proj_scales: init.residual_scales(dims.d_model, dims.d_model, weight),
                up_proj: init.matrix(d_ff, d),
                down_proj: init.matrix(d, d_ff),
                down_proj_scales: init.residual_scales(dims.d_model, dims.d_ff, weight),
            })
            .collect();
        Self {
            embedding,
            blocks,
            lm_head: init.matrix(dims.vocab_size.into(), d),
            lm_head_scales: init.lm_head_scales(dims, head),
            dims: *dims,
        }
    }

    /// The dimensions.
    pub const fn dims(&self) -> &Dims {
        &self.dims
    }
}

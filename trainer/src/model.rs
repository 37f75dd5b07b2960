//! The ternary transformer: latent f32 parameters, and the integers that they stand for.
//!
//! | module | subject |
//! |---|---|
//! | [`init`] | what training starts from |
//! | [`trits`] | latent weights to ternary numbers |
//! | [`scale`] | latent logarithms to factors `m / 2^s`, and the multiplication by them |
//! | [`renorm`] | norm, activation quantiser and softmax denominator in one |
//! | [`attention`] | queries, keys and values to mixed values |
//! | [`integers`] | the forward pass |
//! | [`floats`] | what the parameters stand for when nothing is rounded |
//! | [`latents`] | parameters and gradients as host vectors, in one order |
//! | [`export`] | from the integers to the numbers of a model file |

pub mod attention;
pub mod export;
pub mod floats;
pub mod init;
pub mod integers;
pub mod latents;
pub mod renorm;
pub mod scale;
pub mod trits;

use self::init::Init;
pub use self::integers::Integers;
use crate::config::Arithmetic;
use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};
use formats::Dims;
use formats::write::Weights;

/// The latent parameters, f32. Matrices are scale-free, the embedding counts in residual LSBs, the distance bias in
/// sixteenths of a bit, and scales are logarithms to base 2.
#[derive(Module, Debug)]
pub struct Transformer {
    /// `[vocab, d_model]`.
    pub embedding: Param<Tensor<2>>,
    /// The blocks, first to last.
    pub blocks: Vec<Block>,
    /// `[vocab, d_model]`.
    pub head: Param<Tensor<2>>,
    /// `[vocab]`.
    pub head_scales: Param<Tensor<1>>,
    #[module(skip)]
    dims: Dims,
}

/// The latent parameters of one block.
#[derive(Module, Debug)]
pub struct Block {
    /// `[qkv_rows, d_model]`: the query heads, the key heads, the value heads.
    pub qkv: Param<Tensor<2>>,
    /// `[heads]`.
    pub score_scales: Param<Tensor<1>>,
    /// `[heads, context]`.
    pub distance_bias: Param<Tensor<2>>,
    /// `[d_model, d_model]`.
    pub output: Param<Tensor<2>>,
    /// `[d_model]`.
    pub output_scales: Param<Tensor<1>>,
    /// `[hidden, d_model]`.
    pub up: Param<Tensor<2>>,
    /// `[d_model, hidden]`.
    pub down: Param<Tensor<2>>,
    /// `[d_model]`.
    pub down_scales: Param<Tensor<1>>,
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
        let (d, hidden) = (usize::from(dims.d_model), usize::from(dims.hidden));
        let embedding = init.embedding(dims);
        let blocks = (0..dims.layers)
            .map(|_| Block {
                qkv: init.matrix(dims.qkv_rows(), d),
                score_scales: init.score_scales(dims),
                distance_bias: init.distance_bias(dims),
                output: init.matrix(d, d),
                output_scales: init.residual_scales(dims.d_model, dims.d_model, weight),
                up: init.matrix(hidden, d),
                down: init.matrix(d, hidden),
                down_scales: init.residual_scales(dims.d_model, dims.hidden, weight),
            })
            .collect();
        Self {
            embedding,
            blocks,
            head: init.matrix(dims.vocab.into(), d),
            head_scales: init.head_scales(dims, head),
            dims: *dims,
        }
    }

    /// The dimensions.
    pub const fn dims(&self) -> &Dims {
        &self.dims
    }

    /// The integers that the device holds, without autodiff.
    pub fn integers(&self) -> Integers {
        let dims = self.dims();
        let matrix =
            |latent: &Param<Tensor<2>>| replace(latent, |w| trits::quantize(w, dims.weight_trits));
        let blocks = self.blocks.iter().map(|block| Block {
            qkv: matrix(&block.qkv),
            score_scales: replace(&block.score_scales, factors),
            distance_bias: replace(&block.distance_bias, trits::quantize_bias),
            output: matrix(&block.output),
            output_scales: replace(&block.output_scales, factors),
            up: matrix(&block.up),
            down: matrix(&block.down),
            down_scales: replace(&block.down_scales, factors),
        });
        Integers(Self {
            embedding: replace(&self.embedding, trits::quantize_embedding),
            blocks: blocks.collect(),
            head: replace(&self.head, |w| trits::quantize(w, dims.head_trits)),
            head_scales: replace(&self.head_scales, factors),
            dims: self.dims,
        })
    }

    /// Logits `[batch, time, vocab]`, in sixteenths of a bit, from `tokens` `[batch, time]`; not for training, which
    /// takes the gradient of [`Integers::forward`].
    pub fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        self.integers().forward(tokens)
    }

    /// The numbers of the model file.
    pub fn weights(&self) -> Weights {
        export::weights(&self.integers())
    }
}

/// The parameter with other values, off the graph, under the same identifier.
fn replace<const D: usize>(
    param: &Param<Tensor<D>>,
    values: impl FnOnce(Tensor<D>) -> Tensor<D>,
) -> Param<Tensor<D>> {
    Param::initialized(param.id, values(param.val().inner()))
}

/// Latent logarithms `[rows]` to the factors of the nearest scales.
fn factors(log2: Tensor<1>) -> Tensor<1> {
    let device = log2.device();
    let values = export::to_vec(log2);
    let factors: Vec<f32> = values
        .iter()
        .map(|&log2| scale::factor(scale::nearest(log2)))
        .collect();
    let shape = [factors.len()];
    Tensor::from_data(TensorData::new(factors, shape), &device)
}

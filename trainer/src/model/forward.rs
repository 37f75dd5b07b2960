//! The forward pass, in integers.

use super::attention::{Window, attend};
use super::norm::{ACTIVATION, HIDDEN};
use super::starts::starts;
use super::tensor::int_tensor;
use super::transformer::{Block, Transformer};
use super::{quantize_tensors, scale};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::module::embedding;
use burn::tensor::{Device, Int, Tensor, TensorData};
use formats::Dims;

/// A [`Transformer`] whose parameters are the integers that the device holds, and the exact factors of its scales.
///
/// Every tensor of the forward pass holds integers below 2^24 as f32, so any order of summation, any backend and the
/// device give the same logits. The parameters keep the identifiers of the latent ones: a gradient taken here is the
/// straight-through gradient there.
#[derive(Clone, Debug)]
pub struct Integers(pub(super) Transformer);

/// One block's part of [`Integers::forward`].
#[derive(Clone, Copy, Debug)]
struct Context<'a> {
    dims: &'a Dims,
    window: &'a Window,
    /// What documents leave of the token shift, where there are any: for each number of tokens back, `[batch, time, 1]` of 1
    /// where that token is known, of 0 elsewhere.
    known: Option<&'a [Tensor<3>; 3]>,
}

impl Transformer {
    /// The integers that the device holds, without autodiff.
    pub fn integers(&self) -> Integers {
        let dims = self.dims();
        let matrix = |latent: &Param<Tensor<2>>| {
            replace(latent, |w| quantize_tensors::matrix(w, dims.weight_trits))
        };
        let blocks = self.blocks.iter().map(|block| Block {
            qkv: matrix(&block.qkv),
            score_scales: replace(&block.score_scales, quantize_tensors::scales),
            relative_bias: replace(&block.relative_bias, quantize_tensors::bias),
            o_proj: matrix(&block.o_proj),
            o_proj_scales: replace(&block.o_proj_scales, quantize_tensors::scales),
            up_proj: matrix(&block.up_proj),
            down_proj: matrix(&block.down_proj),
            down_proj_scales: replace(&block.down_proj_scales, quantize_tensors::scales),
        });
        Integers(Transformer {
            embedding: replace(&self.embedding, |w| quantize_tensors::embedding(w, dims)),
            blocks: blocks.collect(),
            lm_head: replace(&self.lm_head, |w| {
                quantize_tensors::matrix(w, dims.head_trits)
            }),
            lm_head_scales: replace(&self.lm_head_scales, quantize_tensors::scales),
            dims: self.dims,
        })
    }

    /// Logits `[batch, time, vocab_size]`, in sixteenths of a bit, from `tokens` `[batch, time]`; not for training, which
    /// takes the gradient of [`Integers::forward`].
    pub fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        self.integers().forward(tokens)
    }
}

impl Integers {
    /// The module behind, for its parameters.
    pub const fn module(&self) -> &Transformer {
        &self.0
    }

    /// The same integers as fresh leaves of a graph of their own, whose gradients can be taken.
    pub fn tracked(&self) -> Self {
        struct Track;
        impl ModuleMapper for Track {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                param.map(|values| values.autodiff().require_grad())
            }
        }
        Self(self.0.clone().map(&mut Track))
    }

    /// Logits `[batch, time, vocab_size]`, in sixteenths of a bit, from `tokens` `[batch, time]`.
    pub fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        let [_, time] = tokens.dims();
        let context = self.0.dims.context.into();
        let window = Window::new(&vec![0; time], time, context, &tokens.device());
        self.through_blocks(tokens, &window, None)
    }

    /// Logits `[sequences, time, vocab_size]` from the `tokens` of all `sequences`. Where there is a `document_start`, no token
    /// knows what is before the last of it.
    ///
    /// # Panics
    /// When the sequences are not of the same length.
    pub fn logits(
        &self,
        tokens: &[u16],
        sequences: usize,
        device: &Device,
        document_start: Option<u16>,
    ) -> Tensor<3> {
        let inputs = int_tensor(tokens, sequences, device);
        if document_start.is_none() {
            return self.forward(inputs);
        }
        let [_, time] = inputs.dims();
        let sequences = tokens.chunks(time);
        let starts: Vec<usize> = sequences
            .flat_map(|tokens| starts(tokens, document_start))
            .collect();
        let window = Window::new(&starts, time, self.0.dims.context.into(), device);
        let known = [1, 2, 3].map(|back| {
            let positions = starts
                .iter()
                .enumerate()
                .map(|(i, start)| (i % time, start));
            let known = positions.map(|(t, &start)| f32::from(u8::from(t >= start + back)));
            let known: Vec<f32> = known.collect();
            Tensor::from_data(
                TensorData::new(known, [starts.len() / time, time, 1]),
                device,
            )
        });
        self.through_blocks(inputs, &window, Some(&known))
    }

    fn through_blocks(
        &self,
        tokens: Tensor<2, Int>,
        window: &Window,
        known: Option<&[Tensor<3>; 3]>,
    ) -> Tensor<3> {
        let Self(model) = self;
        let context = Context {
            dims: &model.dims,
            window,
            known,
        };
        let mut x = embedding(model.embedding.val(), tokens);
        for block in &model.blocks {
            x = context.attention(block, x);
            x = context.mlp(block, x);
        }
        let sums = multiply(ACTIVATION.apply(x), model.lm_head.val());
        scale::apply(sums, model.lm_head_scales.val().unsqueeze())
    }
}

impl Context<'_> {
    /// `x` `[batch, time, d_model]` and what attention adds to it.
    fn attention(&self, block: &Block, x: Tensor<3>) -> Tensor<3> {
        let inputs = self.shift(ACTIVATION.apply(x.clone()));
        let mixed = attend(
            self.dims,
            multiply(inputs, block.qkv.val()),
            block.score_scales.val(),
            block.relative_bias.val(),
            self.window,
        );
        let sums = multiply(mixed, block.o_proj.val());
        x + scale::apply(sums, block.o_proj_scales.val().unsqueeze())
    }

    /// `x` `[batch, time, d_model]` and what the MLP adds to it.
    fn mlp(&self, block: &Block, x: Tensor<3>) -> Tensor<3> {
        let inputs = self.shift(ACTIVATION.apply(x.clone()));
        let hidden = burn::tensor::activation::relu(multiply(inputs, block.up_proj.val()));
        let sums = multiply(HIDDEN.apply(hidden), block.down_proj.val());
        x + scale::apply(sums, block.down_proj_scales.val().unsqueeze())
    }

    /// The token shift of `[batch, time, d_model]`: the first channels come from earlier tokens, zeros before the first.
    fn shift(&self, x: Tensor<3>) -> Tensor<3> {
        let [batch, time, channels] = x.dims();
        let mut parts = Vec::new();
        let mut start = 0;
        for (back, width) in (1..).zip(self.dims.token_shift.map(usize::from)) {
            if width == 0 {
                continue;
            }
            let back = back.min(time);
            let zeros = Tensor::zeros([batch, back, width], &x.device());
            let earlier = x.clone().narrow(2, start, width);
            let shifted = if back == time {
                zeros
            } else {
                Tensor::cat(vec![zeros, earlier.narrow(1, 0, time - back)], 1)
            };
            parts.push(match self.known {
                Some(known) => shifted * known[back - 1].clone(),
                None => shifted,
            });
            start += width;
        }
        if start < channels {
            parts.push(x.narrow(2, start, channels - start));
        }
        Tensor::cat(parts, 2)
    }
}

/// `x` `[batch, time, inputs]` by the matrix `[outputs, inputs]`: `[batch, time, outputs]`.
fn multiply(x: Tensor<3>, matrix: Tensor<2>) -> Tensor<3> {
    let [batch, time, inputs] = x.dims();
    let [outputs, _] = matrix.dims();
    x.reshape([batch * time, inputs])
        .matmul(matrix.transpose())
        .reshape([batch, time, outputs])
}

/// The parameter with other values, off the graph, under the same identifier.
fn replace<const D: usize>(
    param: &Param<Tensor<D>>,
    values: impl FnOnce(Tensor<D>) -> Tensor<D>,
) -> Param<Tensor<D>> {
    Param::initialized(param.id, values(param.val().inner()))
}

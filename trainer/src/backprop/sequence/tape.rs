//! What the passes over a sequence leave for each other.

use crate::backprop::noise::{self, Noise};
use crate::model::starts::starts;
use formats::Dims;

/// What the forward pass leaves for the backward pass, and room for both. Each is `[time, channels]`.
#[derive(Clone, Debug)]
pub struct Tape {
    /// The first token that each token knows of, `[time]`.
    pub(super) starts: Vec<usize>,
    /// Noise of the forward pass; off in a new tape.
    pub noise: Noise,
    pub(super) blocks: Vec<BlockTape>,
    /// The residual stream.
    pub(super) x: Vec<f32>,
    pub(super) normed: Vec<f32>,
    /// `[time, vocab_size]`.
    pub logits: Vec<f32>,
    pub(super) d_x: Vec<f32>,
    pub(super) d_added: Vec<f32>,
    pub(super) d_normed: Vec<f32>,
    pub(super) d_wide: Vec<f32>,
    pub(super) d_qkv: Vec<f32>,
    /// Two of `[time, time]`.
    pub(super) squares: [Vec<f32>; 2],
}

#[derive(Clone, Debug)]
pub(super) struct BlockTape {
    pub(super) x_attention: Vec<f32>,
    pub(super) inputs: Vec<f32>,
    pub(super) sums: Vec<f32>,
    pub(super) qkv: Vec<f32>,
    /// `[heads, time, time]`.
    pub(super) powers: Vec<f32>,
    pub(super) mixed: Vec<f32>,
    pub(super) mixed_normed: Vec<f32>,
    pub(super) x_mlp: Vec<f32>,
    pub(super) mlp_inputs: Vec<f32>,
    pub(super) hidden_sums: Vec<f32>,
    pub(super) hidden: Vec<f32>,
}

impl BlockTape {
    fn numbers(&self) -> usize {
        let Self {
            x_attention,
            inputs,
            sums,
            qkv,
            powers,
            mixed,
            mixed_normed,
            x_mlp,
            mlp_inputs,
            hidden_sums,
            hidden,
        } = self;
        let attention = [x_attention, inputs, sums, qkv, powers, mixed, mixed_normed];
        let mlp = [x_mlp, mlp_inputs, hidden_sums, hidden];
        attention.iter().chain(&mlp).map(|part| part.len()).sum()
    }
}

impl Tape {
    /// Room for sequences of `time` tokens.
    pub fn new(dims: &Dims, time: usize) -> Self {
        let zeros = |channels: usize| vec![0.0; time * channels];
        let (d, d_ff) = (usize::from(dims.d_model), usize::from(dims.d_ff));
        let block = BlockTape {
            x_attention: zeros(d),
            inputs: zeros(d),
            sums: zeros(dims.qkv_rows()),
            qkv: zeros(dims.qkv_rows()),
            powers: zeros(usize::from(dims.heads) * time),
            mixed: zeros(d),
            mixed_normed: zeros(d),
            x_mlp: zeros(d),
            mlp_inputs: zeros(d),
            hidden_sums: zeros(d_ff),
            hidden: zeros(d_ff),
        };
        Self {
            starts: vec![0; time],
            noise: noise::OFF,
            blocks: vec![block; dims.layers.into()],
            x: zeros(d),
            normed: zeros(d),
            logits: zeros(dims.vocab_size.into()),
            d_x: zeros(d),
            d_added: zeros(d),
            d_normed: zeros(d),
            d_wide: zeros(d_ff),
            d_qkv: zeros(dims.qkv_rows()),
            squares: [zeros(time), zeros(time)],
        }
    }

    /// Memory that a tape of these takes, in bytes.
    pub fn bytes(dims: &Dims, time: usize) -> usize {
        let Self {
            starts,
            noise: _,
            blocks,
            x,
            normed,
            logits,
            d_x,
            d_added,
            d_normed,
            d_wide,
            d_qkv,
            squares: [square, _],
        } = Self::new(dims, time);
        let numbers = [x, normed, logits, d_x, d_added, d_normed, d_wide, d_qkv];
        let numbers = numbers.iter().map(Vec::len).sum::<usize>() + 2 * square.len();
        let blocks = blocks.iter().map(BlockTape::numbers).sum::<usize>();
        size_of_val(&starts[..]) + (numbers + blocks) * size_of::<f32>()
    }

    /// Tokens of a sequence.
    pub const fn time(&self) -> usize {
        self.starts.len()
    }

    /// Where `first` is the token that a document begins with, nothing before it is known any more.
    pub(super) fn set_starts(&mut self, tokens: &[u16], first: Option<u16>) {
        let known = starts(tokens, first);
        for (start, known) in self.starts.iter_mut().zip(known) {
            *start = known;
        }
    }
}

//! The arithmetic of `docs/arithmetic.md` a second time: 64-bit integers, plain loops, no kernels, and every bound of
//! its table asserted. The runtime computes in 32 bits that wrap; where it equals this, nothing wrapped.

use formats::dims::{MAX_ACTIVATION, SUM_LIMIT, TOKEN_SHIFT_REACH};
use formats::model::Embedding;
use formats::trits::max_value;
use formats::{Layer, Model, Scale, TritMatrix};
use std::collections::VecDeque;

/// Target and clamp of every abs-mean norm: activations, behind the rectifier, keys and values of one trit and of two.
const ACTIVATION: (i64, i64) = (10, 31);
const HIDDEN: (i64, i64) = (5, 31);
const ONE_TRIT: (i64, i64) = (1, 1);
const TWO_TRITS: (i64, i64) = (2, 4);

/// A model unpacked, and what it remembers.
#[derive(Debug)]
pub struct Oracle<'m> {
    model: Model<'m>,
    blocks: Vec<Block<'m>>,
    head: Dense,
    /// What the residual stream's channels stay within.
    residual_bound: i64,
}

#[derive(Debug)]
struct Block<'m> {
    layer: Layer<'m>,
    qkv: Dense,
    output: Dense,
    up: Dense,
    down: Dense,
    /// Keys and values of each head that has them, the current token first.
    cache: Vec<VecDeque<[Vec<i64>; 2]>>,
    /// What went into the two token shifts, the token before first.
    past: [VecDeque<Vec<i64>>; 2],
}

/// `[rows, cols]`, row-major.
#[derive(Debug)]
struct Dense {
    numbers: Vec<i64>,
    cols: usize,
}

impl Dense {
    fn new(matrix: TritMatrix<'_>, rows: usize, cols: usize) -> Self {
        let at = |i| matrix.get(i / cols, i % cols).expect("inside the matrix");
        let numbers = (0..rows * cols).map(|i| at(i).into()).collect();
        Self { numbers, cols }
    }

    fn times(&self, vector: &[i64]) -> Vec<i64> {
        let limit = i64::from(MAX_ACTIVATION);
        assert!(
            vector.iter().all(|x| x.abs() <= limit),
            "an activation beyond {limit}"
        );
        let rows = self.numbers.chunks(self.cols);
        rows.map(|row| row.iter().zip(vector).map(|(w, x)| w * x).sum())
            .collect()
    }
}

impl<'m> Oracle<'m> {
    /// With nothing in its context.
    pub fn new(model: Model<'m>) -> Self {
        let dims = model.dims();
        let (d, hidden) = (usize::from(dims.d_model), usize::from(dims.d_ff));
        let block = |layer: Layer<'m>| Block {
            layer,
            qkv: Dense::new(layer.qkv, dims.qkv_rows(), d),
            output: Dense::new(layer.o_proj, d, d),
            up: Dense::new(layer.up_proj, hidden, d),
            down: Dense::new(layer.down_proj, d, hidden),
            cache: vec![VecDeque::new(); dims.kv_heads.into()],
            past: [VecDeque::new(), VecDeque::new()],
        };
        let blocks: Vec<_> = model.layers().map(block).collect();
        let weight = i64::from(max_value(dims.weight_trits) * MAX_ACTIVATION);
        let largest = |scales: &[u8], inputs: usize| {
            let bound = |&byte: &u8| scaled(weight * inputs as i64, byte) + 1;
            scales.iter().map(bound).max().unwrap_or(0)
        };
        let half_blocks = blocks
            .iter()
            .map(|b| largest(b.layer.o_proj_scales, d) + largest(b.layer.down_proj_scales, hidden));
        Self {
            residual_bound: (i64::from(dims.max_embedding() + 1) << dims.embedding_shift())
                + half_blocks.sum::<i64>(),
            blocks,
            head: Dense::new(model.lm_head(), dims.vocab_size.into(), d),
            model,
        }
    }

    /// Takes a token into the context and returns the logits of the next one.
    ///
    /// # Panics
    /// When a bound of `docs/arithmetic.md` does not hold, or the model has no such token.
    pub fn step(&mut self, token: u16) -> Vec<i64> {
        let dims = *self.model.dims();
        let (d, heads, head_dim) = (
            usize::from(dims.d_model),
            usize::from(dims.heads),
            dims.head_dim(),
        );
        let number = |channel: usize| match self.model.embedding() {
            Embedding::Bytes(bytes) => {
                i64::from(bytes[usize::from(token) * d + channel].cast_signed())
            }
            Embedding::Trits(matrix) => matrix.get(token.into(), channel).expect("a row").into(),
        };
        let mut x: Vec<i64> = (0..d)
            .map(|channel| number(channel) << dims.embedding_shift())
            .collect();
        let kv_norm = if dims.kv_trits == 1 {
            ONE_TRIT
        } else {
            TWO_TRITS
        };
        for block in &mut self.blocks {
            let h = shift(
                &mut block.past[0],
                abs_mean_norm(&x, ACTIVATION),
                dims.token_shift,
            );
            let qkv = block.qkv.times(&h);
            let mut vectors = qkv.chunks(head_dim);
            let queries: Vec<_> = vectors
                .by_ref()
                .take(heads)
                .map(|q| abs_mean_norm(q, ACTIVATION))
                .collect();
            let kv: Vec<_> = vectors
                .map(|vector| abs_mean_norm(vector, kv_norm))
                .collect();
            let (keys, values) = kv.split_at(dims.kv_heads.into());
            for ((cache, key), value) in block.cache.iter_mut().zip(keys).zip(values) {
                cache.push_front([key.clone(), value.clone()]);
                cache.truncate(dims.context.into());
            }
            let biases = block.layer.relative_bias.as_chunks::<2>().0;
            let scales = block.layer.score_scales;
            let mut outputs = Vec::new();
            for (h, query) in queries.iter().enumerate() {
                let cache = &block.cache[h / (heads / usize::from(dims.kv_heads))];
                let biases = &biases[h * usize::from(dims.context)..];
                outputs.extend(attend(query, cache, scales[h], biases));
            }
            add(
                &mut x,
                &block.output.times(&outputs),
                block.layer.o_proj_scales,
            );
            let h = shift(
                &mut block.past[1],
                abs_mean_norm(&x, ACTIVATION),
                dims.token_shift,
            );
            let up: Vec<_> = block.up.times(&h).into_iter().map(|u| u.max(0)).collect();
            add(
                &mut x,
                &block.down.times(&abs_mean_norm(&up, HIDDEN)),
                block.layer.down_proj_scales,
            );
            let largest = x.iter().map(|x| x.abs()).max().unwrap_or(0);
            assert!(
                largest <= self.residual_bound,
                "a channel at {largest}, the bound is {}",
                self.residual_bound
            );
        }
        let sums = self.head.times(&abs_mean_norm(&x, ACTIVATION));
        sums.iter()
            .zip(self.model.lm_head_scales())
            .map(|(&sum, &byte)| scaled(sum, byte))
            .collect()
    }
}

/// The first channels come from one token back, the next from two, the next from three.
fn shift(
    past: &mut VecDeque<Vec<i64>>,
    now: Vec<i64>,
    widths: [u16; TOKEN_SHIFT_REACH],
) -> Vec<i64> {
    let mut shifted = now.clone();
    let mut begin = 0;
    for (back, width) in widths.into_iter().map(usize::from).enumerate() {
        let channels = &mut shifted[begin..begin + width];
        match past.get(back) {
            Some(before) => channels.copy_from_slice(&before[begin..begin + width]),
            None => channels.fill(0),
        }
        begin += width;
    }
    past.push_front(now);
    past.truncate(TOKEN_SHIFT_REACH);
    shifted
}

fn attend(query: &[i64], cache: &VecDeque<[Vec<i64>; 2]>, by: u8, biases: &[[u8; 2]]) -> Vec<i64> {
    let score = |([key, _], bias): (&[Vec<i64>; 2], &[u8; 2])| {
        let dot: i64 = query.iter().zip(key).map(|(q, k)| q * k).sum();
        scaled(dot, by) + i64::from(i16::from_le_bytes(*bias))
    };
    let scores: Vec<i64> = cache.iter().zip(biases).map(score).collect();
    let max = *scores
        .iter()
        .max()
        .expect("the current token is in the cache");
    let mut sums = vec![0; query.len()];
    for ([_, value], score) in cache.iter().zip(scores) {
        // The definition, in floats: no value of it is an integer but the one at 0, so that none is rounded wrongly.
        let weight = (31.0 * (-((max - score) as f64) / 16.0).exp2()).floor() as i64;
        sums.iter_mut()
            .zip(value)
            .for_each(|(sum, v)| *sum += weight * v);
    }
    abs_mean_norm(&sums, ACTIVATION)
}

fn add(x: &mut [i64], sums: &[i64], scales: &[u8]) {
    for ((x, &sum), &byte) in x.iter_mut().zip(sums).zip(scales) {
        *x += scaled(sum, byte);
    }
}

/// `scale`, rounded half up.
fn scaled(x: i64, byte: u8) -> i64 {
    let scale = Scale::from_byte(byte).expect("checked by the parser");
    let (m, s) = (i64::from(scale.mantissa()), scale.shift());
    fits((m * x + ((1 << s) >> 1)) >> s << s);
    (m * x + ((1 << s) >> 1)) >> s
}

/// Asserts that a number on the way fits 32 bits.
fn fits(number: i64) -> i64 {
    i32::try_from(number).expect("an overflow of 32 bits");
    number
}

/// `abs_mean_norm`, octave by octave and quarter by quarter.
fn abs_mean_norm(x: &[i64], (target, clamp): (i64, i64)) -> Vec<i64> {
    let sum: i64 = x.iter().map(|x| x.abs()).sum();
    assert!(
        sum < SUM_LIMIT as i64,
        "a sum of {sum} goes into an abs-mean norm"
    );
    if sum == 0 {
        return vec![0; x.len()];
    }
    let budget = i128::from(x.len() as i64 * target);
    // B (1 + k/4) 2^e <= S < B (1 + (k+1)/4) 2^e, both sides times 4 * 2^32.
    let reached =
        |e: i32, k: i64| (budget * i128::from(4 + k)) << (e + 32) <= i128::from(sum) << 34;
    let e = (-32..28).rfind(|&e| reached(e, 0)).expect("an octave");
    let k = (0..4).rfind(|&k| reached(e, k)).expect("a quarter");
    let h = e + 3;
    let y = |&x: &i64| {
        let y = if h > 0 {
            fits((7 - k) * x + (1 << (h - 1))) >> h
        } else {
            fits(((7 - k) * x) << -h)
        };
        y.clamp(-clamp, clamp)
    };
    x.iter().map(y).collect()
}

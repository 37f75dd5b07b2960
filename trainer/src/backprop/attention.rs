//! Attention of one sequence: scores to weights to mixed values, and back.

use super::exp2::exp2;
use super::matmul::{Matrix, Target};
use crate::config::Arithmetic;
use crate::util::simd::{max, wide};
use formats::Dims;
use std::f32::consts::LN_2;

/// The largest attention weight, that of the largest score.
const MAX_WEIGHT: f32 = 31.0;
/// Lifts what f32 rounded down from an integer; `model::attention` has the same and says why it is safe.
const LIFT: f32 = 5e-4;
/// A sixteenth of a bit.
const STEP: f32 = 1.0 / 16.0;

/// Where things are in the rows `[time, qkv_rows]` of queries, keys and values, and what the scores go through.
#[derive(Clone, Copy, Debug)]
pub struct Heads<'a> {
    /// The dimensions.
    pub dims: &'a Dims,
    /// The first token that each token of the sequence sees, `[time]`.
    pub starts: &'a [usize],
    /// Factors of the scores, `[heads]`.
    pub scales: &'a [f32],
    /// `[heads, context]`, in sixteenths of a bit.
    pub relative_bias: &'a [f32],
    /// Whether to round.
    pub arithmetic: Arithmetic,
}

/// One head's place.
struct Place {
    query: usize,
    key: usize,
    value: usize,
}

impl Heads<'_> {
    /// Mixed values `[time, d_model]` from `qkv` `[time, qkv_rows]`. Leaves the unrounded weights of every head in `powers`
    /// `[heads, time, time]`; those of tokens that are not seen mean nothing. `weights` is room for one head `[time, time]`.
    pub fn forward(&self, qkv: &[f32], powers: &mut [f32], weights: &mut [f32], mixed: &mut [f32]) {
        let (time, rows, d) = (
            self.starts.len(),
            self.dims.qkv_rows(),
            usize::from(self.dims.d_model),
        );
        let size = self.dims.head_dim();
        let qkv = Matrix::new(qkv, time, rows);
        let mut reversed = vec![0.0; time];
        for (head, powers) in powers.chunks_exact_mut(time * time).enumerate() {
            let place = self.place(head);
            let keys = qkv.columns(place.key, size);
            Target::over(powers, time, time)
                .lower_triangle()
                .product_transposed(self.scales[head], qkv.columns(place.query, size), keys);
            let context = usize::from(self.dims.context);
            let bias = &self.relative_bias[head * context..][..time];
            for (reversed, bias) in reversed.iter_mut().rev().zip(bias) {
                *reversed = *bias;
            }
            wide(
                #[inline(always)]
                || self.powers(powers, &reversed),
            );
            self.weights(powers, weights);
            Target::over(mixed, time, d)
                .columns(head * size, size)
                .product(
                    1.0,
                    Matrix::new(weights, time, time).lower_triangle(),
                    qkv.columns(place.value, size),
                );
        }
    }

    /// The gradient `[time, qkv_rows]` with respect to `qkv`, from that of the mixed values, `[time, d_model]`. Adds to the
    /// gradients of the scales and of the relative bias. `weights` and `scores` are room for one head `[time, time]`.
    #[allow(
        clippy::too_many_arguments,
        reason = "three inputs, three results, two scratch buffers"
    )]
    pub fn backward(
        &self,
        qkv: &[f32],
        powers: &[f32],
        d_mixed: &[f32],
        d_qkv: &mut [f32],
        d_scales: &mut [f32],
        d_bias: &mut [f32],
        [weights, scores]: [&mut [f32]; 2],
    ) {
        let (time, rows, d) = (
            self.starts.len(),
            self.dims.qkv_rows(),
            usize::from(self.dims.d_model),
        );
        let (size, context) = (self.dims.head_dim(), usize::from(self.dims.context));
        let values = qkv;
        let qkv = Matrix::new(qkv, time, rows);
        let d_mixed = Matrix::new(d_mixed, time, d);
        let mut reversed = vec![0.0; time];
        d_qkv.fill(0.0);
        for (head, powers) in powers.chunks_exact(time * time).enumerate() {
            let place = self.place(head);
            let d_mixed = d_mixed.columns(head * size, size);
            self.weights(powers, weights);
            Target::onto(d_qkv, time, rows)
                .columns(place.value, size)
                .transposed_product(
                    1.0,
                    Matrix::new(weights, time, time).lower_triangle(),
                    d_mixed,
                );
            Target::over(scores, time, time)
                .lower_triangle()
                .product_transposed(1.0, d_mixed, qkv.columns(place.value, size));
            reversed.fill(0.0);
            wide(
                #[inline(always)]
                || through_powers(self.starts, powers, scores, &mut reversed),
            );
            let bias = &mut d_bias[head * context..][..time];
            for (bias, reversed) in bias.iter_mut().zip(reversed.iter().rev()) {
                *bias += reversed;
            }
            let scores = Matrix::new(scores, time, time).lower_triangle();
            // No other head has this query, so its columns are still zero: first without the factor.
            Target::onto(d_qkv, time, rows)
                .columns(place.query, size)
                .product(1.0, scores, qkv.columns(place.key, size));
            let scale = self.scales[head];
            let mut d_scale = 0.0;
            for (dq, q) in d_qkv.chunks_exact_mut(rows).zip(values.chunks_exact(rows)) {
                let q = &q[place.query..][..size];
                for (dq, q) in dq[place.query..].iter_mut().zip(q) {
                    d_scale += *dq * q;
                    *dq *= scale;
                }
            }
            d_scales[head] += d_scale;
            Target::onto(d_qkv, time, rows)
                .columns(place.key, size)
                .transposed_product(scale, scores, qkv.columns(place.query, size));
        }
    }

    fn place(&self, head: usize) -> Place {
        let (heads, kv_heads) = (
            usize::from(self.dims.heads),
            usize::from(self.dims.kv_heads),
        );
        let (size, kv) = (self.dims.head_dim(), head / (heads / kv_heads));
        Place {
            query: head * size,
            key: (heads + kv) * size,
            value: (heads + kv_heads + kv) * size,
        }
    }

    /// From scaled scores to `31 * 2^(-distance from the largest / 16)`, row by row from the first token seen to the diagonal.
    #[inline(always)]
    fn powers(&self, scores: &mut [f32], reversed_bias: &[f32]) {
        let time = self.starts.len();
        let rows = scores.chunks_exact_mut(time).zip(self.starts).enumerate();
        for (query, (scores, &start)) in rows {
            let scores = &mut scores[start..=query];
            let bias = &reversed_bias[time - 1 - query + start..];
            match self.arithmetic {
                Arithmetic::Integer => {
                    for (score, bias) in scores.iter_mut().zip(bias) {
                        *score = (*score + 0.5).floor() + bias;
                    }
                }
                Arithmetic::Float => {
                    for (score, bias) in scores.iter_mut().zip(bias) {
                        *score += bias;
                    }
                }
            }
            let max = max(scores);
            for score in scores {
                *score = MAX_WEIGHT * exp2((*score - max) * STEP);
            }
        }
    }

    /// The weights that values are mixed with, zeros for tokens that are not seen.
    fn weights(&self, powers: &[f32], weights: &mut [f32]) {
        let time = self.starts.len();
        let rows = weights.chunks_exact_mut(time);
        let rows = rows.zip(powers.chunks_exact(time)).zip(self.starts);
        wide(
            #[inline(always)]
            || {
                for (query, ((weights, powers), &start)) in rows.enumerate() {
                    let (seen, later) = weights.split_at_mut(query + 1);
                    let (before, seen) = seen.split_at_mut(start);
                    let powers = &powers[start..=query];
                    match self.arithmetic {
                        Arithmetic::Integer => {
                            for (weight, power) in seen.iter_mut().zip(powers) {
                                *weight = (power + LIFT).floor();
                            }
                        }
                        Arithmetic::Float => seen.copy_from_slice(powers),
                    }
                    before.fill(0.0);
                    later.fill(0.0);
                }
            },
        );
    }
}

/// From the gradient of the weights to that of the scores, in place, and its sums along the diagonals.
#[inline(always)]
fn through_powers(
    starts: &[usize],
    powers: &[f32],
    gradient: &mut [f32],
    reversed_bias: &mut [f32],
) {
    let time = starts.len();
    let rows = gradient
        .chunks_exact_mut(time)
        .zip(powers.chunks_exact(time));
    for (query, ((gradient, powers), &start)) in rows.zip(starts).enumerate() {
        let (seen, later) = gradient.split_at_mut(query + 1);
        let (before, seen) = seen.split_at_mut(start);
        let bias = &mut reversed_bias[time - 1 - query + start..];
        for ((gradient, power), bias) in seen.iter_mut().zip(&powers[start..]).zip(bias) {
            *gradient *= power * (LN_2 * STEP);
            *bias += *gradient;
        }
        before.fill(0.0);
        later.fill(0.0);
    }
}

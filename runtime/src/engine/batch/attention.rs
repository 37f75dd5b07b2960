//! The attention half-block of a batch.
//!
//! As long as the ring has room, a batch's keys and values are all stored first, and every token then looks at all slots
//! that are filled, those behind it with weight zero. Where the ring begins again, a token's key takes the place of one
//! that the tokens before it still see: there attention goes token by token.

use super::bias::Bias;
use super::elements::{abs_mean_norm, add_scaled};
use super::memory::{Batch, Place};
use crate::arch::simd::vectorised;
use crate::arch::simd::work::Work;
use crate::arithmetic::{checked, scaled_by};
use crate::attention::Head;
use crate::elements;
use crate::elements::exp2_below;
use crate::engine::{Engine, Sizes};
use crate::lut::batch::{LANES, matmul};
use crate::slices::split_at_or_empty;
use formats::dims::{pad_cols, pad_rows};
use formats::{Layer, Scale};

impl Engine<'_, '_> {
    pub(super) fn attention_lanes(&mut self, cache: usize, layer: &Layer<'_>, batch: &mut Batch) {
        let sizes = &self.sizes;
        let acc = split_at_or_empty(&mut batch.acc, pad_rows(sizes.qkv_rows)).0;
        matmul(layer.qkv, &batch.normed, &mut batch.scratch, acc);
        let kv = sizes.kv_heads * 2;
        for (head, (sums, out)) in acc
            .chunks(sizes.head_dim)
            .zip(batch.wide.chunks_mut(sizes.head_dim))
            .take(sizes.heads + kv)
            .enumerate()
        {
            let norm = if head < sizes.heads {
                sizes.head_norm
            } else {
                sizes.kv_norm
            };
            abs_mean_norm(sums, out, norm);
        }
        if has_room(&batch.places) {
            self.side_by_side(cache, layer, batch);
        } else {
            self.one_by_one(cache, layer, batch);
        }
        let acc = split_at_or_empty(&mut batch.acc, pad_rows(self.sizes.d_model)).0;
        let heads = split_at_or_empty(&mut batch.wide, self.sizes.d_model).0;
        matmul(layer.o_proj, heads, &mut batch.scratch, acc);
        add_scaled(&mut batch.residual, acc, layer.o_proj_scales);
    }

    /// Replaces the queries by the heads' outputs, all tokens at once.
    fn side_by_side(&mut self, cache: usize, layer: &Layer<'_>, batch: &mut Batch) {
        let sizes = &self.sizes;
        let cache = split_at_or_empty(
            split_at_or_empty(self.parts.cache, cache).1,
            sizes.layer_cache,
        )
        .0;
        let (queries, stored) = split_at_or_empty(&mut batch.wide, sizes.d_model);
        let (keys, values) = split_at_or_empty(stored, sizes.kv_heads * sizes.head_dim);
        let (Some(first), Some(last)) = (batch.places.first(), batch.places.last()) else {
            return;
        };
        let (first, slots) = (first.slot.index(), last.slot.len());
        let kv_heads = cache
            .chunks_mut(sizes.cache.head_bytes)
            .zip(
                keys.chunks(sizes.head_dim)
                    .zip(values.chunks(sizes.head_dim)),
            )
            .zip(queries.chunks_mut(sizes.head_dim * sizes.group));
        let bias_bytes = usize::from(self.model.dims().context) * 2;
        let mut biases = layer.relative_bias.chunks(bias_bytes);
        let mut scales = layer.score_scales.iter();
        for ((head, (keys, values)), group) in kv_heads {
            for (lane, place) in batch.places.iter().enumerate() {
                gather(keys, lane, &mut batch.vector);
                sizes.cache.write_key(head, place.slot, &batch.vector);
                gather(values, lane, &mut batch.vector);
                sizes.cache.write_value(head, place.slot, &batch.vector);
            }
            let (keys, values) = sizes.cache.matrices(head);
            for ((query, biases), &byte) in group
                .chunks_mut(sizes.head_dim)
                .zip(&mut biases)
                .zip(&mut scales)
            {
                let acc = split_at_or_empty(&mut batch.acc, pad_rows(slots)).0;
                matmul(keys, query, &mut batch.scratch, acc);
                batch.bias.load(biases);
                let weights = split_at_or_empty(&mut batch.weights, pad_cols(slots)).0;
                let scores = split_at_or_empty(acc, slots).0;
                vectorised(AddBias {
                    scores,
                    by: checked(byte),
                    bias: &batch.bias,
                    first,
                });
                let (seen, padding) = split_at_or_empty(weights, slots);
                exp2_below(0, scores.as_flattened(), seen.as_flattened_mut());
                padding.fill([0; LANES]);
                let acc = split_at_or_empty(&mut batch.acc, pad_rows(sizes.head_dim)).0;
                matmul(values, weights, &mut batch.scratch, acc);
                abs_mean_norm(
                    split_at_or_empty(acc, sizes.head_dim).0,
                    query,
                    sizes.head_norm,
                );
            }
        }
    }

    /// Replaces the queries by the heads' outputs, in the order of the tokens.
    fn one_by_one(&mut self, cache: usize, layer: &Layer<'_>, batch: &mut Batch) {
        let (sizes, parts) = (&self.sizes, &mut self.parts);
        let Sizes {
            head_dim, d_model, ..
        } = *sizes;
        let cache = split_at_or_empty(split_at_or_empty(parts.cache, cache).1, sizes.layer_cache).0;
        let bias_bytes = usize::from(self.model.dims().context) * 2;
        let vector = &mut *batch.vector;
        for (lane, place) in batch.places.iter().enumerate() {
            for (index, head) in cache.chunks_mut(sizes.cache.head_bytes).enumerate() {
                let key = d_model + index * head_dim;
                gather(&batch.wide[key..], lane, vector);
                sizes.cache.write_key(head, place.slot, vector);
                let value = key + sizes.kv_heads * head_dim;
                gather(&batch.wide[value..], lane, vector);
                sizes.cache.write_value(head, place.slot, vector);
                let (keys, values) = sizes.cache.matrices(head);
                for query in index * sizes.group..(index + 1) * sizes.group {
                    let lanes = &mut batch.wide[query * head_dim..][..head_dim];
                    gather(lanes, lane, vector);
                    let head = Head {
                        keys,
                        values,
                        score_scale: checked(layer.score_scales[query]),
                        relative_bias: &layer.relative_bias[query * bias_bytes..][..bias_bytes],
                    };
                    let acc = &mut *parts.accumulators;
                    let weights = split_at_or_empty(parts.scratch, d_model).1;
                    head.attend(vector, place.slot, weights, parts.tables, acc);
                    elements::abs_mean_norm(
                        split_at_or_empty(acc, head_dim).0,
                        vector,
                        sizes.head_norm,
                    );
                    for (lanes, &output) in lanes.iter_mut().zip(&*vector) {
                        lanes[lane] = output;
                    }
                }
            }
        }
    }
}

/// Whether the slots of a batch follow one another and hold no older tokens.
fn has_room(places: &[Place]) -> bool {
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return false;
    };
    first.slot.len() == first.slot.index() + 1
        && last.slot.index() + 1 == first.slot.index() + places.len()
}

/// One token's vector.
fn gather(lanes: &[[i8; LANES]], lane: usize, vector: &mut [i8]) {
    for (x, lanes) in vector.iter_mut().zip(lanes) {
        *x = lanes[lane];
    }
}

/// `scores = scale(scores) + bias`, less the largest of each token's.
struct AddBias<'a> {
    scores: &'a mut [[i32; LANES]],
    by: Scale,
    bias: &'a Bias,
    /// The slot of the first token.
    first: usize,
}

impl Work for AddBias<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (mut max, scale) = ([i32::MIN; LANES], scaled_by(self.by));
        for (slot, scores) in self.scores.iter_mut().enumerate() {
            let bias = self.bias.of(slot, self.first);
            for ((score, &bias), max) in scores.iter_mut().zip(bias).zip(&mut max) {
                *score = scale(*score).wrapping_add(bias);
                *max = (*max).max(*score);
            }
        }
        for scores in self.scores {
            for (score, max) in scores.iter_mut().zip(max) {
                *score = score.wrapping_sub(max);
            }
        }
    }
}

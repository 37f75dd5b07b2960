//! What a token goes through: the layers, and the output head.

use super::Engine;
use crate::arithmetic::{checked, scale, times};
use crate::attention::Head;
use crate::elements::{abs_mean_norm, abs_mean_norm_relu, add_scaled};
use crate::lut::{matvec, matvec_sparse, padded};
use crate::slices::{pieces, split_at_or_empty};
use formats::Layer;

impl<'m> Engine<'m, '_> {
    /// Attention and MLP of one layer.
    pub(super) fn block(&mut self, index: usize, layer: &Layer<'m>) {
        let index = index as u32;
        let half_blocks = times(index << 1, self.sizes.history as u32) as usize;
        let cache = times(index, self.sizes.layer_cache as u32) as usize;
        self.enter(half_blocks);
        self.attention(cache, layer);
        self.enter(half_blocks + self.sizes.history);
        self.mlp(layer);
    }

    /// `normed = token_shift(abs_mean_norm(residual))`: the input of a half-block whose history begins at `history`.
    fn enter(&mut self, history: usize) {
        let parts = &mut self.parts;
        abs_mean_norm(parts.residual, parts.normed, self.sizes.stream_norm);
        let mut channels = &mut *parts.normed;
        let mut past = split_at_or_empty(parts.history, history).1;
        // What goes in for the token `reach` from now comes out for the one `reach` ago.
        for ((&width, &slot), reach) in self
            .sizes
            .token_shift
            .iter()
            .zip(&self.token_shift_slots)
            .zip(1u32..)
        {
            let (shifted, rest) = split_at_or_empty(channels, width);
            let (ring, later) = split_at_or_empty(past, times(width as u32, reach) as usize);
            let oldest = split_at_or_empty(ring, times(width as u32, slot as u32) as usize).1;
            swap(shifted, oldest);
            (channels, past) = (rest, later);
        }
    }

    #[inline(never)]
    fn attention(&mut self, cache: usize, layer: &Layer<'m>) {
        let (sizes, parts, slot) = (&self.sizes, &mut self.parts, self.slot);
        let acc = &mut *parts.accumulators;
        matvec(
            layer.qkv,
            parts.normed,
            parts.tables,
            split_at_or_empty(acc, padded(sizes.qkv_rows)).0,
        );

        let (queries, scratch) = split_at_or_empty(parts.scratch, sizes.d_model);
        let cache = split_at_or_empty(split_at_or_empty(parts.cache, cache).1, sizes.layer_cache).0;
        let mut sums = pieces(acc, sizes.head_dim);
        for (query, sums) in pieces(queries, sizes.head_dim).zip(&mut sums) {
            abs_mean_norm(sums, query, sizes.head_norm);
        }
        let vector = split_at_or_empty(scratch, sizes.head_dim).0;
        for (head, sums) in pieces(cache, sizes.cache.head_bytes).zip(&mut sums) {
            abs_mean_norm(sums, vector, sizes.kv_norm);
            sizes.cache.write_key(head, slot, vector);
        }
        for (head, sums) in pieces(cache, sizes.cache.head_bytes).zip(&mut sums) {
            abs_mean_norm(sums, vector, sizes.kv_norm);
            sizes.cache.write_value(head, slot, vector);
        }

        // Two bytes a bias.
        let bias_bytes = usize::from(self.model.dims().context) << 1;
        let mut biases = layer.relative_bias;
        let mut scales = layer.score_scales.iter();
        let group = times(sizes.head_dim as u32, sizes.group as u32) as usize;
        for (queries, head) in pieces(queries, group).zip(pieces(cache, sizes.cache.head_bytes)) {
            let (keys, values) = sizes.cache.matrices(head);
            for (query, &byte) in pieces(queries, sizes.head_dim).zip(&mut scales) {
                let (relative_bias, rest) = biases.split_at_checked(bias_bytes).unwrap_or_default();
                biases = rest;
                let head = Head {
                    keys,
                    values,
                    score_scale: checked(byte),
                    relative_bias,
                };
                head.attend(query, slot, scratch, parts.tables, acc);
                // The query is spent: the head's output takes its place.
                abs_mean_norm(
                    split_at_or_empty(acc, sizes.head_dim).0,
                    query,
                    sizes.head_norm,
                );
            }
        }
        let acc = split_at_or_empty(acc, padded(sizes.d_model)).0;
        matvec(layer.o_proj, queries, parts.tables, acc);
        add_scaled(parts.residual, acc, layer.o_proj_scales);
    }

    #[inline(never)]
    fn mlp(&mut self, layer: &Layer<'m>) {
        let (sizes, parts) = (&self.sizes, &mut self.parts);
        let acc = split_at_or_empty(parts.accumulators, padded(sizes.d_ff)).0;
        matvec(layer.up_proj, parts.normed, parts.tables, acc);
        let sums = split_at_or_empty(acc, sizes.d_ff).0;
        let hidden = split_at_or_empty(parts.scratch, sizes.d_ff).0;
        abs_mean_norm_relu(sums, hidden, sizes.hidden_norm);
        let acc = split_at_or_empty(parts.accumulators, padded(sizes.d_model)).0;
        // Behind the rectifier most numbers are zero, and often four in a row.
        matvec_sparse(layer.down_proj, hidden, parts.tables, acc);
        add_scaled(parts.residual, acc, layer.down_proj_scales);
    }

    #[inline(never)]
    pub(super) fn lm_head(&mut self) {
        let (sizes, parts) = (&self.sizes, &mut self.parts);
        abs_mean_norm(parts.residual, parts.normed, sizes.stream_norm);
        let acc = split_at_or_empty(parts.accumulators, padded(sizes.vocab_size)).0;
        matvec(self.lm_head, parts.normed, parts.tables, acc);
        for (logit, &byte) in acc.iter_mut().zip(self.model.lm_head_scales()) {
            *logit = scale(*logit, checked(byte));
        }
    }
}

/// Swaps as many numbers as both have, four at a time: small cores count every turn.
fn swap(a: &mut [i8], b: &mut [i8]) {
    let length = a.len().min(b.len());
    let ((quads, rest), (others, other_rest)) = (
        split_at_or_empty(a, length).0.as_chunks_mut::<4>(),
        split_at_or_empty(b, length).0.as_chunks_mut::<4>(),
    );
    // Not zipped: counting the turns of two slices becomes a product at some optimisation levels.
    let mut others = others.iter_mut();
    for a in quads {
        let Some(b) = others.next() else { break };
        core::mem::swap(a, b);
    }
    // `swap_with_slice` panics where lengths differ, and is called where size is optimised for.
    let mut others = other_rest.iter_mut();
    for a in rest {
        let Some(b) = others.next() else { break };
        core::mem::swap(a, b);
    }
}

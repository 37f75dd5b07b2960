//! One query head's attention over the ring: two products with the cache, a table, no division.

#[cfg(assembly)]
use crate::arch::assembly::elements as steps;
use crate::cache::Slot;
use crate::lut::{Tables, matvec, matvec_sparse, padded, vectorised};
use crate::state::cut;
use formats::dims::pad_cols;
use formats::{Scale, TritMatrix};
use steps::{add_biases, weigh};

/// What one query head looks at.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// `[context, head_dim]`.
    pub keys: TritMatrix<'a>,
    /// `[head_dim, context]`.
    pub values: TritMatrix<'a>,
    /// Applied to the product of query and key.
    pub score_scale: Scale,
    /// i16 little-endian `[context]` by distance, in sixteenths of a bit.
    pub distance_bias: &'a [u8],
}

impl Head<'_> {
    /// Leaves `sum over j of p_j * value_j` in the first `query.len()` of `acc`, where
    /// `p_j = exp2(max(score) - score_j)` and `score_j = scale(query . key_j) + bias[distance]`.
    ///
    /// Attention weights are not divided by their sum: the renorm that follows cancels any common factor.
    /// `weights` is scratch for one attention weight a slot, `acc` for one score a slot, both padded to tiles.
    #[inline(never)]
    pub fn attend(
        &self,
        query: &[i8],
        slot: Slot,
        weights: &mut [i8],
        tables: &mut Tables,
        acc: &mut [i32],
    ) {
        let scores = acc.get_mut(..padded(slot.len())).unwrap_or_default();
        matvec(self.keys, query, tables, scores);
        let scores = scores.get_mut(..slot.len()).unwrap_or_default();

        // Slots up to the current one hold the distances current..=0; those behind it the older part of the ring.
        let (bias, _) = self.distance_bias.as_chunks::<2>();
        let current = slot.index() + 1;
        let (recent, older) = bias.split_at_checked(current).unwrap_or_default();
        let max = vectorised(|| {
            let (recent_scores, older_scores) = cut(scores, current);
            let recent = add_biases(recent_scores, self.score_scale, recent);
            recent.max(add_biases(older_scores, self.score_scale, older))
        });

        let weights = weights.get_mut(..pad_cols(slot.len())).unwrap_or_default();
        weights.fill(0);
        weigh(scores, max, weights);
        matvec_sparse(
            self.values,
            weights,
            tables,
            acc.get_mut(..padded(query.len())).unwrap_or_default(),
        );
    }
}

/// The walks over the scores, for the compiler's vector registers.
#[cfg(not(assembly))]
mod steps {
    use crate::arithmetic::{exp2_below, scaled_by};
    use formats::Scale;

    /// `scores = scale(scores) + biases`, the last bias first; returns the largest score.
    #[inline(always)]
    pub(super) fn add_biases(scores: &mut [i32], by: Scale, biases: &[[u8; 2]]) -> i32 {
        let (mut max, scale) = (i32::MIN, scaled_by(by));
        for (score, bias) in scores.iter_mut().zip(biases.iter().rev()) {
            let bias = i32::from(i16::from_le_bytes(*bias));
            *score = scale(*score).wrapping_add(bias);
            max = max.max(*score);
        }
        max
    }

    /// `weights = exp2(max - scores)`.
    pub(super) fn weigh(scores: &[i32], max: i32, weights: &mut [i8]) {
        exp2_below(max, scores, weights);
    }
}

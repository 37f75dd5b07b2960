//! One query head's attention over the ring: two products with the cache, a table, no division.

use crate::arch::simd::vectorised;
use crate::cache::Slot;
use crate::elements::{add_biases, weigh};
use crate::lut::{Tables, matvec, matvec_sparse, padded};
use crate::slices::split_at_or_empty;
use formats::dims::pad_cols;
use formats::{Scale, TritMatrix};

/// What one query head looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    /// `[context, head_dim]`.
    pub(crate) keys: TritMatrix<'a>,
    /// `[head_dim, context]`.
    pub(crate) values: TritMatrix<'a>,
    /// Applied to the product of query and key.
    pub(crate) score_scale: Scale,
    /// i16 little-endian `[context]` by distance, in sixteenths of a bit.
    pub(crate) relative_bias: &'a [u8],
}

impl Head<'_> {
    /// Leaves `sum over j of p_j * value_j` in the first `query.len()` of `acc`, where
    /// `p_j = exp2(max(score) - score_j)` and `score_j = scale(query . key_j) + bias[distance]`.
    ///
    /// Attention weights are not divided by their sum: the abs-mean norm that follows cancels any common factor.
    /// `weights` is scratch for one attention weight a slot, `acc` for one score a slot, both padded to tiles.
    #[inline(never)]
    pub(crate) fn attend(
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
        let (bias, _) = self.relative_bias.as_chunks::<2>();
        let current = slot.index() + 1;
        let (recent, older) = bias.split_at_checked(current).unwrap_or_default();
        let max = vectorised(|| {
            let (recent_scores, older_scores) = split_at_or_empty(scores, current);
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

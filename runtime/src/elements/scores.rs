//! From the products of a query with the keys to attention weights.

use super::exp2::exp2_below;
use crate::arithmetic::scaled_by;
use formats::Scale;

/// `scores = scale(scores) + biases`, the last bias first; returns the largest score.
#[inline(always)]
pub(crate) fn add_biases(scores: &mut [i32], by: Scale, biases: &[[u8; 2]]) -> i32 {
    let (mut max, scale) = (i32::MIN, scaled_by(by));
    for (score, bias) in scores.iter_mut().zip(biases.iter().rev()) {
        let bias = i32::from(i16::from_le_bytes(*bias));
        *score = scale(*score).wrapping_add(bias);
        max = max.max(*score);
    }
    max
}

/// `weights = exp2(max - scores)`.
pub(crate) fn weigh(scores: &[i32], max: i32, weights: &mut [i8]) {
    exp2_below(max, scores, weights);
}

//! Cross-entropy of logits, and its gradient.

use super::exp2::exp2;
use crate::util::simd::{max, sum, wide};
use std::f32::consts::LN_2;

/// A sixteenth of a bit.
const STEP: f32 = 1.0 / 16.0;

/// The sum over all rows of `logits` `[rows, vocab]`, in sixteenths of a bit, of the cross-entropy with `targets`, in
/// nats. Leaves its gradient, times `share`, in `logits`.
///
/// # Panics
/// When there are not as many targets as rows, or one is not in the vocabulary.
pub fn cross_entropy(logits: &mut [f32], targets: &[u16], share: f32) -> f64 {
    let vocab = logits.len() / targets.len();
    wide(
        #[inline(always)]
        || {
            let mut loss = 0.0;
            for (logits, &target) in logits.chunks_exact_mut(vocab).zip(targets) {
                let target = usize::from(target);
                let max = max(logits);
                let below = f64::from(max - logits[target]) * f64::from(STEP * LN_2);
                for logit in logits.iter_mut() {
                    *logit = exp2((*logit - max) * STEP);
                }
                let sum = sum(logits, |p| p);
                loss += f64::from(sum).ln() + below;
                let factor = share * STEP * LN_2;
                for logit in logits.iter_mut() {
                    *logit *= factor / sum;
                }
                logits[target] -= factor;
            }
            loss
        },
    )
}

/// Adds `part` of the probabilities that `logits` `[rows, vocab]` stand for to `total`, of the same shape.
///
/// # Panics
/// When `vocab` is 0.
pub fn add_probabilities(logits: &[f32], vocab: usize, part: f32, total: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            let rows = logits.chunks_exact(vocab);
            for (logits, total) in rows.zip(total.chunks_exact_mut(vocab)) {
                let max = max(logits);
                let power = |logit: f32| exp2((logit - max) * STEP);
                let factor = part / sum(logits, power);
                for (total, logit) in total.iter_mut().zip(logits) {
                    *total += factor * power(*logit);
                }
            }
        },
    );
}

/// Turns a gradient that [`cross_entropy`] left, for `targets` and times `share`, into that of the cross-entropy with a mixture:
/// `amount` of `probabilities` `[rows, vocab]` and the rest of the target.
///
/// # Panics
/// When the sizes do not fit.
pub fn soften(
    gradient: &mut [f32],
    targets: &[u16],
    share: f32,
    probabilities: &[f32],
    amount: f32,
) {
    assert_eq!(gradient.len(), probabilities.len());
    let vocab = gradient.len() / targets.len();
    let factor = share * STEP * LN_2 * amount;
    let rows = gradient.chunks_exact_mut(vocab);
    let rows = rows.zip(probabilities.chunks_exact(vocab)).zip(targets);
    for ((gradient, probabilities), &target) in rows {
        for (gradient, probability) in gradient.iter_mut().zip(probabilities) {
            *gradient -= factor * probability;
        }
        gradient[usize::from(target)] += factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn textbook(logits: &[f64], target: usize) -> f64 {
        let nats = |logit: f64| logit / 16.0 * std::f64::consts::LN_2;
        let sum: f64 = logits.iter().map(|&l| nats(l).exp()).sum();
        sum.ln() - nats(logits[target])
    }

    #[test]
    fn loss_and_gradient_are_those_of_the_textbook() {
        let exact: Vec<f64> = (0..21).map(|i| f64::from(i * i % 17 * 9 - 60)).collect();
        let targets = [3, 20, 0];
        let mut logits: Vec<f32> = exact.iter().cycle().take(63).map(|&l| l as f32).collect();
        let loss = cross_entropy(&mut logits, &targets, 0.5);
        let expected: f64 = targets.iter().map(|&t| textbook(&exact, t.into())).sum();
        assert!((loss - expected).abs() < 1e-5, "{loss} {expected}");
        for (gradient, target) in logits.chunks_exact(21).zip(targets) {
            for (i, gradient) in gradient.iter().enumerate() {
                let at = |step: f64| {
                    let mut moved = exact.clone();
                    moved[i] += step;
                    0.5 * textbook(&moved, target.into())
                };
                let expected = (at(1e-3) - at(-1e-3)) / 2e-3;
                assert!(
                    (f64::from(*gradient) - expected).abs() < 1e-6,
                    "{gradient} {expected}"
                );
            }
        }
    }

    #[test]
    fn a_softened_gradient_is_that_of_the_mixture() {
        let exact = [3.0, -20.0, 8.0, 0.0];
        let (target, probabilities, amount) = (2usize, [0.1, 0.2, 0.3, 0.4], 0.7);
        let loss = |logits: &[f64]| {
            let of_teacher: f64 = probabilities
                .iter()
                .enumerate()
                .map(|(token, p)| p * textbook(logits, token))
                .sum();
            amount * of_teacher + (1.0 - amount) * textbook(logits, target)
        };
        let mut gradient = exact.map(|logit| logit as f32);
        cross_entropy(&mut gradient, &[target as u16], 0.5);
        let shown = probabilities.map(|p| p as f32);
        soften(&mut gradient, &[target as u16], 0.5, &shown, amount as f32);
        for (i, gradient) in gradient.iter().enumerate() {
            let at = |step: f64| {
                let mut moved = exact;
                moved[i] += step;
                0.5 * loss(&moved)
            };
            let expected = (at(1e-3) - at(-1e-3)) / 2e-3;
            assert!(
                (f64::from(*gradient) - expected).abs() < 1e-6,
                "{gradient} {expected}"
            );
        }
    }
}

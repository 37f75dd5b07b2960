//! Cross-entropy of logits, and its gradient.

use super::exp2::exp2;
use super::wide::{max, sum, wide};
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
}

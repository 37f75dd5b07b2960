//! The loss of a model file, computed by the integer runtime: the one number that everything here reports.

use formats::Model;
use rayon::prelude::*;
use runtime::{Batch, Engine, HeapState};
use std::sync::atomic::{AtomicUsize, Ordering};

/// 16 logits are one bit.
const LOGITS_A_BIT: u32 = 16;
/// After so many tokens a stream says how far it is.
const TOKENS_A_CALL: usize = 4096;

/// The cross-entropy of `logits` (sixteenths of a bit) against token `target`, in nats.
///
/// Powers of two and a logarithm from `libm` make it the same number on every machine.
///
/// # Panics
/// When `target` is no index of `logits`.
pub fn cross_entropy(logits: &[i32], target: u16) -> f64 {
    let max = logits.iter().copied().max().unwrap_or(0);
    let total: f64 = logits.iter().map(|&logit| power(max.abs_diff(logit))).sum();
    let behind = f64::from(max.abs_diff(logits[usize::from(target)]));
    libm::log(total) + behind * std::f64::consts::LN_2 / f64::from(LOGITS_A_BIT)
}

/// `2^(-distance / 16)`.
fn power(distance: u32) -> f64 {
    libm::exp2(-f64::from(distance) / f64::from(LOGITS_A_BIT))
}

/// The mean loss over `tokens` in nats a token, in windows of the model's context that each start with an empty
/// context: every token but the first is predicted once. All cores share the windows; the sum is in the order of the
/// text, so it does not depend on how many there are.
///
/// `seen` is told how many tokens have been predicted so far, from several threads. NaN for fewer than two tokens.
pub fn loss(model: &Model<'_>, tokens: &[u16], seen: &(dyn Fn(usize) + Sync)) -> f64 {
    let context = usize::from(model.dims().context);
    let count = tokens.len().saturating_sub(1);
    let starts: Vec<usize> = (0..count).step_by(context).collect();
    let done = AtomicUsize::new(0);
    let sums: Vec<f64> = starts
        .par_iter()
        .map_init(
            || (HeapState::new(&model.plan()), Batch::new(model.dims())),
            |(state, batch), &start| {
                let window = &tokens[start..=(start + context).min(count)];
                let mut engine =
                    Engine::new(*model, state.buffers()).expect("a state of the plan's size fits");
                let sum = sum_of_losses(&mut engine, batch, window);
                seen(done.fetch_add(window.len() - 1, Ordering::Relaxed) + window.len() - 1);
                sum
            },
        )
        .collect();
    sums.iter().sum::<f64>() / count as f64
}

/// The mean loss over `tokens` in nats a token as a device meets them: one after the other, the context a ring that runs
/// through the text, so that all but the first few are predicted from a full one.
///
/// `seen` is told how many tokens have been predicted so far. NaN for fewer than two tokens.
pub fn streaming_loss(model: &Model<'_>, tokens: &[u16], seen: &(dyn Fn(usize) + Sync)) -> f64 {
    let mut state = HeapState::new(&model.plan());
    let mut batch = Batch::new(model.dims());
    let mut engine = Engine::new(*model, state.buffers()).expect("a state of the plan's size fits");
    let count = tokens.len().saturating_sub(1);
    let (mut sum, mut done) = (0.0, 0);
    while done < count {
        let end = (done + TOKENS_A_CALL).min(count);
        sum += sum_of_losses(&mut engine, &mut batch, &tokens[done..=end]);
        done = end;
        seen(done);
    }
    sum / count as f64
}

/// The sum of the losses of all tokens of `window` but the first, in the context that the engine has.
fn sum_of_losses(engine: &mut Engine<'_, '_>, batch: &mut Batch, window: &[u16]) -> f64 {
    let (Some((_, inputs)), Some((_, targets))) = (window.split_last(), window.split_first())
    else {
        return 0.0;
    };
    let (mut targets, mut sum) = (targets.iter(), 0.0);
    let read = engine.logits_of_each(inputs, batch, |logits| {
        if let Some(&target) = targets.next() {
            sum += cross_entropy(logits, target);
        }
    });
    read.expect("the text was encoded with the model's vocabulary");
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_cross_entropies() {
        let ln2 = std::f64::consts::LN_2;
        assert!((cross_entropy(&[7, 7, 7, 7], 2) - 2.0 * ln2).abs() < 1e-12);
        // 16 more is twice as likely.
        assert!((cross_entropy(&[16, 0], 0) - (1.5f64).ln()).abs() < 1e-12);
        assert!((cross_entropy(&[16, 0], 1) - 3f64.ln()).abs() < 1e-12);
        assert!((cross_entropy(&[0, i32::MIN], 0)).abs() < 1e-12);
    }
}

//! The loss of a model file, computed by the integer runtime: the one number that everything here reports.

use crate::data::tokens::Tokens;
use crate::data::windows::Windows;
use crate::export::model_file::ModelFile;
use formats::Model;
use rayon::prelude::*;
use runtime::{Batch, Engine, HeapState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// 16 logits are one bit.
const LOGITS_A_BIT: u32 = 16;
/// After so many tokens a stream says how far it is.
const TOKENS_A_CALL: usize = 1024;

/// The losses of a model on both splits of a text, in nats per token.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Losses {
    /// On what it learned from.
    pub train: f64,
    /// On what it has never seen.
    pub validation: f64,
}

/// A loss per token in words, on a split with so many tokens per character.
pub fn loss_in_words(loss: f64, tokens_per_character: f64) -> String {
    let character = loss * tokens_per_character;
    if tokens_per_character == 1.0 {
        return format!("{character:.4} nats per character");
    }
    format!("{character:.4} nats per character ({loss:.4} per token)")
}

impl Losses {
    /// In bits per character, on splits with so many tokens per character; or per document, with so many per document.
    pub fn bits_per_character(&self, [train, validation]: [f64; 2]) -> [f64; 2] {
        [self.train * train, self.validation * validation].map(|nats| nats / std::f64::consts::LN_2)
    }
}

/// Measures a model on windows of both splits, through the runtime. `seen` is told how many tokens are through. None when
/// `stop` became true on the way.
pub fn measure(
    file: &ModelFile,
    [train, validation]: &[Windows<'_>; 2],
    seen: &(dyn Fn(usize) + Sync),
    stop: &AtomicBool,
) -> Option<Losses> {
    let model = file.model();
    let before = validation.predicted();
    let validation = loss(&model, validation, seen, stop)?;
    let train = loss(&model, train, &|tokens| seen(before + tokens), stop)?;
    Some(Losses { train, validation })
}

/// As [`measure`], but as a device meets the splits: [`streaming_loss`]. The two splits are measured side by side.
pub fn measure_streaming(
    file: &ModelFile,
    [train, validation]: &[Tokens; 2],
    seen: &(dyn Fn(usize) + Sync),
    stop: &AtomicBool,
) -> Option<Losses> {
    let model = file.model();
    let through = [const { AtomicUsize::new(0) }; 2];
    let [first, second] = [0, 1].map(|split| {
        let through = &through;
        move |tokens| {
            through[split].store(tokens, Ordering::Relaxed);
            let through = through.iter();
            seen(through.map(|split| split.load(Ordering::Relaxed)).sum());
        }
    });
    let (train, validation) = rayon::join(
        || streaming_loss(&model, train, &first, stop),
        || streaming_loss(&model, validation, &second, stop),
    );
    Some(Losses {
        train: train?,
        validation: validation?,
    })
}

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

/// The mean loss over `windows` of the model's context, in nats per token. All cores share the windows; the sum is in the
/// order of the text, so it does not depend on how many there are.
///
/// `seen` is told how many tokens have been predicted so far, from several threads. None when `stop` became true on the way;
/// NaN without a window.
pub fn loss(
    model: &Model<'_>,
    windows: &Windows<'_>,
    seen: &(dyn Fn(usize) + Sync),
    stop: &AtomicBool,
) -> Option<f64> {
    let done = AtomicUsize::new(0);
    let sums: Option<Vec<f64>> = (0..windows.len())
        .into_par_iter()
        .map_init(
            || (HeapState::new(&model.plan()), Batch::new(model.dims())),
            |(state, batch), index| {
                if stop.load(Ordering::Relaxed) {
                    return None;
                }
                let window = windows.get(index);
                let mut engine =
                    Engine::new(*model, state.buffers()).expect("a state of the plan's size fits");
                let sum = sum_of_losses(&mut engine, batch, &window);
                seen(done.fetch_add(window.len() - 1, Ordering::Relaxed) + window.len() - 1);
                Some(sum)
            },
        )
        .collect();
    Some(sums?.iter().sum::<f64>() / windows.predicted() as f64)
}

/// The mean loss over `tokens` in nats per token, streaming: the KV cache is kept across the whole text, as on a device, so
/// that all but the first few tokens are predicted from a full context. Each document begins from an empty one.
///
/// `seen` is told how many tokens have been predicted so far. None when `stop` became true on the way; NaN for fewer than two
/// tokens.
pub fn streaming_loss(
    model: &Model<'_>,
    tokens: &Tokens,
    seen: &(dyn Fn(usize) + Sync),
    stop: &AtomicBool,
) -> Option<f64> {
    let mut state = HeapState::new(&model.plan());
    let mut batch = Batch::new(model.dims());
    let mut engine = Engine::new(*model, state.buffers()).expect("a state of the plan's size fits");
    let count = tokens.predicted();
    let (mut sum, mut done) = (0.0, 0);
    let mut starts = tokens.document_starts().into_iter().peekable();
    while done < count {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        if starts.next_if_eq(&done).is_some() {
            engine.reset();
        }
        let end = (done + TOKENS_A_CALL).min(*starts.peek().unwrap_or(&count));
        sum += sum_of_losses(&mut engine, &mut batch, &tokens.copy(done..end + 1));
        done = end;
        seen(done);
    }
    Some(sum / count as f64)
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

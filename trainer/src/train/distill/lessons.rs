//! What teachers hold probable after each token of a text, computed once.

use super::Teachers;
use crate::data::tokens::Tokens;
use crate::util::progress::Progress;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// A probability of one.
const ONE: f32 = 65_535.0;
/// Memory that lessons may take.
const MOST_BYTES: usize = 512 << 20;
/// Each token is computed twice for the lessons; a run that reads the text less often is faster without.
const LEAST_READS: u64 = 3;

/// The teachers' mean probabilities after each token of a text, in steps of 1/65,535.
#[derive(Debug)]
pub(super) struct Lessons {
    vocab: usize,
    /// `[tokens, vocab]`.
    probabilities: Vec<u16>,
}

impl Lessons {
    /// Whether a run that reads `tokens` tokens of a text of `length` has a use for lessons and the memory.
    pub(super) fn pay(length: usize, vocab: usize, tokens: u64) -> bool {
        let bytes = length
            .saturating_mul(vocab)
            .saturating_mul(size_of::<u16>());
        bytes <= MOST_BYTES && tokens / LEAST_READS >= length as u64
    }

    /// What `teachers` hold probable after each token of `text`, whose last half or more of a context they have read.
    ///
    /// # Panics
    /// When there are no teachers, or the text is shorter than the context.
    pub(super) fn of(teachers: &Teachers, text: &Tokens) -> Self {
        let vocab = usize::from(teachers.models[0].dims.vocab_size);
        let (context, tokens) = (teachers.context, text.len());
        let rows = (context / 2).max(1);
        let mut probabilities = vec![0; tokens * vocab];
        let (done, progress) = (
            AtomicU64::new(0),
            Progress::new("teachers", tokens as u64, "tokens"),
        );
        let parts = probabilities.par_chunks_mut(rows * vocab).enumerate();
        parts.for_each_init(
            || teachers.targets().expect("there are teachers"),
            |targets, (part, probabilities)| {
                let first = part * rows;
                let read = probabilities.len() / vocab;
                let end = (first + read).max(context);
                let start = end - context;
                let shown = targets.compute(&text.copy(start..end));
                let shown = &shown[(first - start) * vocab..][..probabilities.len()];
                for (probability, shown) in probabilities.iter_mut().zip(shown) {
                    // Saturates: rounding may have made a little more than one of them.
                    *probability = (shown * ONE + 0.5) as u16;
                }
                let done = done.fetch_add(read as u64, Ordering::Relaxed);
                progress.set(done + read as u64, "");
            },
        );
        progress.finish();
        Self {
            vocab,
            probabilities,
        }
    }

    /// Writes the probabilities after the tokens from `start` on over `shown`, `[tokens, vocab]`.
    ///
    /// # Panics
    /// When the text is not so long.
    pub(super) fn copy(&self, start: usize, shown: &mut [f32]) {
        let probabilities = &self.probabilities[start * self.vocab..][..shown.len()];
        for (shown, probability) in shown.iter_mut().zip(probabilities) {
            *shown = f32::from(*probability) * ONE.recip();
        }
    }
}

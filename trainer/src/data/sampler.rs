//! Which stretches of the text a step learns from.

use crate::data::tokens::Tokens;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Draws windows of the training text, uniformly at random.
///
/// The windows of a step follow from the seed and the step's number alone, so a checkpoint needs no more than these.
#[derive(Clone, Debug)]
pub struct BatchSampler {
    tokens: Tokens,
    seed: u64,
}

/// Sequences and what follows them, `[sequences, length]` row-major.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// The tokens that the model reads.
    pub inputs: Vec<u16>,
    /// The token that follows each of them.
    pub targets: Vec<u16>,
}

impl Batch {
    /// Part `shard` of `shards` equal ones.
    pub fn shard(&self, shard: usize, shards: usize) -> Self {
        let tokens = self.inputs.len() / shards;
        let range = shard * tokens..(shard + 1) * tokens;
        Self {
            inputs: self.inputs[range.clone()].to_vec(),
            targets: self.targets[range].to_vec(),
        }
    }
}

/// The text is too short for a single window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the training text has {tokens} tokens, a sequence of {length} and its successor need {}: use a longer text or \
     a smaller context",
    .length + 1
)]
pub struct TextTooShort {
    /// Tokens of the text.
    pub tokens: usize,
    /// Tokens of a sequence.
    pub length: usize,
}

impl BatchSampler {
    /// BatchSampler of windows of `tokens` of up to `longest` tokens.
    ///
    /// # Errors
    /// [`TextTooShort`] when not even one fits.
    pub fn new(tokens: impl Into<Tokens>, longest: usize, seed: u64) -> Result<Self, TextTooShort> {
        let tokens = tokens.into();
        if tokens.len() <= longest {
            return Err(TextTooShort {
                tokens: tokens.len(),
                length: longest,
            });
        }
        Ok(Self { tokens, seed })
    }

    /// The `sequences` windows of `length` tokens of step `step`.
    ///
    /// # Panics
    /// When `length` is more than the `longest` that [`BatchSampler::new`] was given.
    pub fn draw(&self, step: u64, sequences: usize, length: usize) -> Batch {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(step);
        let starts = (self.tokens.len() - length) as u64;
        let mut batch = Batch {
            inputs: Vec::with_capacity(sequences * length),
            targets: Vec::with_capacity(sequences * length),
        };
        for _ in 0..sequences {
            // The high half of a 128-bit product: uniform to one part in 2^64 / starts.
            let start = ((u128::from(rng.next_u64()) * u128::from(starts)) >> 64) as usize;
            let (inputs, targets) = (start..start + length, start + 1..start + length + 1);
            self.tokens.append_to(&mut batch.inputs, inputs);
            self.tokens.append_to(&mut batch.targets, targets);
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_draws_the_same_windows_every_time_and_another_step_others() {
        let batches = BatchSampler::new((0..1000).collect::<Vec<_>>(), 16, 7).unwrap();
        let batch = batches.draw(3, 4, 16);
        assert_eq!(batch, batches.draw(3, 4, 16));
        assert_ne!(batch, batches.draw(4, 4, 16));
        assert_eq!(batch.inputs.len(), 64);
        for (input, target) in batch.inputs.iter().zip(&batch.targets) {
            assert_eq!(input + 1, *target);
        }
    }

    #[test]
    fn every_window_can_be_drawn_and_a_short_text_is_refused() {
        let batches = BatchSampler::new(vec![0, 1, 2, 3, 4], 3, 1).unwrap();
        let mut seen = [false; 2];
        for step in 0..50 {
            seen[usize::from(batches.draw(step, 1, 3).inputs[0])] = true;
        }
        assert_eq!(seen, [true; 2]);
        let error = BatchSampler::new(vec![0, 1, 2], 3, 1).unwrap_err();
        assert!(error.to_string().contains("need 4"), "{error}");
    }
}

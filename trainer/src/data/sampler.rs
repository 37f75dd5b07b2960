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

/// Sequences of a step: windows of the text, each as long as the next, one token longer than what the model reads of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Batch<'a> {
    windows: &'a [Vec<u16>],
}

impl<'a> Batch<'a> {
    /// A batch of these windows.
    ///
    /// # Panics
    /// When there is none, one is empty, or they differ in length.
    pub fn new(windows: &'a [Vec<u16>]) -> Self {
        let length = windows[0].len();
        assert!(length > 0 && windows.iter().all(|window| window.len() == length));
        Self { windows }
    }

    /// Sequences.
    pub const fn len(&self) -> usize {
        self.windows.len()
    }

    /// Never: a batch has a window.
    pub const fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Tokens that the model reads, in all sequences.
    pub fn tokens(&self) -> usize {
        self.windows.iter().map(|window| window.len() - 1).sum()
    }

    /// The tokens that the model reads, and the token that follows each of them; sequence by sequence.
    pub fn sequences(self) -> impl Iterator<Item = (&'a [u16], &'a [u16])> {
        let windows = self.windows.iter();
        windows.map(|window| (&window[..window.len() - 1], &window[1..]))
    }

    /// Part `shard` of `shards` equal ones.
    ///
    /// # Panics
    /// When a part has no sequence.
    pub fn shard(&self, shard: usize, shards: usize) -> Self {
        let sequences = self.windows.len() / shards;
        Self::new(&self.windows[shard * sequences..][..sequences])
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
    /// A sampler of windows of `tokens` of up to `longest` tokens.
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

    /// The `sequences` windows of step `step`, each of `length` tokens and the one that follows.
    ///
    /// # Panics
    /// When `length` is more than the `longest` that [`BatchSampler::new`] was given.
    pub fn draw(&self, step: u64, sequences: usize, length: usize) -> Vec<Vec<u16>> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(step);
        let starts = (self.tokens.len() - length) as u64;
        let windows = (0..sequences).map(|_| {
            // The high half of a 128-bit product: uniform to one part in 2^64 / starts.
            let start = ((u128::from(rng.next_u64()) * u128::from(starts)) >> 64) as usize;
            self.tokens.copy(start..start + length + 1)
        });
        windows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_draws_the_same_windows_every_time_and_another_step_others() {
        let batches = BatchSampler::new((0..1000).collect::<Vec<u16>>(), 16, 7).unwrap();
        let windows = batches.draw(3, 4, 16);
        assert_eq!(windows, batches.draw(3, 4, 16));
        assert_ne!(windows, batches.draw(4, 4, 16));
        let batch = Batch::new(&windows);
        assert_eq!((batch.len(), batch.tokens()), (4, 64));
        for (inputs, targets) in batch.sequences() {
            assert!(inputs.iter().zip(targets).all(|(i, t)| i + 1 == *t));
        }
        let shards: Vec<_> = (0..2).flat_map(|i| batch.shard(i, 2).sequences()).collect();
        assert_eq!(shards, batch.sequences().collect::<Vec<_>>());
    }

    #[test]
    fn every_window_can_be_drawn_and_a_short_text_is_refused() {
        let batches = BatchSampler::new(vec![0, 1, 2, 3, 4], 3, 1).unwrap();
        let mut seen = [false; 2];
        for step in 0..50 {
            seen[usize::from(batches.draw(step, 1, 3)[0][0])] = true;
        }
        assert_eq!(seen, [true; 2]);
        let error = BatchSampler::new(vec![0, 1, 2], 3, 1).unwrap_err();
        assert!(error.to_string().contains("need 4"), "{error}");
    }
}

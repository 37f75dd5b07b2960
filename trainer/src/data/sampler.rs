//! Which stretches of the text a step learns from.

use crate::data::resegment::Splits;
use crate::data::tokens::Tokens;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Draws windows of the training text, uniformly at random. Where the text has documents, a window begins with one, or a
/// whole number of windows behind its beginning; other documents follow, and behind the last comes the first.
///
/// The windows of a step follow from the seed and the step's number alone, so a checkpoint needs no more than these.
#[derive(Clone, Debug)]
pub struct BatchSampler {
    tokens: Tokens,
    /// Where windows begin, where documents decide.
    documents: Vec<usize>,
    splits: Splits,
    seed: u64,
}

/// Sequences of a step: windows of the text, each as long as the next, one token longer than what the model reads of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Batch<'a> {
    windows: &'a [Vec<u16>],
    starts: Option<&'a [usize]>,
}

/// Sequences that a step draws.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawn {
    /// Tokens of each sequence, and the one that follows.
    pub windows: Vec<Vec<u16>>,
    /// Where each begins in the text, if its tokens are those of the text from there on.
    pub starts: Option<Vec<usize>>,
}

impl Drawn {
    /// All of them.
    ///
    /// # Panics
    /// When there is none, one is empty, or they differ in length.
    pub fn batch(&self) -> Batch<'_> {
        Batch {
            starts: self.starts.as_deref(),
            ..Batch::new(&self.windows)
        }
    }
}

impl<'a> Batch<'a> {
    /// A batch of these windows.
    ///
    /// # Panics
    /// When there is none, one is empty, or they differ in length.
    pub fn new(windows: &'a [Vec<u16>]) -> Self {
        let length = windows[0].len();
        assert!(length > 0 && windows.iter().all(|window| window.len() == length));
        Self {
            windows,
            starts: None,
        }
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

    /// Where each sequence begins in the text, if that is known.
    pub fn starts(self) -> impl Iterator<Item = Option<usize>> {
        (0..self.len()).map(move |i| self.starts.map(|starts| starts[i]))
    }

    /// Part `shard` of `shards` equal ones.
    ///
    /// # Panics
    /// When a part has no sequence.
    pub fn shard(&self, shard: usize, shards: usize) -> Self {
        let sequences = self.windows.len() / shards;
        let part = shard * sequences..(shard + 1) * sequences;
        Self {
            starts: self.starts.map(|starts| &starts[part.clone()]),
            ..Self::new(&self.windows[part])
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
    /// A sampler of windows of `tokens` of up to `longest` tokens.
    ///
    /// # Errors
    /// [`TextTooShort`] when not even one fits.
    pub fn new(tokens: impl Into<Tokens>, longest: usize, seed: u64) -> Result<Self, TextTooShort> {
        let tokens = tokens.into();
        if tokens.document_start().is_some() && tokens.predicted() > 0 {
            let ends = tokens.predicted();
            let starts = tokens.document_starts();
            let ends = starts.iter().skip(1).copied().chain([ends]);
            let documents = starts.iter().zip(ends);
            let documents = documents.flat_map(|(&start, end)| (start..end).step_by(longest));
            return Ok(Self {
                documents: documents.collect(),
                splits: Splits::default(),
                tokens,
                seed,
            });
        }
        if tokens.len() <= longest {
            return Err(TextTooShort {
                tokens: tokens.len(),
                length: longest,
            });
        }
        Ok(Self {
            tokens,
            documents: Vec::new(),
            splits: Splits::default(),
            seed,
        })
    }

    /// From now on some pieces are written as shorter ones.
    pub fn set_splits(&mut self, splits: Splits) {
        self.splits = splits;
    }

    /// The `sequences` windows of step `step`, each of `length` tokens and the one that follows; a share of
    /// `piece_dropout` of the pieces is written as shorter ones.
    ///
    /// # Panics
    /// When `length` is more than the `longest` that [`BatchSampler::new`] was given.
    pub fn draw(&self, step: u64, sequences: usize, length: usize, piece_dropout: f64) -> Drawn {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(step);
        // The high half of a 128-bit product: uniform to one part in 2^64 / starts.
        let mut below =
            |starts: usize| ((u128::from(rng.next_u64()) * starts as u128) >> 64) as usize;
        let starts = (0..sequences).map(|_| match self.documents.len() {
            0 => below(self.tokens.len() - length),
            documents => self.documents[below(documents)],
        });
        let starts: Vec<usize> = starts.collect();
        let window = |&start: &usize| match self.documents.len() {
            0 => self.tokens.copy(start..start + length + 1),
            _ => self.around(start, length + 1),
        };
        let windows = starts.iter().map(window);
        if piece_dropout == 0.0 {
            return Drawn {
                windows: windows.collect(),
                starts: self.documents.is_empty().then_some(starts),
            };
        }
        let resegment = |tokens| {
            self.splits
                .apply(tokens, piece_dropout, length + 1, &mut rng)
        };
        Drawn {
            windows: windows.map(resegment).collect(),
            starts: None,
        }
    }

    /// The text, where windows begin anywhere in it.
    pub fn running_text(&self) -> Option<&Tokens> {
        self.documents.is_empty().then_some(&self.tokens)
    }

    /// `length` tokens from `start` on; the last one is the first again.
    fn around(&self, start: usize, length: usize) -> Vec<u16> {
        let end = self.tokens.predicted();
        let mut window = Vec::with_capacity(length);
        let mut next = start;
        while window.len() < length {
            let part = (length - window.len()).min(end - next);
            self.tokens.append_to(&mut window, next..next + part);
            next = (next + part) % end;
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::vocabulary::{PieceList, Vocabulary};

    #[test]
    fn a_step_draws_the_same_windows_every_time_and_another_step_others() {
        let batches = BatchSampler::new((0..1000).collect::<Vec<u16>>(), 16, 7).unwrap();
        let drawn = batches.draw(3, 4, 16, 0.0);
        assert_eq!(drawn, batches.draw(3, 4, 16, 0.0));
        assert_ne!(drawn, batches.draw(4, 4, 16, 0.0));
        let batch = drawn.batch();
        for ((inputs, _), start) in batch.sequences().zip(batch.starts()) {
            assert_eq!(Some(usize::from(inputs[0])), start);
        }
        assert!(
            (0..2)
                .flat_map(|i| batch.shard(i, 2).starts())
                .eq(batch.starts())
        );
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
            seen[usize::from(batches.draw(step, 1, 3, 0.0).windows[0][0])] = true;
        }
        assert_eq!(seen, [true; 2]);
        let error = BatchSampler::new(vec![0, 1, 2], 3, 1).unwrap_err();
        assert!(error.to_string().contains("need 4"), "{error}");
    }

    #[test]
    fn windows_begin_with_documents_and_the_text_is_a_ring() {
        let list = PieceList::new(vec!["a".into(), "b".into()], true, true);
        let vocabulary = Vocabulary::Pieces(list);
        let tokens =
            Tokens::encode_documents(["ab", "aaaab", "b"].into_iter(), &vocabulary).unwrap();
        let end = vocabulary.tokenizer().end().unwrap();
        let batches = BatchSampler::new(tokens, 4, 1).unwrap();
        let mut windows: Vec<_> = (0..60)
            .flat_map(|step| batches.draw(step, 1, 4, 0.0).windows)
            .collect();
        windows.sort();
        windows.dedup();
        let expected = [
            [0, 1, end, 1, end],
            [end, 0, 0, 0, 0],
            [end, 0, 1, end, 0],
            [end, 1, end, 0, 1],
        ];
        assert_eq!(windows, expected);
    }
}

//! Which windows of a text a loss is measured on: all of them, or a fixed sample.

use crate::data::tokens::Tokens;
use std::ops::Range;

/// Windows of a text, each to be read with an empty context: every token of the text but the first is the target of one.
#[derive(Clone, Debug)]
pub struct Windows<'a> {
    tokens: &'a Tokens,
    context: usize,
    /// The tokens that each reads and one more, where documents decide; otherwise they are `context` tokens apart.
    documents: Vec<Range<usize>>,
    /// Windows that cover the text.
    all: usize,
    /// Windows of those that are measured.
    taken: usize,
}

impl<'a> Windows<'a> {
    /// All windows of `context` tokens of `tokens`; the last may be shorter. None for fewer than two tokens. Where the text
    /// has documents, each begins with a window of its own.
    ///
    /// # Panics
    /// When `context` is 0.
    pub fn all(tokens: &'a Tokens, context: usize) -> Self {
        let mut documents = Vec::new();
        let mut all = tokens.predicted().div_ceil(context);
        if tokens.document_start().is_some() {
            let starts = tokens.document_starts();
            let ends = starts.iter().skip(1).copied();
            let ends = ends.chain([tokens.predicted()]);
            for (&start, end) in starts.iter().zip(ends) {
                let windows = (start..end).step_by(context);
                documents.extend(windows.map(|start| start..(start + context).min(end) + 1));
            }
            all = documents.len();
        }
        Self {
            tokens,
            context,
            documents,
            all,
            taken: all,
        }
    }

    /// Of those as many as predict about `most` tokens, at least one, evenly spread: the same ones every time.
    ///
    /// # Panics
    /// When `context` is 0.
    pub fn sample(tokens: &'a Tokens, context: usize, most: usize) -> Self {
        let windows = Self::all(tokens, context);
        let affordable = if windows.documents.is_empty() {
            most / context
        } else {
            // In u128: `most` may be the largest there is.
            let share = most as u128 * windows.all as u128 / tokens.predicted().max(1) as u128;
            usize::try_from(share).unwrap_or(usize::MAX)
        };
        Self {
            taken: affordable.max(1).min(windows.all),
            ..windows
        }
    }

    /// Windows.
    pub const fn len(&self) -> usize {
        self.taken
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.taken == 0
    }

    /// Whether every token but the first is predicted.
    pub const fn is_whole(&self) -> bool {
        self.taken == self.all
    }

    /// Tokens that are predicted.
    pub fn predicted(&self) -> usize {
        (0..self.taken)
            .map(|index| self.range(index).len() - 1)
            .sum()
    }

    /// Window `index`: the tokens that are read, and one more. Each but the first is predicted.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn get(&self, index: usize) -> Vec<u16> {
        self.tokens.copy(self.range(index))
    }

    fn range(&self, index: usize) -> Range<usize> {
        assert!(index < self.taken);
        // No overflow: both are numbers of windows of a text in memory.
        let window = index * self.all / self.taken;
        if let Some(window) = self.documents.get(window) {
            return window.clone();
        }
        let start = window * self.context;
        let end = (start + self.context).min(self.tokens.len() - 1);
        start..end + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::vocabulary::{PieceList, Vocabulary};

    #[test]
    fn all_windows_predict_every_token_but_the_first_once() {
        for length in 0..40u16 {
            let tokens = Tokens::from((0..length).collect::<Vec<_>>());
            let windows = Windows::all(&tokens, 7);
            let targets = (0..windows.len()).flat_map(|i| windows.get(i).split_off(1));
            assert!(targets.eq(tokens.iter().skip(1)), "{length}");
            assert_eq!(windows.predicted(), tokens.len().saturating_sub(1));
            assert!(windows.is_whole());
        }
    }

    #[test]
    fn a_sample_is_spread_over_the_text_and_no_larger_than_asked_for() {
        let tokens = Tokens::from((0..1000).collect::<Vec<_>>());
        let windows = Windows::sample(&tokens, 10, 55);
        assert_eq!((windows.len(), windows.predicted()), (5, 50));
        assert!(!windows.is_whole());
        let starts: Vec<u16> = (0..5).map(|i| windows.get(i)[0]).collect();
        assert_eq!(starts, [0, 200, 400, 600, 800]);
        assert!(Windows::sample(&tokens, 10, 1 << 30).is_whole());
        assert_eq!(Windows::sample(&tokens, 10, 0).len(), 1);
    }

    #[test]
    fn a_document_begins_with_a_window_of_its_own() {
        let list = PieceList::new(vec!["a".into(), "b".into()], true, true);
        let vocabulary = Vocabulary::Pieces(list);
        let documents = ["ab", "aaaab", "b"].into_iter();
        let tokens = Tokens::encode_documents(documents, &vocabulary).unwrap();
        let end = vocabulary.tokenizer().end().unwrap();
        let windows = Windows::all(&tokens, 3);
        let got: Vec<_> = (0..windows.len()).map(|i| windows.get(i)).collect();
        let expected = [
            vec![end, 0, 1, end],
            vec![end, 0, 0, 0],
            vec![0, 0, 1, end],
            vec![end, 1, end],
        ];
        assert_eq!(got, expected);
        assert_eq!(windows.predicted(), tokens.predicted());
        let sample = Windows::sample(&tokens, 3, 6);
        assert_eq!((sample.len(), sample.get(1)[0]), (2, 0));
        assert!(Windows::sample(&tokens, 3, usize::MAX).is_whole());
    }
}

//! Which windows of a text a loss is measured on: all of them, or a fixed sample.

/// Windows of a text, each to be read with an empty context: every token of the text but the first is the target of one.
#[derive(Clone, Debug)]
pub struct Windows<'a> {
    tokens: &'a [u16],
    context: usize,
    /// Windows that cover the text.
    all: usize,
    /// Windows of those that are measured.
    taken: usize,
}

impl<'a> Windows<'a> {
    /// All windows of `context` tokens of `tokens`; the last may be shorter. None for fewer than two tokens.
    ///
    /// # Panics
    /// When `context` is 0.
    pub fn all(tokens: &'a [u16], context: usize) -> Self {
        let all = tokens.len().saturating_sub(1).div_ceil(context);
        Self {
            tokens,
            context,
            all,
            taken: all,
        }
    }

    /// Of those as many as predict `most` tokens, at least one, evenly spread: the same ones every time.
    ///
    /// # Panics
    /// When `context` is 0.
    pub fn sample(tokens: &'a [u16], context: usize, most: usize) -> Self {
        let windows = Self::all(tokens, context);
        Self {
            taken: (most / context).max(1).min(windows.all),
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
        (0..self.taken).map(|index| self.get(index).len() - 1).sum()
    }

    /// Window `index`: the tokens that are read, and one more. Each but the first is predicted.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn get(&self, index: usize) -> &'a [u16] {
        assert!(index < self.taken);
        // No overflow: both are numbers of windows of a text in memory.
        let start = index * self.all / self.taken * self.context;
        let end = (start + self.context).min(self.tokens.len() - 1);
        &self.tokens[start..=end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_windows_predict_every_token_but_the_first_once() {
        for length in 0..40u16 {
            let tokens: Vec<u16> = (0..length).collect();
            let windows = Windows::all(&tokens, 7);
            let targets = (0..windows.len()).flat_map(|i| &windows.get(i)[1..]);
            assert!(targets.eq(tokens.iter().skip(1)), "{length}");
            assert_eq!(windows.predicted(), tokens.len().saturating_sub(1));
            assert!(windows.is_whole());
        }
    }

    #[test]
    fn a_sample_is_spread_over_the_text_and_no_larger_than_asked_for() {
        let tokens: Vec<u16> = (0..1000).collect();
        let windows = Windows::sample(&tokens, 10, 55);
        assert_eq!((windows.len(), windows.predicted()), (5, 50));
        assert!(!windows.is_whole());
        let starts: Vec<u16> = (0..5).map(|i| windows.get(i)[0]).collect();
        assert_eq!(starts, [0, 200, 400, 600, 800]);
        assert!(Windows::sample(&tokens, 10, 1 << 30).is_whole());
        assert_eq!(Windows::sample(&tokens, 10, 0).len(), 1);
    }
}

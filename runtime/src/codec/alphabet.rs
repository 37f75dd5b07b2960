//! From logits to the intervals of a range coder: the tokens of the model, and what it lacks.

use crate::arithmetic::{log2, times};
use crate::logits::Logits;
use formats::{Model, Tokenizer};

/// The weight of the end of a message for a model without an end token; the likeliest token has 2^15.
const END_WEIGHT: u32 = 512;
/// The weight of an escape for a model without an escape token.
const ESCAPE_WEIGHT: u32 = 64;

/// What stands at a place of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Symbol {
    /// A piece of text.
    Token(u16),
    /// The message is over.
    End,
    /// A character or byte that no token covers follows.
    Escape,
}

/// A symbol's share: `start..start + size` of `total`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Interval {
    pub(super) start: u32,
    pub(super) size: u32,
    pub(super) total: u32,
}

impl Interval {
    /// `-log2` of the share, in 65,536ths of a bit.
    pub(super) const fn bits(self) -> u32 {
        log2(self.total) - log2(self.size)
    }

    /// The range that is left of `range`, of which each of `total` has `step` and all in front of this have `below`. What
    /// the division leaves over belongs to the last symbol.
    pub(super) fn narrowed(self, range: u32, step: u32, below: u32) -> u32 {
        if self.start.wrapping_add(self.size) == self.total {
            range.wrapping_sub(below)
        } else {
            times(step, self.size)
        }
        .max(1)
    }
}

/// The symbols in their order: the tokens, then END where no token is it, then ESC where no token is it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alphabet {
    end: u16,
    escape: u16,
    /// The weights of what is no token.
    extra: &'static [u32],
}

impl Alphabet {
    pub(super) fn new(model: &Model<'_>) -> Self {
        let tokenizer: Tokenizer<'_> = model.tokenizer();
        let tokens = model.dims().vocab_size;
        let (end, escape) = (tokenizer.end(), tokenizer.escape());
        Self {
            end: end.unwrap_or(tokens),
            escape: escape.unwrap_or(tokens + u16::from(end.is_none())),
            extra: match (end, escape) {
                (Some(_), Some(_)) => &[],
                (None, Some(_)) => &[END_WEIGHT],
                (Some(_), None) => &[ESCAPE_WEIGHT],
                (None, None) => &[END_WEIGHT, ESCAPE_WEIGHT],
            },
        }
    }

    /// The share of `symbol`.
    pub(super) fn interval(&self, logits: &[i32], symbol: Symbol) -> Interval {
        let wanted = self.index(symbol);
        let (mut start, mut size, mut total) = (0, 0, 0);
        for (index, weight) in (0..).zip(self.weights(logits)) {
            if index == wanted {
                (start, size) = (total, weight);
            }
            total += weight;
        }
        Interval { start, size, total }
    }

    /// The sum of all weights.
    pub(super) fn total(&self, logits: &[i32]) -> u32 {
        self.weights(logits).sum()
    }

    /// The symbol in whose share `place` lies, which is below `total`.
    pub(super) fn at(&self, logits: &[i32], place: u32, total: u32) -> (Symbol, Interval) {
        let (mut start, mut size, mut symbol) = (0, 0, 0);
        for (index, weight) in (0..).zip(self.weights(logits)) {
            start += size;
            (symbol, size) = (index, weight);
            if place - start < size {
                break;
            }
        }
        let symbol = match symbol {
            symbol if symbol == self.end => Symbol::End,
            symbol if symbol == self.escape => Symbol::Escape,
            token => Symbol::Token(token),
        };
        (symbol, Interval { start, size, total })
    }

    const fn index(&self, symbol: Symbol) -> u16 {
        match symbol {
            Symbol::Token(token) => token,
            Symbol::End => self.end,
            Symbol::Escape => self.escape,
        }
    }

    /// At least 1 each; at most 2^15 for each of at most 4,096 tokens, so that their sum is below 2^28.
    fn weights(&self, logits: &[i32]) -> impl Iterator<Item = u32> {
        let tokens = Logits::new(logits).weights();
        tokens.chain(self.extra.iter().copied())
    }
}

//! A text in units: tokens taken greedily, and single characters or bytes that none covers.

use super::escape;
use formats::Tokenizer;
use formats::tokenizer::{MAX_PIECE_BYTES, first_character};

/// What a text goes on with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    /// The longest piece that it begins with.
    Token(u16),
    /// A character or a byte behind an escape.
    Escaped,
}

/// The first unit of `text`, and its bytes; `None` where the text ends.
pub(super) fn first(tokenizer: &Tokenizer<'_>, text: &[u8]) -> Option<(Unit, usize)> {
    if text.is_empty() {
        return None;
    }
    Some(match tokenizer.longest(text) {
        Some((token, bytes)) => (Unit::Token(token), bytes),
        None => (Unit::Escaped, escape::length(text)),
    })
}

/// Whether the first unit of `text` is the same whatever follows.
pub(super) fn is_settled(tokenizer: &Tokenizer<'_>, text: &[u8]) -> bool {
    /// Bytes of the longest character.
    const CHARACTER: usize = 4;
    let whole = text.len() >= CHARACTER || first_character(text).is_some();
    whole && !tokenizer.has_longer(text)
}

/// Whether a text that grows unit by unit was cut as [`first`] cuts it. Looks at it up to where more text changes nothing.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Cuts {
    /// Bytes that are known to be cut right.
    right: usize,
    /// Bit i: a unit begins, or the text ends, i bytes behind them.
    begins: u64,
}

impl Cuts {
    /// Nothing so far.
    pub(super) const fn new() -> Self {
        Self {
            right: 0,
            begins: 1,
        }
    }

    /// Notes that `text` has one more unit; whether all is right so far.
    pub(super) fn grown(&mut self, tokenizer: &Tokenizer<'_>, text: &[u8]) -> bool {
        // Less than a piece's bytes are not looked at yet, and the unit is no longer than a piece.
        let end = text.len().wrapping_sub(self.right);
        self.begins |= 1u64.wrapping_shl(end as u32);
        self.look(tokenizer, text, MAX_PIECE_BYTES)
    }

    /// Whether all of `text` is right.
    pub(super) fn ended(mut self, tokenizer: &Tokenizer<'_>, text: &[u8]) -> bool {
        self.look(tokenizer, text, 1)
    }

    /// Looks at units as long as at least `ahead` bytes are left.
    fn look(&mut self, tokenizer: &Tokenizer<'_>, text: &[u8], ahead: usize) -> bool {
        loop {
            let rest = text.get(self.right..).unwrap_or_default();
            if rest.len() < ahead {
                return true;
            }
            let Some((_, bytes)) = first(tokenizer, rest) else {
                return true;
            };
            let behind = 1u64.wrapping_shl(bytes as u32);
            // The unit begins at bit 0; the next one must begin behind it, and none in between.
            if self.begins & (behind | (behind - 1)) != behind | 1 {
                return false;
            }
            self.begins = self.begins.wrapping_shr(bytes as u32);
            self.right += bytes;
        }
    }
}

//! A vocabulary of pieces of text, looked up where it lies.

use super::TokenizerError;
use core::ops::Range;
use serde::{Deserialize, Serialize};

/// Most bytes of a piece, which bounds what a look-up costs.
///
/// ```
/// use formats::{Tokenizer, tokenizer::MAX_PIECE_BYTES};
///
/// let model = formats::Model::parse(include_bytes!("../../../firmware-examples/models/base-pieces.aut"))?;
/// let Tokenizer::Pieces(pieces) = model.tokenizer() else { panic!("no pieces") };
/// assert!(pieces.iter().all(|piece| piece.len() <= MAX_PIECE_BYTES));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const MAX_PIECE_BYTES: usize = 32;

/// Pieces of text in ascending order of their bytes: token `i` is piece `i`. Behind them come the tokens for the end of a
/// document and for an escape, each where there is one.
///
/// ```
/// use formats::Tokenizer;
///
/// let model = formats::Model::parse(include_bytes!("../../../firmware-examples/models/base-pieces.aut"))?;
/// let Tokenizer::Pieces(pieces) = model.tokenizer() else { panic!("no pieces") };
/// assert_eq!((pieces.len(), pieces.get(97)), (511, Some(" king")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pieces<'a> {
    /// Where each piece ends in `text`: u16 little-endian.
    pub(super) ends: &'a [u8],
    /// The pieces, one behind the other.
    pub(super) text: &'a str,
    /// Whether there is a token for the end of a document.
    pub(super) end: bool,
    /// Whether there is a token for characters that no piece covers.
    pub(super) escape: bool,
}

impl<'a> Pieces<'a> {
    /// Pieces of `text` that end where `ends` says, u16 little-endian each; [`Tokenizer::check`](super::Tokenizer::check)
    /// says whether they are a vocabulary.
    ///
    /// ```
    /// use formats::{Tokenizer, tokenizer::Pieces};
    ///
    /// // "a", "ab", "b" and an escape.
    /// let tokenizer = Tokenizer::Pieces(Pieces::new(&[1, 0, 3, 0, 4, 0], "aabb", false, true));
    /// assert!(tokenizer.check(4).is_ok());
    /// assert!(tokenizer.encode("abba!").eq([Ok(1), Ok(2), Ok(0), Ok(3)]));
    /// ```
    pub const fn new(ends: &'a [u8], text: &'a str, end: bool, escape: bool) -> Self {
        Self {
            ends,
            text,
            end,
            escape,
        }
    }

    /// How many pieces there are.
    ///
    /// ```
    /// let pieces = formats::tokenizer::Pieces::new(&[1, 0, 2, 0], "ab", true, true);
    /// assert_eq!(pieces.len(), 2); // without the tokens behind them
    /// ```
    pub const fn len(&self) -> usize {
        self.ends.len() / 2
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(formats::tokenizer::Pieces::new(&[], "", true, true).is_empty());
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Piece `index`, or `None` where there are not so many.
    ///
    /// ```
    /// let pieces = formats::tokenizer::Pieces::new(&[1, 0, 3, 0], "aab", false, false);
    /// assert_eq!((pieces.get(1), pieces.get(2)), (Some("ab"), None));
    /// ```
    pub fn get(&self, index: u16) -> Option<&'a str> {
        self.text.get(self.range(index.into())?)
    }

    /// The pieces in their order.
    ///
    /// ```
    /// let pieces = formats::tokenizer::Pieces::new(&[1, 0, 3, 0], "aab", false, false);
    /// assert!(pieces.iter().eq(["a", "ab"]));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let pieces = *self;
        (0..).map_while(move |index| pieces.get(index))
    }

    pub(super) const fn end_token(&self) -> Option<u16> {
        if self.end {
            Some(self.len() as u16)
        } else {
            None
        }
    }

    pub(super) const fn escape_token(&self) -> Option<u16> {
        if self.escape {
            Some(self.len() as u16 + self.end as u16)
        } else {
            None
        }
    }

    fn range(&self, index: usize) -> Option<Range<usize>> {
        let end = |index: usize| {
            let (at, _) = self.ends.get(index << 1..)?.split_first_chunk()?;
            Some(usize::from(u16::from_le_bytes(*at)))
        };
        let start = match index.checked_sub(1) {
            Some(before) => end(before)?,
            None => 0,
        };
        Some(start..end(index)?)
    }

    /// Byte `at` of piece `index`; `None` behind its end.
    fn byte(&self, index: usize, at: usize) -> Option<u8> {
        let piece = self.text.as_bytes().get(self.range(index)?)?;
        piece.get(at).copied()
    }

    /// The longest piece that `text` begins with: its token and its bytes.
    pub(super) fn longest(&self, text: &[u8]) -> Option<(u16, usize)> {
        // All pieces that begin with the bytes seen so far.
        let mut range = 0..self.len();
        let mut found = None;
        for (at, &byte) in text.iter().enumerate() {
            range = self.narrowed(range, at, byte);
            if range.is_empty() {
                break;
            }
            // Of pieces with the same beginning the shortest comes first.
            if self.byte(range.start, at + 1).is_none() {
                found = Some((range.start as u16, at + 1));
            }
        }
        found
    }

    /// Whether a piece begins with `text` and is longer.
    pub(super) fn has_longer(&self, text: &[u8]) -> bool {
        let range = (0..).zip(text).fold(0..self.len(), |range, (at, &byte)| {
            self.narrowed(range, at, byte)
        });
        // The last one of those that begin with it.
        let last = range.clone().next_back();
        last.is_some_and(|last| self.byte(last, text.len()).is_some())
    }

    /// Of the pieces of `range`, which agree in front of `at`, those with `byte` there.
    fn narrowed(&self, mut range: Range<usize>, at: usize, byte: u8) -> Range<usize> {
        range.start = first(range.clone(), |index| self.byte(index, at) >= Some(byte));
        range.end = first(range.clone(), |index| self.byte(index, at) > Some(byte));
        range
    }

    pub(super) fn check(&self, vocab_size: u16) -> Result<(), TokenizerError> {
        let have = self.len() + usize::from(self.end) + usize::from(self.escape);
        if have != usize::from(vocab_size) || !self.ends.len().is_multiple_of(2) {
            let need = vocab_size;
            return Err(TokenizerError::Count { need, have });
        }
        if self.is_empty() {
            return Err(TokenizerError::Empty);
        }
        let mut before = "";
        for index in 0..self.len() {
            let piece = self.range(index).and_then(|range| self.text.get(range));
            let Some(piece) = piece.filter(|piece| !piece.is_empty()) else {
                return Err(TokenizerError::End { index });
            };
            if piece.len() > MAX_PIECE_BYTES {
                return Err(TokenizerError::Length {
                    index,
                    have: piece.len(),
                    limit: MAX_PIECE_BYTES,
                });
            }
            if piece.as_bytes() <= before.as_bytes() {
                return Err(TokenizerError::Order { index });
            }
            before = piece;
        }
        let covered = self.range(self.len() - 1);
        if covered.map_or(0, |last| last.end) != self.text.len() {
            return Err(TokenizerError::End { index: self.len() });
        }
        // Now that they are in order, any can be found.
        for (index, piece) in self.iter().enumerate() {
            let mut room = [0; 4];
            let unknown = piece.chars().find(|character| {
                let alone = character.encode_utf8(&mut room).as_bytes();
                !matches!(self.longest(alone), Some((_, bytes)) if bytes == alone.len())
            });
            if let Some(character) = unknown {
                return Err(TokenizerError::Character { index, character });
            }
        }
        Ok(())
    }
}

/// The first index of `range` for which `holds` is true, given that it is for all behind that one; else the end.
fn first(range: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = (low + high) >> 1;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(all(test, feature = "alloc"))]
mod tests;

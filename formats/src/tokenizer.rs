//! Text to tokens and back, from the model file itself, without an allocator.

mod pieces;

pub use pieces::{MAX_PIECE_BYTES, Pieces};

use serde::{Deserialize, Serialize};

/// What an escape token looks like in text.
const ESCAPED: &str = "\u{FFFD}";

/// How a model reads and writes text.
///
/// ```
/// use formats::Tokenizer;
///
/// let tokenizer = Tokenizer::Characters("\n abc");
/// let tokens = tokenizer.encode("a cab").collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(tokens, [2, 1, 4, 2, 3]);
/// let text: Option<String> = tokens.iter().map(|&token| tokenizer.decode(token)).collect();
/// assert_eq!(text.as_deref(), Some("a cab"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Tokenizer<'a> {
    /// One token per character: token `i` is the `i`-th character of this text, which holds each character once, in
    /// ascending order.
    Characters(&'a str),
    /// Pieces of text of one or more characters, taken greedily; with tokens for the end of a document and for what no
    /// piece covers. Since format 2.
    #[serde(borrow)]
    Pieces(Pieces<'a>),
}

/// Why a tokenizer of a file is none.
///
/// ```
/// use formats::{Tokenizer, tokenizer::TokenizerError};
///
/// let error = Tokenizer::Characters("ba").check(2).unwrap_err();
/// assert_eq!(error, TokenizerError::Order { index: 1 });
/// assert_eq!(error.to_string(), "entry 1 is not above the one before it");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TokenizerError {
    /// There are more or fewer characters, or pieces, than tokens.
    #[error("it has {have} entries, the model has {need} tokens")]
    Count {
        /// Tokens of the model.
        need: u16,
        /// Entries there are.
        have: usize,
    },
    /// There are no pieces.
    #[error("it has no pieces")]
    Empty,
    /// The entries are not in strictly ascending order.
    #[error("entry {index} is not above the one before it")]
    Order {
        /// The index of the entry.
        index: usize,
    },
    /// The end of a piece is none: not behind its start, outside the text, or inside a character.
    #[error("piece {index} does not end at a character's end behind its start")]
    End {
        /// The index of the piece.
        index: usize,
    },
    /// A piece is too long.
    #[error("piece {index} has {have} bytes, the limit is {limit}")]
    Length {
        /// The index of the piece.
        index: usize,
        /// Its bytes.
        have: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A piece has a character that is no piece itself.
    #[error("piece {index} has the character {character:?}, which is no piece itself")]
    Character {
        /// The index of the piece.
        index: usize,
        /// The character.
        character: char,
    },
}

/// A character that the model does not know.
///
/// ```
/// use formats::{EncodeError, Tokenizer};
///
/// let unknown = Tokenizer::Characters("abc").encode("ab!").find_map(Result::err);
/// assert_eq!(unknown, Some(EncodeError { character: '!', offset: 2 }));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[error(
    "the model does not know the character {character:?} (at byte {offset}): it was not in the text it learned from"
)]
pub struct EncodeError {
    /// The character.
    pub character: char,
    /// Where it stands, in bytes from the start of the text.
    pub offset: usize,
}

impl<'a> Tokenizer<'a> {
    /// Whether this makes a vocabulary of `vocab_size` tokens.
    ///
    /// ```
    /// let tokenizer = formats::Tokenizer::Characters("abc");
    /// assert!(tokenizer.check(3).is_ok());
    /// assert!(tokenizer.check(4).is_err());
    /// ```
    ///
    /// # Errors
    /// [`TokenizerError`].
    pub fn check(&self, vocab_size: u16) -> Result<(), TokenizerError> {
        let characters = match self {
            Self::Characters(characters) => characters,
            Self::Pieces(pieces) => return pieces.check(vocab_size),
        };
        let have = characters.chars().count();
        if have != usize::from(vocab_size) {
            return Err(TokenizerError::Count {
                need: vocab_size,
                have,
            });
        }
        let pairs = characters.chars().zip(characters.chars().skip(1));
        match pairs
            .enumerate()
            .find(|(_, (before, after))| before >= after)
        {
            Some((index, _)) => Err(TokenizerError::Order { index: index + 1 }),
            None => Ok(()),
        }
    }

    /// The tokens of `text`, one after the other: at each place the longest entry of the vocabulary that the text goes on
    /// with, or for a character that none begins with the escape token, where there is one.
    ///
    /// Costs per token a walk over the characters, or a few binary searches of the pieces.
    ///
    /// ```
    /// use formats::Tokenizer;
    ///
    /// assert!(Tokenizer::Characters("abc").encode("cab").eq([Ok(2), Ok(0), Ok(1)]));
    /// let pieces = formats::Model::parse(include_bytes!("../../firmware-examples/models/base-pieces.aut"))?;
    /// let tokens = pieces.tokenizer().encode("the king").collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(tokens, [486, 341, 97]); // "th", "e", " king"
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn encode<'t>(&self, text: &'t str) -> Encode<'a, 't> {
        Encode {
            tokenizer: *self,
            text,
            offset: 0,
        }
    }

    /// The longest entry that `text` begins with: its token and its bytes. What follows need not be UTF-8.
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// assert_eq!(model.tokenizer().longest("ROMEO:"), Some((30, 1)));
    /// let pieces = formats::Model::parse(include_bytes!("../../firmware-examples/models/base-pieces.aut"))?;
    /// assert_eq!(pieces.tokenizer().longest(" kings"), Some((97, 5)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn longest(&self, text: impl AsRef<[u8]>) -> Option<(u16, usize)> {
        let text = text.as_ref();
        match self {
            Self::Characters(characters) => {
                let first = first_character(text)?;
                let mut known = (0..).zip(characters.chars());
                let (token, _) = known.find(|&(_, known)| known == first)?;
                Some((token, first.len_utf8()))
            }
            Self::Pieces(pieces) => pieces.longest(text),
        }
    }

    /// Whether an entry begins with `text` and is longer: then more text may change what [`Tokenizer::longest`] finds.
    ///
    /// ```
    /// // The first of the two bytes of "é".
    /// let tokenizer = formats::Tokenizer::Characters("aé");
    /// assert!(tokenizer.has_longer(&[0xC3]));
    /// assert!(!tokenizer.has_longer("é".as_bytes()));
    /// ```
    pub fn has_longer(&self, text: &[u8]) -> bool {
        match self {
            Self::Characters(characters) => characters.char_indices().any(|(at, character)| {
                let rest = characters.as_bytes().get(at..).unwrap_or_default();
                character.len_utf8() > text.len() && rest.starts_with(text)
            }),
            Self::Pieces(pieces) => pieces.has_longer(text),
        }
    }

    /// The text of a token, or `None` for a token outside the vocabulary. That of the end token is empty, that of the
    /// escape token U+FFFD. Costs a walk over the vocabulary of characters, or a look-up.
    ///
    /// ```
    /// let tokenizer = formats::Tokenizer::Characters("aé");
    /// assert_eq!((tokenizer.decode(1), tokenizer.decode(2)), (Some("é"), None));
    /// ```
    pub fn decode(&self, token: u16) -> Option<&'a str> {
        match self {
            Self::Characters(characters) => {
                let (start, character) = characters.char_indices().nth(usize::from(token))?;
                characters.get(start..start + character.len_utf8())
            }
            Self::Pieces(_) if Some(token) == self.end() => Some(""),
            Self::Pieces(_) if Some(token) == self.escape() => Some(ESCAPED),
            Self::Pieces(pieces) => pieces.get(token),
        }
    }

    /// The token for the end of a document, where there is one.
    ///
    /// ```
    /// use formats::{Tokenizer, tokenizer::Pieces};
    ///
    /// // "a" and "b", the end of a document, an escape.
    /// let tokenizer = Tokenizer::Pieces(Pieces::new(&[1, 0, 2, 0], "ab", true, true));
    /// assert_eq!((tokenizer.end(), tokenizer.decode(2)), (Some(2), Some("")));
    /// ```
    pub const fn end(&self) -> Option<u16> {
        match self {
            Self::Pieces(pieces) => pieces.end_token(),
            Self::Characters(_) => None,
        }
    }

    /// The token for a character that no other covers, where there is one: always the last of the vocabulary.
    ///
    /// ```
    /// use formats::{Tokenizer, tokenizer::Pieces};
    ///
    /// // "a" and "b", the end of a document, an escape.
    /// let tokenizer = Tokenizer::Pieces(Pieces::new(&[1, 0, 2, 0], "ab", true, true));
    /// assert_eq!(tokenizer.escape(), Some(3));
    /// assert!(tokenizer.encode("a!").eq([Ok(0), Ok(3)]));
    /// ```
    pub const fn escape(&self) -> Option<u16> {
        match self {
            Self::Pieces(pieces) => pieces.escape_token(),
            Self::Characters(_) => None,
        }
    }

    /// The token that text from nothing begins behind: that of the end of a document, or else of a line, or else token 0.
    ///
    /// ```
    /// assert_eq!(formats::Tokenizer::Characters("\t\n ab").start(), 1);
    /// ```
    pub fn start(&self) -> u16 {
        let line = || self.longest("\n").map(|(token, _)| token);
        self.end().or_else(line).unwrap_or(0)
    }
}

/// The character that `text` begins with; `None` for none, or for bytes that are no UTF-8.
///
/// ```
/// use formats::tokenizer::first_character;
///
/// assert_eq!(first_character("é!".as_bytes()), Some('é'));
/// assert_eq!(first_character(&[0xC3]), None); // not all of it
/// ```
pub fn first_character(text: &[u8]) -> Option<char> {
    const LONGEST: usize = 4;
    let start = text.get(..LONGEST).unwrap_or(text);
    start.utf8_chunks().next()?.valid().chars().next()
}

/// The tokens of a text, from [`Tokenizer::encode`].
///
/// ```
/// let mut tokens = formats::Tokenizer::Characters("aé").encode("éa");
/// assert_eq!(tokens.next(), Some(Ok(1)));
/// assert_eq!(tokens.offset(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Encode<'a, 't> {
    tokenizer: Tokenizer<'a>,
    text: &'t str,
    offset: usize,
}

impl Encode<'_, '_> {
    /// Bytes of the text that are encoded.
    ///
    /// ```
    /// let mut tokens = formats::Tokenizer::Characters("ab").encode("abba");
    /// tokens.by_ref().take(3).for_each(drop);
    /// assert_eq!(tokens.offset(), 3);
    /// ```
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl Iterator for Encode<'_, '_> {
    type Item = Result<u16, EncodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.offset..).unwrap_or_default();
        let character = rest.chars().next()?;
        if let Some((token, bytes)) = self.tokenizer.longest(rest) {
            self.offset += bytes;
            return Some(Ok(token));
        }
        let offset = self.offset;
        self.offset += character.len_utf8();
        let unknown = EncodeError { character, offset };
        Some(self.tokenizer.escape().ok_or(unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_and_an_unknown_character_is_named() {
        let tokenizer = Tokenizer::Characters("\n aeßñ€");
        assert_eq!(tokenizer.check(7), Ok(()));
        for (token, text) in (0u16..).zip(["\n", " ", "a", "e", "ß", "ñ", "€"]) {
            assert_eq!(tokenizer.decode(token), Some(text));
            assert!(tokenizer.encode(text).eq([Ok(token)]));
        }
        assert_eq!(tokenizer.decode(7), None);
        assert_eq!((tokenizer.start(), tokenizer.end()), (0, None));
        let mut tokens = tokenizer.encode("añ!");
        assert_eq!((tokens.next(), tokens.next()), (Some(Ok(2)), Some(Ok(5))));
        assert_eq!(
            tokens.next(),
            Some(Err(EncodeError {
                character: '!',
                offset: 3
            }))
        );
    }

    #[test]
    fn wrong_vocabularies_are_refused() {
        assert_eq!(
            Tokenizer::Characters("ab").check(3),
            Err(TokenizerError::Count { need: 3, have: 2 })
        );
        assert_eq!(
            Tokenizer::Characters("aba").check(3),
            Err(TokenizerError::Order { index: 2 })
        );
        assert_eq!(
            Tokenizer::Characters("aa").check(2),
            Err(TokenizerError::Order { index: 1 })
        );
    }
}

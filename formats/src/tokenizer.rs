//! Text to tokens and back, from the model file itself, without an allocator.

use serde::{Deserialize, Serialize};

/// How a model reads and writes text. A new kind (byte-pair merges, say) is a new variant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Tokenizer<'a> {
    /// One token a character: token `i` is the `i`-th character of this text, which holds each character once, in
    /// ascending order.
    Characters(&'a str),
}

/// Why a tokenizer of a file is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TokenizerError {
    /// There are more or fewer characters than tokens.
    #[error("it has {have} characters, the model has {need} tokens")]
    Count {
        /// Tokens of the model.
        need: u16,
        /// Characters there are.
        have: usize,
    },
    /// The characters are not in strictly ascending order.
    #[error("character {index} is not above the one before it")]
    Order {
        /// The index of the character.
        index: usize,
    },
}

/// A character that the model does not know.
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
    /// # Errors
    /// [`TokenizerError::Count`] or [`TokenizerError::Order`].
    pub fn check(&self, vocab_size: u16) -> Result<(), TokenizerError> {
        let Self::Characters(characters) = self;
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

    /// The tokens of `text`, one after the other. Costs a walk over the vocabulary a character.
    pub fn encode<'t>(
        &self,
        text: &'t str,
    ) -> impl Iterator<Item = Result<u16, EncodeError>> + use<'a, 't> {
        let Self::Characters(characters) = *self;
        text.char_indices().map(move |(offset, character)| {
            let found = (0u16..)
                .zip(characters.chars())
                .find(|&(_, known)| known == character);
            found
                .map(|(token, _)| token)
                .ok_or(EncodeError { character, offset })
        })
    }

    /// The text of a token, or `None` for a token outside the vocabulary. Costs a walk over the vocabulary.
    pub fn decode(&self, token: u16) -> Option<&'a str> {
        let Self::Characters(characters) = *self;
        let (start, character) = characters.char_indices().nth(usize::from(token))?;
        characters.get(start..start + character.len_utf8())
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

//! From text to tokens: the vocabulary of a text, and its two splits.

use crate::data::corpus::Survey;
use crate::data::tokens::Tokens;
use formats::Tokenizer;
use formats::dims::MAX_VOCAB_SIZE;

/// Of a text of `n` characters the first `n * 9 / 10` are learned from, the rest only measures.
const TRAIN_SHARE: (usize, usize) = (9, 10);

/// A text as tokens, a character each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dataset {
    /// Every character that occurs, once, ascending: the model's vocabulary.
    pub characters: String,
    /// What the model learns from: the first nine tenths.
    pub train: Tokens,
    /// What only measures: the last tenth.
    pub validation: Tokens,
}

/// Why a text cannot be learned from.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// More different characters than a model can have.
    #[error(
        "the text has {have} different characters, a model has at most {limit}: is it plain text in one language?"
    )]
    TooManyCharacters {
        /// Different characters of the text.
        have: usize,
        /// The most a model can have.
        limit: u16,
    },
    /// Too short to train and to measure with this context.
    #[error(
        "the text has {have} characters, a context of {context} needs at least {need}: use a longer text or a smaller \
         context"
    )]
    TooShort {
        /// Characters of the text.
        have: usize,
        /// Characters that the context needs.
        need: usize,
        /// The context.
        context: usize,
    },
    /// The text has a character that the model has no token for.
    #[error("{0}")]
    Unknown(#[from] formats::EncodeError),
}

impl Dataset {
    /// Splits `text` for a model of its own, whose vocabulary is the text's characters.
    ///
    /// # Errors
    /// [`DatasetError::TooManyCharacters`] or [`DatasetError::TooShort`].
    pub fn new(text: impl Into<String>, context: usize) -> Result<Self, DatasetError> {
        let text = text.into();
        let characters = Survey::of(&text).characters();
        let have = characters.chars().count();
        if have > MAX_VOCAB_SIZE.into() {
            return Err(DatasetError::TooManyCharacters {
                have,
                limit: MAX_VOCAB_SIZE,
            });
        }
        Self::with_characters(text, characters, context)
    }

    /// Splits `text` for a model whose vocabulary is `characters`. The text is not in memory any more afterwards.
    ///
    /// # Errors
    /// [`DatasetError::Unknown`] or [`DatasetError::TooShort`].
    pub fn with_characters(
        text: impl Into<String>,
        characters: String,
        context: usize,
    ) -> Result<Self, DatasetError> {
        let tokens = Tokens::encode(text.into(), &characters)?;
        let have = tokens.len();
        // The validation split, a tenth, must hold one whole window and the character behind it.
        let need = (context + 1) * TRAIN_SHARE.1;
        if have < need {
            return Err(DatasetError::TooShort {
                have,
                need,
                context,
            });
        }
        // Divided first, so that it cannot overflow.
        let learned = have / TRAIN_SHARE.1 * TRAIN_SHARE.0
            + have % TRAIN_SHARE.1 * TRAIN_SHARE.0 / TRAIN_SHARE.1;
        Ok(Self {
            characters,
            train: tokens.slice(0..learned),
            validation: tokens.slice(learned..have),
        })
    }

    /// Tokens of the vocabulary.
    pub fn vocab(&self) -> u16 {
        // `new` has bounded it; a model's own vocabulary is bounded by its format.
        u16::try_from(self.characters.chars().count()).unwrap_or(MAX_VOCAB_SIZE)
    }

    /// Text to tokens and back.
    pub fn tokenizer(&self) -> Tokenizer<'_> {
        Tokenizer::Characters(&self.characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_tenths_are_learned_from() {
        let text = "abcdé".repeat(40);
        let split = Dataset::new(&text, 4).unwrap();
        assert_eq!((split.train.len(), split.validation.len()), (180, 20));
        assert_eq!((split.characters.as_str(), split.vocab()), ("abcdé", 5));
        assert_eq!(split.train.copy(0..6), [0, 1, 2, 3, 4, 0]);
    }

    #[test]
    fn unusable_texts_are_refused_with_numbers() {
        let many: String = (0..5000)
            .filter_map(|i| char::from_u32(0x4E00 + i))
            .collect();
        assert_eq!(
            Dataset::new(&many, 4),
            Err(DatasetError::TooManyCharacters {
                have: 5000,
                limit: 4096
            })
        );
        assert_eq!(
            Dataset::new("abc", 128),
            Err(DatasetError::TooShort {
                have: 3,
                need: 1290,
                context: 128
            })
        );
        let error = Dataset::with_characters("ab!".repeat(30), "ab".into(), 4).unwrap_err();
        assert!(error.to_string().contains("'!'"), "{error}");
    }
}

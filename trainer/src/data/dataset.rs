//! From text to tokens: the vocabulary of a text, and its two splits.

use crate::config::VocabularyConfig;
use crate::data::corpus::Survey;
use crate::data::pieces::{PiecesError, learn};
use crate::data::tokens::Tokens;
use crate::data::vocabulary::Vocabulary;
use formats::Tokenizer;
use formats::dims::MAX_VOCAB_SIZE;

/// Of a text of `n` characters the first `n * 9 / 10` are learned from, the rest only measures.
const TRAIN_SHARE: (usize, usize) = (9, 10);

/// A text as tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dataset {
    /// The model's vocabulary.
    pub vocabulary: Vocabulary,
    /// Characters of the training and of the validation split.
    pub characters: [usize; 2],
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
        "the text has {have} {unit}, a context of {context} needs at least {need}: use a longer text or a smaller context"
    )]
    TooShort {
        /// Tokens of the text.
        have: usize,
        /// What a token is, in the plural.
        unit: &'static str,
        /// Tokens that the context needs.
        need: usize,
        /// The context.
        context: usize,
    },
    /// No pieces can be learned from it.
    #[error(transparent)]
    Pieces(#[from] PiecesError),
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
        Self::learn(text, VocabularyConfig::Characters, context, &mut |_| ())
    }

    /// Splits `text` for a model of its own. Pieces are learned from the training split; `progress` is told how many there are.
    ///
    /// # Errors
    /// [`DatasetError`].
    pub fn learn(
        text: impl Into<String>,
        wanted: VocabularyConfig,
        context: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, DatasetError> {
        let text = text.into();
        let (first, bytes) = learned(&text);
        let vocabulary = match wanted {
            VocabularyConfig::Characters => {
                let characters = Survey::of(&text).characters();
                let have = characters.chars().count();
                if have > MAX_VOCAB_SIZE.into() {
                    return Err(DatasetError::TooManyCharacters {
                        have,
                        limit: MAX_VOCAB_SIZE,
                    });
                }
                Vocabulary::Characters(characters)
            }
            VocabularyConfig::Pieces { size, min_count } => {
                let train = &text[..bytes];
                let end = false;
                let pieces = learn(train, size.into(), min_count, end, progress)?;
                Vocabulary::Pieces(pieces)
            }
        };
        Self::split(text, first, bytes, vocabulary, context)
    }

    /// Splits `text` for a model whose vocabulary is given. The text is not in memory any more afterwards.
    ///
    /// # Errors
    /// [`DatasetError::Unknown`] or [`DatasetError::TooShort`].
    pub fn with_vocabulary(
        text: impl Into<String>,
        vocabulary: Vocabulary,
        context: usize,
    ) -> Result<Self, DatasetError> {
        let text = text.into();
        let (first, bytes) = learned(&text);
        Self::split(text, first, bytes, vocabulary, context)
    }

    /// The first `first` characters, which are `bytes` bytes, are learned from.
    fn split(
        mut text: String,
        first: usize,
        bytes: usize,
        vocabulary: Vocabulary,
        context: usize,
    ) -> Result<Self, DatasetError> {
        let (train, validation, measured) = match vocabulary {
            Vocabulary::Characters(_) => {
                // At once: the tokens take the place of the text.
                let tokens = Tokens::encode(text, &vocabulary)?;
                let validation = tokens.slice(first..tokens.len());
                let measured = validation.len();
                (tokens.slice(0..first), validation, measured)
            }
            Vocabulary::Pieces(_) => {
                let rest = text.split_off(bytes);
                let measured = rest.chars().count();
                let train = Tokens::encode(text, &vocabulary)?;
                (train, Tokens::encode(rest, &vocabulary)?, measured)
            }
        };
        // The validation split must hold one whole window and the token behind it.
        if validation.len() < context + 1 {
            let have = train.len() + validation.len();
            return Err(DatasetError::TooShort {
                have,
                unit: vocabulary.unit(),
                need: (context + 1) * TRAIN_SHARE.1,
                context,
            });
        }
        Ok(Self {
            characters: [first, measured],
            vocabulary,
            train,
            validation,
        })
    }

    /// Tokens of the vocabulary.
    pub fn vocab(&self) -> u16 {
        // `learn` has bounded it; a model's own vocabulary is bounded by its format.
        u16::try_from(self.vocabulary.len()).unwrap_or(MAX_VOCAB_SIZE)
    }

    /// Text to tokens and back.
    pub fn tokenizer(&self) -> Tokenizer<'_> {
        self.vocabulary.tokenizer()
    }

    /// Tokens per character of the training and of the validation split: what a loss per token is multiplied by to be one per
    /// character.
    pub fn tokens_per_character(&self) -> [f64; 2] {
        let [train, validation] = self.characters;
        [(&self.train, train), (&self.validation, validation)]
            .map(|(tokens, characters)| tokens.len() as f64 / characters as f64)
    }
}

/// Characters of the training split, and its bytes.
fn learned(text: &str) -> (usize, usize) {
    let have = text.chars().count();
    // Divided first, so that it cannot overflow.
    let first =
        have / TRAIN_SHARE.1 * TRAIN_SHARE.0 + have % TRAIN_SHARE.1 * TRAIN_SHARE.0 / TRAIN_SHARE.1;
    let bytes = text.char_indices().nth(first);
    (first, bytes.map_or(text.len(), |(offset, _)| offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_tenths_are_learned_from() {
        let text = "abcdé".repeat(40);
        let split = Dataset::new(&text, 4).unwrap();
        assert_eq!((split.train.len(), split.validation.len()), (180, 20));
        let vocabulary = Vocabulary::Characters("abcdé".into());
        assert_eq!((&split.vocabulary, split.vocab()), (&vocabulary, 5));
        assert_eq!(split.characters, [180, 20]);
        assert_eq!(split.tokens_per_character(), [1.0, 1.0]);
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
                unit: "characters",
                need: 1290,
                context: 128
            })
        );
        let error =
            Dataset::with_vocabulary("ab!".repeat(30), Vocabulary::Characters("ab".into()), 4)
                .unwrap_err();
        assert!(error.to_string().contains("'!'"), "{error}");
    }

    #[test]
    fn pieces_are_learned_from_what_is_learned_from_and_the_splits_stay() {
        let text = "the cat sat. ".repeat(90) + &"the dog ran. ".repeat(10);
        let wanted = VocabularyConfig::Pieces {
            size: 24,
            min_count: 1,
        };
        let split = Dataset::learn(text.clone(), wanted, 4, &mut |_| ()).unwrap();
        let characters = Dataset::new(text, 4).unwrap();
        assert_eq!(split.characters, characters.characters);
        let read = |tokens: &Tokens| {
            let pieces = tokens
                .iter()
                .map(|token| split.tokenizer().decode(token).unwrap());
            pieces.collect::<String>()
        };
        assert_eq!(read(&split.train), "the cat sat. ".repeat(90));
        // "d", "o", "g", "r" and "n" were in no training text.
        let escapes = read(&split.validation).matches('\u{FFFD}').count();
        assert_eq!(escapes, 5 * 10);
        let [train, validation] = split.tokens_per_character();
        assert!(train < 0.5 && validation < 1.0, "{train} {validation}");
    }
}

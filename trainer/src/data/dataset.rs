//! From text to tokens: the vocabulary of a text, and its two splits.

use crate::config::{Documents, VocabularyConfig};
use crate::data::corpus::Survey;
use crate::data::documents;
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
    /// Documents of the two, where the text has documents.
    pub documents: Option<[usize; 2]>,
    /// What the model learns from: the first nine tenths; of documents, nine of ten.
    pub train: Tokens,
    /// What only measures: the rest.
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
    /// Too few documents to learn from some and to measure on others.
    #[error(
        "the text has {have} documents, at least {need} are needed: is `documents` what it should be? ({documents})"
    )]
    FewDocuments {
        /// Documents of the text that are not empty.
        have: usize,
        /// The fewest that can be split.
        need: usize,
        /// What a document is.
        documents: Documents,
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
        Self::learn(
            text,
            VocabularyConfig::Characters,
            None,
            context,
            &mut |_| (),
        )
    }

    /// Splits `text` for a model of its own. Pieces are learned from the training split; `progress` is told how many there are.
    ///
    /// # Errors
    /// [`DatasetError`].
    pub fn learn(
        text: impl Into<String>,
        wanted: VocabularyConfig,
        documents: Option<&Documents>,
        context: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, DatasetError> {
        let text = text.into();
        if let (Some(documents), VocabularyConfig::Pieces { size, min_count }) = (documents, wanted)
        {
            let [train, _] = documents::split(documents::of(documents, &text));
            let pieces = learn(train, size.into(), min_count, true, progress)?;
            return Self::split_documents(&text, documents, Vocabulary::Pieces(pieces));
        }
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
                let train = std::iter::once(&text[..bytes]);
                let pieces = learn(train, size.into(), min_count, false, progress)?;
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
        documents: Option<&Documents>,
        context: usize,
    ) -> Result<Self, DatasetError> {
        let text = text.into();
        if let (Some(documents), Some(_)) = (documents, vocabulary.tokenizer().end()) {
            return Self::split_documents(&text, documents, vocabulary);
        }
        let (first, bytes) = learned(&text);
        Self::split(text, first, bytes, vocabulary, context)
    }

    fn split_documents(
        text: &str,
        documents: &Documents,
        vocabulary: Vocabulary,
    ) -> Result<Self, DatasetError> {
        let parts = documents::split(documents::of(documents, text));
        let counts = parts.clone().map(Iterator::count);
        if counts.contains(&0) {
            return Err(DatasetError::FewDocuments {
                have: counts.iter().sum(),
                need: documents::FEWEST,
                documents: documents.clone(),
            });
        }
        let characters = parts
            .clone()
            .map(|part| part.map(|document| document.chars().count()).sum());
        let [train, validation] = parts;
        Ok(Self {
            characters,
            documents: Some(counts),
            train: Tokens::encode_documents(train, &vocabulary)?,
            validation: Tokens::encode_documents(validation, &vocabulary)?,
            vocabulary,
        })
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
            documents: None,
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
    /// character. The ends of documents count.
    pub fn tokens_per_character(&self) -> [f64; 2] {
        let tokens = [&self.train, &self.validation].map(|split| match self.documents {
            Some(_) => split.predicted(),
            None => split.len(),
        });
        [0, 1].map(|split| tokens[split] as f64 / self.characters[split] as f64)
    }

    /// Tokens per document of the two splits, where the text has documents.
    pub fn tokens_per_document(&self) -> Option<[f64; 2]> {
        let tokens = [&self.train, &self.validation].map(Tokens::predicted);
        let documents = self.documents?;
        Some([0, 1].map(|split| tokens[split] as f64 / documents[split] as f64))
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
        let error = Dataset::with_vocabulary(
            "ab!".repeat(30),
            Vocabulary::Characters("ab".into()),
            None,
            4,
        )
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
        let split = Dataset::learn(text.clone(), wanted, None, 4, &mut |_| ()).unwrap();
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

    #[test]
    fn documents_keep_their_ends_and_every_tenth_measures() {
        let text = "hello you\n\nbye you\n".repeat(10);
        let wanted = VocabularyConfig::Pieces {
            size: 16,
            min_count: 1,
        };
        let lines = Some(&Documents::Lines);
        let split = Dataset::learn(text.clone(), wanted, lines, 4, &mut |_| ()).unwrap();
        assert_eq!(split.documents, Some([18, 2]));
        assert_eq!(split.characters, [10 * 9 + 8 * 7, 2 * 7]);
        let end = split.tokenizer().end().unwrap();
        let ends = split.train.iter().filter(|&token| token == end).count();
        assert_eq!(ends, 18 + 1);
        let [_, per_document] = split.tokens_per_document().unwrap();
        let [_, per_character] = split.tokens_per_character();
        assert!((per_document - 7.0 * per_character).abs() < 1e-9);
        let again = Dataset::with_vocabulary(text, split.vocabulary.clone(), lines, 4);
        assert_eq!(again, Ok(split));

        let separator = Documents::Separator("%%".into());
        let error = Dataset::learn("no end", wanted, Some(&separator), 4, &mut |_| ());
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("1 documents") && error.contains("\"%%\""),
            "{error}"
        );
    }
}

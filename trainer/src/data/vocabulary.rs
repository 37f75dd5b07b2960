//! The vocabulary of a model: characters, or pieces of text.

use formats::Tokenizer;
use formats::tokenizer::Pieces;
use serde::{Deserialize, Serialize};

/// What a model's tokens stand for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Vocabulary {
    /// Every character once, ascending.
    Characters(String),
    /// Pieces of one or more characters.
    Pieces(PieceList),
}

/// Pieces in ascending order of their bytes, packed as in a model file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "Listed", into = "Listed")]
pub struct PieceList {
    ends: Vec<u8>,
    text: String,
    end: bool,
    escape: bool,
}

/// How the description of a run has them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    pieces: Vec<String>,
    end: bool,
    escape: bool,
}

impl From<Listed> for PieceList {
    fn from(listed: Listed) -> Self {
        Self::new(listed.pieces, listed.end, listed.escape)
    }
}

impl From<PieceList> for Listed {
    fn from(list: PieceList) -> Self {
        Self {
            pieces: list.pieces().iter().map(str::to_owned).collect(),
            end: list.end,
            escape: list.escape,
        }
    }
}

impl PieceList {
    /// A list of these pieces in any order, with a token for the end of a document and one for what no piece covers.
    pub fn new(mut pieces: Vec<String>, end: bool, escape: bool) -> Self {
        pieces.sort_unstable();
        let mut at = 0;
        let ends = pieces.iter().flat_map(|piece| {
            // What does not fit is refused by the check of the model file.
            at += piece.len();
            u16::try_from(at).unwrap_or(u16::MAX).to_le_bytes()
        });
        Self {
            ends: ends.collect(),
            text: pieces.concat(),
            end,
            escape,
        }
    }

    fn pieces(&self) -> Pieces<'_> {
        Pieces::new(&self.ends, &self.text, self.end, self.escape)
    }
}

impl Vocabulary {
    /// The vocabulary of a model file.
    ///
    /// # Panics
    /// For a kind of tokenizer that this trainer does not know, which is none that `Model::parse` accepts.
    pub fn of(tokenizer: &Tokenizer<'_>) -> Self {
        match tokenizer {
            Tokenizer::Characters(characters) => Self::Characters((*characters).to_owned()),
            Tokenizer::Pieces(pieces) => {
                let (end, escape) = (tokenizer.end().is_some(), tokenizer.escape().is_some());
                let pieces = pieces.iter().map(str::to_owned).collect();
                Self::Pieces(PieceList::new(pieces, end, escape))
            }
            _ => unreachable!("Model::parse accepts no other tokenizer"),
        }
    }

    /// Text to tokens and back.
    pub fn tokenizer(&self) -> Tokenizer<'_> {
        match self {
            Self::Characters(characters) => Tokenizer::Characters(characters),
            Self::Pieces(list) => Tokenizer::Pieces(list.pieces()),
        }
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Characters(characters) => characters.chars().count(),
            Self::Pieces(list) => {
                list.pieces().len() + usize::from(list.end) + usize::from(list.escape)
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a token is, in the plural.
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::Characters(_) => "characters",
            Self::Pieces(_) => "pieces",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vocabulary_survives_the_description_of_a_run() {
        let pieces = ["b", "a", "ab", " a", " "].map(String::from).to_vec();
        let pieces = Vocabulary::Pieces(PieceList::new(pieces, true, true));
        assert_eq!(pieces.tokenizer().check(7), Ok(()));
        let characters = Vocabulary::Characters("\n ab".into());
        for vocabulary in [pieces, characters] {
            let text = serde_json::to_string(&vocabulary).unwrap();
            let back: Vocabulary = serde_json::from_str(&text).unwrap();
            assert_eq!(back, vocabulary, "{text}");
            assert_eq!(Vocabulary::of(&vocabulary.tokenizer()), vocabulary);
        }
    }
}

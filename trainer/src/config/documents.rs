//! What a document is, in a text that consists of documents.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a document is. An empty one is left out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Documents {
    /// A line, without its end.
    Lines,
    /// A file.
    Files,
    /// What stands between two occurrences of this text.
    Separator(String),
}

impl fmt::Display for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines => f.write_str("each line is one"),
            Self::Files => f.write_str("each file is one"),
            Self::Separator(separator) => write!(f, "separated by {separator:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_written_as_they_are_configured() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Key {
            documents: Documents,
        }
        for (text, documents) in [
            ("documents = \"lines\"\n", Documents::Lines),
            ("documents = \"files\"\n", Documents::Files),
            (
                "[documents]\nseparator = \"%%\"\n",
                Documents::Separator("%%".into()),
            ),
        ] {
            let key = Key { documents };
            assert_eq!(toml::to_string(&key).unwrap(), text);
            assert_eq!(toml::from_str::<Key>(text).unwrap(), key);
        }
    }
}

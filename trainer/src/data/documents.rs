//! Texts that are messages or documents, each of which begins from nothing.

use crate::config::Documents;
use crate::data::corpus::parse_separator;

/// Stands between two files where each is a document: no text has it, the reader refuses it.
pub const BETWEEN_FILES: &str = "\0";
/// Of so many documents one measures, the others are learned from.
const MEASURED: usize = 10;
/// With fewer documents none would measure.
pub(super) const FEWEST: usize = MEASURED;

/// The documents of `text`, without those that are empty.
pub fn of<'t>(documents: &'t Documents, text: &'t str) -> impl Iterator<Item = &'t str> + Clone {
    let separator = match documents {
        Documents::Lines => "\n",
        Documents::Files => BETWEEN_FILES,
        Documents::Separator(separator) => separator,
    };
    text.split(separator).filter(|text| !text.is_empty())
}

/// As it is typed: `lines`, `files`, or a separator with `\n`, `\t` and `\\` as escapes.
///
/// # Errors
/// A sentence that names the escape that means nothing, or says that a separator must not be empty.
pub fn parse_documents(typed: &str) -> Result<Documents, String> {
    match typed {
        "lines" => Ok(Documents::Lines),
        "files" => Ok(Documents::Files),
        "" => Err("a separator must not be empty: say lines, files or a text".to_owned()),
        separator => parse_separator(separator).map(Documents::Separator),
    }
}

/// The documents that are learned from and those that measure, every tenth: neighbours in a file often come from one source.
pub(super) fn split<'d>(
    documents: impl Iterator<Item = &'d str> + Clone,
) -> [impl Iterator<Item = &'d str> + Clone; 2] {
    let part = |measures: bool| {
        let documents = documents.clone().enumerate();
        documents
            .filter(move |(index, _)| (index % MEASURED == MEASURED - 1) == measures)
            .map(|(_, document)| document)
    };
    [part(false), part(true)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_what_stands_between_and_never_empty() {
        let of = |documents: Documents, text: &str| -> Vec<String> {
            super::of(&documents, text).map(str::to_owned).collect()
        };
        assert_eq!(of(Documents::Lines, "a\n\nb c\n"), ["a", "b c"]);
        assert_eq!(of(Documents::Files, "a\nb\0c"), ["a\nb", "c"]);
        let separator = Documents::Separator("--".into());
        assert_eq!(of(separator.clone(), "--a-b--\n--c"), ["a-b", "\n", "c"]);
        assert!(of(separator, "").is_empty());
    }

    #[test]
    fn every_tenth_document_measures() {
        let text: Vec<String> = (0..25).map(|i| i.to_string()).collect();
        let [learned, measured] = split(text.iter().map(String::as_str));
        assert_eq!(measured.collect::<Vec<_>>(), ["9", "19"]);
        assert_eq!(learned.count(), 23);
    }

    #[test]
    fn documents_are_typed_as_a_word_or_a_separator() {
        assert_eq!(parse_documents("files"), Ok(Documents::Files));
        assert_eq!(
            parse_documents(r"\n--\n"),
            Ok(Documents::Separator("\n--\n".into()))
        );
        assert!(parse_documents("").is_err() && parse_documents(r"\x").is_err());
    }
}

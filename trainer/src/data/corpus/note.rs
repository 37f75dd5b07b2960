//! What the user should know of how a text was found and read.

use std::fmt;
use std::path::PathBuf;

use super::clean::LineEnds;
use super::survey::Survey;
use crate::util::fmt::grouped;

/// One remark. Its `Display` is a sentence or two, with what to do where there is something to do.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Note {
    /// The cached Tiny Shakespeare is not used, or could not be kept.
    Cache(String),
    /// It was not fetched, for this reason, and the built-in text stands in for it.
    NotShakespeare(String),
    /// So many documents began with a byte order mark, which is dropped.
    ByteOrderMark(usize),
    /// So many documents were UTF-16 with a mark, and are decoded.
    Utf16(usize),
    /// There are line ends other than LF.
    LineEnds {
        /// How many.
        found: LineEnds,
        /// Whether they are still there.
        kept: bool,
    },
    /// Characters that nobody sees are part of the text.
    Invisible(Survey),
    /// Characters that occur once are part of the text.
    Once(Survey),
    /// Characters that were removed because they occur fewer times than asked for.
    Removed {
        /// Which.
        rare: Survey,
        /// What was asked for.
        min_count: u64,
    },
    /// Files of a folder that were left out because they hold NUL bytes.
    NotText(Vec<PathBuf>),
    /// Files that were named or found twice and are read once.
    Repeated(Vec<PathBuf>),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache(what) => f.write_str(what),
            Self::NotShakespeare(why) => write!(
                f,
                "This is not Tiny Shakespeare but the built-in stage dialogue: {why}. Say --data builtin to mean it, or \
                 --data FILE for a text of your own."
            ),
            Self::ByteOrderMark(1) => f.write_str("A byte order mark at the start was dropped."),
            Self::ByteOrderMark(documents) => {
                write!(
                    f,
                    "Byte order marks at the start of {documents} files were dropped."
                )
            }
            Self::Utf16(1) => f.write_str("The text was UTF-16 and is decoded."),
            Self::Utf16(documents) => write!(f, "{documents} files were UTF-16 and are decoded."),
            Self::LineEnds { found, kept } => {
                let kinds = match (found.crlf, found.cr) {
                    (crlf, 0) => format!("{} CR LF", number(crlf)),
                    (0, cr) => format!("{} CR", number(cr)),
                    (crlf, cr) => format!("{} CR LF and {} CR", number(crlf), number(cr)),
                };
                let now = if *kept {
                    "the model learns to write them"
                } else {
                    "now LF (--keep-line-ends keeps them)"
                };
                write!(f, "Line ends: {kinds}, {now}.")
            }
            Self::Invisible(characters) => write!(
                f,
                "The text has characters that nobody sees, and the model learns to write them: {characters}."
            ),
            Self::Once(characters) => write!(
                f,
                "Seen once, and a token of the model each: {characters}. --min-count 2 removes them."
            ),
            Self::Removed { rare, min_count } => write!(
                f,
                "Removed, because seen fewer than {} times: {rare}; {} different, {} in all.",
                number(*min_count),
                grouped(rare.counts().len()),
                number(rare.total())
            ),
            Self::NotText(files) => {
                write!(
                    f,
                    "Left out, because NUL bytes are not text: {}.",
                    list(files)
                )
            }
            Self::Repeated(files) => write!(f, "Read once, though named twice: {}.", list(files)),
        }
    }
}

fn number(count: u64) -> String {
    grouped(usize::try_from(count).unwrap_or(usize::MAX))
}

fn list(files: &[PathBuf]) -> String {
    const NAMED: usize = 5;
    let mut words: Vec<_> = files
        .iter()
        .take(NAMED)
        .map(|file| file.display().to_string())
        .collect();
    if files.len() > NAMED {
        words.push(format!("{} more", files.len() - NAMED));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_say_how_many_and_what_to_do() {
        let ends = |crlf, cr, kept| {
            let found = LineEnds { crlf, cr };
            Note::LineEnds { found, kept }.to_string()
        };
        assert_eq!(
            ends(1204, 0, false),
            "Line ends: 1,204 CR LF, now LF (--keep-line-ends keeps them)."
        );
        assert_eq!(
            ends(2, 3, true),
            "Line ends: 2 CR LF and 3 CR, the model learns to write them."
        );
        assert_eq!(
            Note::Removed {
                rare: Survey::of("ééñ"),
                min_count: 3
            }
            .to_string(),
            "Removed, because seen fewer than 3 times: 2 U+00E9 “é”, 1 U+00F1 “ñ”; 2 different, 3 in all."
        );
        let files = (0..7).map(|i| format!("{i}.png").into()).collect();
        assert_eq!(
            Note::NotText(files).to_string(),
            "Left out, because NUL bytes are not text: 0.png, 1.png, 2.png, 3.png, 4.png, 2 more."
        );
    }
}

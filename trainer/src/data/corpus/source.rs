//! Where a text came from, in words.

use std::fmt;
use std::path::{Path, PathBuf};

/// What model files call Tiny Shakespeare.
pub(super) const SHAKESPEARE: &str = "Tiny Shakespeare";
/// How model files call every edition of the built-in text.
pub(super) const STAGE_DIALOGUE: &str = "built-in stage dialogue";
/// Which edition this program writes. Another text is another edition, so that an error about two of them tells.
const EDITION: &str = "second edition";
/// Files and folders that are named; the others are counted.
const NAMED: usize = 3;

/// Where a text came from. Its `Display` is meant for the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A file that the user named.
    File(PathBuf),
    /// Several files, or folders.
    Files {
        /// What the user named.
        named: Vec<PathBuf>,
        /// Files that were read.
        count: usize,
    },
    /// Standard input.
    Stdin,
    /// What a run kept of a text that cannot be read twice.
    Copy(PathBuf),
    /// Tiny Shakespeare, from this file in the cache.
    Cache(PathBuf),
    /// Tiny Shakespeare, fetched just now.
    Download {
        /// From here.
        url: String,
        /// The copy that was kept, if there is a cache and it could be written.
        kept: Option<PathBuf>,
    },
    /// The stage dialogue that this program writes itself.
    BuiltIn,
}

impl Source {
    /// The text in words that do not depend on this machine, so that the model file does not either.
    pub fn name(&self) -> String {
        let file_name = |path: &Path| {
            path.file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        };
        match self {
            Self::File(path) => file_name(path),
            Self::Files { named, count } => files(*count, named, file_name),
            Self::Stdin => "standard input".to_owned(),
            Self::Copy(_) => "a copy".to_owned(),
            Self::Cache(_) | Self::Download { .. } => SHAKESPEARE.to_owned(),
            Self::BuiltIn => format!("{STAGE_DIALOGUE}, {EDITION}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Files { named, count } => {
                f.write_str(&files(*count, named, |path| path.display().to_string()))
            }
            Self::Stdin => f.write_str("standard input"),
            Self::Copy(path) => write!(f, "the run's copy of its text, {}", path.display()),
            Self::Cache(path) => write!(f, "the cached Tiny Shakespeare at {}", path.display()),
            Self::Download { url, .. } => write!(f, "the Tiny Shakespeare downloaded from {url}"),
            Self::BuiltIn => write!(f, "the {STAGE_DIALOGUE}, {EDITION}"),
        }
    }
}

/// "12 files of books, more.txt".
fn files(count: usize, named: &[PathBuf], word: impl Fn(&Path) -> String) -> String {
    let mut words: Vec<_> = named.iter().take(NAMED).map(|path| word(path)).collect();
    if named.len() > NAMED {
        words.push("others".to_owned());
    }
    let noun = if count == 1 { "file" } else { "files" };
    format!("{count} {noun} of {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_is_named_in_words() {
        let url = "https://example.org/input.txt";
        let paths = |n: usize| (0..n).map(|i| format!("d/{i}").into()).collect();
        let words = [
            (Source::File("d/x.txt".into()), "the file d/x.txt", "x.txt"),
            (
                Source::Files {
                    named: paths(1),
                    count: 12,
                },
                "12 files of d/0",
                "12 files of 0",
            ),
            (
                Source::Files {
                    named: paths(5),
                    count: 5,
                },
                "5 files of d/0, d/1, d/2, others",
                "5 files of 0, 1, 2, others",
            ),
            (Source::Stdin, "standard input", "standard input"),
            (
                Source::Cache("c/t.txt".into()),
                "the cached Tiny Shakespeare at c/t.txt",
                "Tiny Shakespeare",
            ),
            (
                Source::Download {
                    url: url.to_owned(),
                    kept: None,
                },
                "the Tiny Shakespeare downloaded from https://example.org/input.txt",
                "Tiny Shakespeare",
            ),
            (
                Source::BuiltIn,
                "the built-in stage dialogue, second edition",
                "built-in stage dialogue, second edition",
            ),
        ];
        for (source, display, name) in words {
            assert_eq!(
                (source.to_string().as_str(), source.name().as_str()),
                (display, name)
            );
        }
    }
}

//! Where the training text comes from, and how it is read.
//!
//! [`Choice::parse`] makes a choice from the values of `--data`; [`load()`] reads that text and says in [`Corpus::notes`]
//! what is unusual about it. A run records [`Corpus::choice`] and the [`Options`], and goes on with exactly them, so that
//! neither the network nor the working folder of the day decides which text it is.
//!
//! | module | subject |
//! |---|---|
//! | `choice` | what `--data` and its companions ask for, and what a run records |
//! | `load` | from a choice to a text |
//! | `file` | what can be wrong with a file that should be a text |
//! | `folder` | from files and folders to the files that are read |
//! | `reader` | documents into one text, linear and in place |
//! | `clean` | line ends and encoding marks |
//! | `survey` | which characters there are, and how many of each |
//! | `note` | what the user should know |
//! | `source` | where the text came from, in words |
//! | `cache` | the copy of Tiny Shakespeare in the user's cache directory |
//! | `download` | Tiny Shakespeare from the network, bounded in time and size |
//! | `builtin` | the text that this program writes itself, and its entropy |

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use cache::cache_directory;
pub use choice::{Choice, ChoiceError, Options, parse_separator};
pub use clean::LineEnds;
pub use download::offline;
pub use file::{FileError, Input};
pub use note::Note;
pub use source::Source;
pub use survey::{Survey, unseen};

use download::TINY_SHAKESPEARE;

mod builtin;
mod cache;
mod choice;
mod clean;
mod download;
mod file;
mod folder;
mod load;
mod note;
mod reader;
mod source;
mod survey;
#[cfg(test)]
mod tests;

/// A text to train on.
#[derive(Clone, PartialEq, Debug)]
pub struct Corpus {
    /// The whole text: documents joined, line ends LF, marks and rare characters gone, as the options say.
    pub text: String,
    /// SHA-256 of the bytes of `text`.
    pub sha256: [u8; 32],
    /// The characters of `text` with their counts.
    pub survey: Survey,
    /// Where it came from.
    pub source: Source,
    /// What a run records to find it again; never [`Choice::Default`].
    pub choice: Choice,
    /// Files that hold something.
    pub documents: usize,
    /// The text came from a pipe and cannot be read again: a run keeps a copy of `text` for [`Request::run_copy`].
    pub keep_copy: bool,
    /// The entropy rate of the process that wrote the text, in nats per character: no model's mean loss on such text
    /// can be lower. Known for the built-in text only; exact but for rounding.
    pub entropy_floor: Option<f64>,
    /// What the user should know of how the text was found and read; empty if all went as usual.
    pub notes: Vec<Note>,
}

/// Who has what rights in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rights {
    /// Who wrote or collected it, and where.
    pub source: &'static str,
    /// Its licence.
    pub licence: &'static str,
}

impl Corpus {
    /// What is known of the rights in the program's own texts, also where a user has them as files.
    pub fn rights(&self) -> Option<Rights> {
        if self.sha256 == TINY_SHAKESPEARE.sha256 {
            return Some(Rights {
                source: "plays of William Shakespeare, as collected by Andrej Karpathy for char-rnn",
                licence: "public domain",
            });
        }
        (self.source == Source::BuiltIn).then_some(Rights {
            source: "written by the trainer itself",
            licence: "MIT OR Apache-2.0",
        })
    }
}

/// What to load.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Which text.
    pub choice: &'a Choice,
    /// How it is read.
    pub options: &'a Options,
    /// Set when the choice is one that a run recorded: where the run keeps a copy of a text that cannot be read again.
    /// The file need not exist.
    pub run_copy: Option<&'a Path>,
    /// Directory of the cache, usually from [`cache_directory`]; it need not exist. `None`: nothing is kept.
    pub cache: Option<&'a Path>,
    /// Never use the network, usually from [`offline`]. The cache is still read.
    pub offline: bool,
}

/// Why there is no text to train on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// `--data` chooses no text.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// What was named is no text that can be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A run's text is no longer where it was.
    #[error("the text of this run was {} and is gone: say where it is now with --data", path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// A run's text came from a pipe, and the copy is gone.
    #[error(
        "the text of this run was standard input, and its copy {} is gone: give the text again with --data",
        copy.display()
    )]
    CopyGone {
        /// Where the copy was.
        copy: PathBuf,
    },
    /// It was asked for and cannot be had.
    #[error(
        "there is no Tiny Shakespeare: {why}. Connect once, save it as {place}, or choose another text: --data builtin, \
         --data FILE"
    )]
    NoShakespeare {
        /// What was tried.
        why: String,
        /// Where a copy would be found.
        place: String,
    },
}

/// Reads the chosen text, in time and memory in proportion to it: while it reads, a text is in memory once (UTF-16 twice).
///
/// `progress` is called every few megabytes with the bytes read, and with those there are if that is known. Without the
/// cache [`Choice::Default`] and [`Choice::Shakespeare`] may wait for the network: 5 s for a connection, 30 s in all.
/// Nothing is printed.
///
/// # Errors
/// [`CorpusError`]. [`Choice::Default`] and [`Choice::Builtin`] never fail.
pub fn load(
    request: &Request<'_>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Corpus, CorpusError> {
    load::load_from(request, &TINY_SHAKESPEARE, &mut io::stdin(), progress)
}

/// The stage dialogue that this program writes itself: a million characters of ASCII, always the same.
///
/// No model's expected loss on it is below [`Corpus::entropy_floor`], 0.405 nats per character.
pub fn built_in() -> Corpus {
    load::built_in()
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

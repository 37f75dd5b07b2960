//! Where the training text comes from.
//!
//! [`load`] takes the first of these that is there: the file that the user named; Tiny Shakespeare from the cache;
//! Tiny Shakespeare from the network; a stage dialogue that this program writes itself. Only the first one can fail:
//! without a file there is always something to train on, and [`Corpus::notes`] says why it was not the usual text.
//!
//! | module | subject |
//! |---|---|
//! | `file` | the user's own text, and everything that can be wrong with it |
//! | `cache` | the copy of Tiny Shakespeare in the user's cache directory |
//! | `download` | Tiny Shakespeare from the network, bounded in time and size |
//! | `builtin` | the text that this program writes itself, and its entropy |

use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use cache::cache_directory;
pub use file::FileError;

mod builtin;
mod cache;
mod download;
mod file;
#[cfg(test)]
mod tests;

/// A text to train on.
#[derive(Clone, PartialEq, Debug)]
pub struct Corpus {
    /// The whole text, as it was found: line ends and letter case are not touched.
    pub text: String,
    /// SHA-256 of the bytes of `text`.
    pub sha256: [u8; 32],
    /// Where it came from.
    pub source: Source,
    /// The entropy rate of the process that wrote the text, in nats per character: no model's mean loss on such text
    /// can be lower. Known for the built-in text only; exact but for rounding.
    pub entropy_floor: Option<f64>,
    /// What the user should know of how the text was found, one sentence each; empty if all went as usual.
    pub notes: Vec<String>,
}

/// Where a text came from. Its `Display` is meant for the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A file that the user named.
    File(PathBuf),
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

/// What to load.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The user's own file. If it is given, nothing else is tried.
    pub data: Option<&'a Path>,
    /// Directory of the cache, usually from [`cache_directory`]; it need not exist. `None`: nothing is kept.
    pub cache: Option<&'a Path>,
    /// Never use the network. The cache is still read.
    pub offline: bool,
    /// The fewest characters that are of use to the caller.
    pub min_chars: usize,
}

/// Why there is no text to train on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// The user's file is no text that can be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is a text, but too little of it.
    #[error(
        "{text} has {have} characters, training needs at least {need}: give a longer text or a shorter context"
    )]
    TooShort {
        /// Which text.
        text: Source,
        /// Characters that [`Request::min_chars`] asked for.
        need: usize,
        /// Characters there are.
        have: usize,
    },
}

/// Finds a text to train on; see the [module](self) for the order of search.
///
/// Without the cache it may wait for the network: 5 s for a connection, 30 s in all. Nothing is printed.
///
/// # Errors
///
/// [`CorpusError::File`] if [`Request::data`] cannot be read as UTF-8 text, and [`CorpusError::TooShort`] if the text
/// has fewer than [`Request::min_chars`] characters.
pub fn load(request: &Request<'_>) -> Result<Corpus, CorpusError> {
    load_from(request, &download::TINY_SHAKESPEARE)
}

/// The stage dialogue that this program writes itself: a million characters of ASCII, always the same.
///
/// No model's expected loss on it is below [`Corpus::entropy_floor`], 0.405 nats per character.
pub fn built_in() -> Corpus {
    let text = builtin::text();
    let entropy_floor = Some(builtin::entropy_floor());
    Corpus {
        sha256: sha256(text.as_bytes()),
        text,
        source: Source::BuiltIn,
        entropy_floor,
        notes: Vec::new(),
    }
}

/// [`load`], with a network that tests can replace.
fn load_from(request: &Request<'_>, remote: &download::Remote<'_>) -> Result<Corpus, CorpusError> {
    let corpus = match request.data {
        Some(path) => found(file::read(path)?, Source::File(path.to_path_buf())),
        None => usual(request, remote),
    };
    let have = corpus.text.chars().count();
    if have < request.min_chars {
        return Err(CorpusError::TooShort {
            text: corpus.source,
            need: request.min_chars,
            have,
        });
    }
    Ok(corpus)
}

/// Tiny Shakespeare if it can be had, or else the built-in text.
fn usual(request: &Request<'_>, remote: &download::Remote<'_>) -> Corpus {
    let mut notes = Vec::new();
    if let Some(directory) = request.cache {
        match cache::read(directory, remote) {
            Ok(Some((text, path))) => return found(text, Source::Cache(path)),
            Ok(None) => {}
            Err(error) => notes.push(error.to_string()),
        }
    }
    if request.offline {
        notes.push(
            "The network was not used, because the program was told to stay offline.".to_owned(),
        );
        return Corpus {
            notes,
            ..built_in()
        };
    }
    let text = match download::fetch(remote) {
        Ok(text) => text,
        Err(error) => {
            notes.push(format!("Tiny Shakespeare was not downloaded: {error}."));
            return Corpus {
                notes,
                ..built_in()
            };
        }
    };
    let kept = request
        .cache
        .and_then(|directory| match cache::write(directory, &text) {
            Ok(path) => Some(path),
            Err(error) => {
                notes.push(error.to_string());
                None
            }
        });
    Corpus {
        notes,
        ..found(
            text,
            Source::Download {
                url: remote.url.to_owned(),
                kept,
            },
        )
    }
}

fn found(text: String, source: Source) -> Corpus {
    Corpus {
        sha256: sha256(text.as_bytes()),
        text,
        source,
        entropy_floor: None,
        notes: Vec::new(),
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => write!(f, "the file {}", path.display()),
            Source::Cache(path) => write!(f, "the cached Tiny Shakespeare at {}", path.display()),
            Source::Download { url, .. } => write!(f, "the Tiny Shakespeare downloaded from {url}"),
            Source::BuiltIn => f.write_str("the built-in stage dialogue"),
        }
    }
}

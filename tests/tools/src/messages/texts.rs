//! The messages: one a line.

use std::fs;
use std::path::{Path, PathBuf};

/// Where messages to train and to measure lie beside a checkout.
pub const SHARED: &str = "../shared/data/messages";

/// Messages of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Messages {
    /// The file's name, without its end.
    pub name: String,
    /// None is empty.
    pub messages: Vec<String>,
}

/// No messages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// Nothing in it.
    #[error("{}: no messages, which are lines that are not empty", .0.display())]
    Empty(PathBuf),
    /// No file is named and none is beside the checkout.
    #[error(
        "no messages: name a file with a message on each line, with --text FILE and --train FILE"
    )]
    None,
}

/// The messages of `files`; without any, those of [`SHARED`] that no model has seen; where those are not, [`documents`].
///
/// # Errors
/// [`TextError`].
pub fn lines(files: &[PathBuf]) -> Result<Vec<String>, TextError> {
    match Messages::all(files, "-test.txt") {
        Ok(found) => Ok(found.into_iter().flat_map(|file| file.messages).collect()),
        Err(TextError::None) => documents(),
        Err(error) => Err(error),
    }
}

/// The lines of this repository's documents.
///
/// # Errors
/// [`TextError`].
pub fn documents() -> Result<Vec<String>, TextError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let found = Messages::all(&in_folder(&folder, ".md"), ".md")?;
    Ok(found.into_iter().flat_map(|file| file.messages).collect())
}

/// The files of a folder whose names end in `suffix`, sorted.
fn in_folder(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().ends_with(suffix))
    });
    files.sort();
    files
}

impl Messages {
    /// Reads a file of UTF-8.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn read(path: &Path) -> Result<Self, TextError> {
        let text = fs::read_to_string(path).map_err(|error| TextError::Read {
            path: path.to_owned(),
            error,
        })?;
        let lines = text.lines().filter(|line| !line.is_empty());
        let messages: Vec<String> = lines.map(String::from).collect();
        if messages.is_empty() {
            return Err(TextError::Empty(path.to_owned()));
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.into_owned(),
            messages,
        })
    }

    /// Reads `files`; without any, those beside the checkout whose names end in `suffix`.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn all(files: &[PathBuf], suffix: &str) -> Result<Vec<Self>, TextError> {
        let mut files = files.to_vec();
        if files.is_empty() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../..")
                .join(SHARED);
            files = in_folder(&folder, suffix);
        }
        if files.is_empty() {
            return Err(TextError::None);
        }
        files.iter().map(|path| Self::read(path)).collect()
    }
}

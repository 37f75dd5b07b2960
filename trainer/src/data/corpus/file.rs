//! What can be wrong with a file or a pipe that should be a text.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Something to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A file, a pipe or a device.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// Why a file is no text to train on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// There is nothing of that name.
    #[error("there is no file or folder {}: check the name given with --data", path.display())]
    Missing {
        /// The name that was given.
        path: PathBuf,
    },
    /// The system does not let us read it.
    #[error("{input} cannot be read ({source}): check its permissions")]
    Unreadable {
        /// What was read.
        input: Input,
        /// What the system said.
        source: io::Error,
    },
    /// A folder without texts.
    #[error("{} has no text file in it: name a folder with texts, or one file", path.display())]
    NoText {
        /// The folder.
        path: PathBuf,
    },
    /// There is nothing in it.
    #[error("{input} is empty: there is nothing to train on")]
    Empty {
        /// What was read.
        input: Input,
    },
    /// It is longer than anyone needs.
    #[error("the text has more than {limit} bytes at {input}, the most that is read: give less")]
    TooLarge {
        /// Where the limit was passed.
        input: Input,
        /// The most that is read, in bytes.
        limit: usize,
    },
    /// There are NUL bytes in it.
    #[error(
        "{input} has a NUL byte at offset {offset}, which no text has: is this UTF-16? convert it with \
         `iconv -f UTF-16 -t UTF-8`"
    )]
    Nul {
        /// What was read.
        input: Input,
        /// Bytes before the first NUL.
        offset: usize,
    },
    /// It is not UTF-8.
    #[error(
        "{input} is not UTF-8 text, from byte {offset} in line {line} on: is this Latin-1? convert it with \
         `iconv -f LATIN1 -t UTF-8`"
    )]
    NotUtf8 {
        /// What was read.
        input: Input,
        /// Bytes before the first one that is wrong.
        offset: usize,
        /// The line it stands in, from 1.
        line: usize,
    },
    /// It begins with the mark of UTF-16 and is none.
    #[error("{input} begins like UTF-16 text and is none from byte {offset} on: save it as UTF-8")]
    NotUtf16 {
        /// What was read.
        input: Input,
        /// Bytes before the first one that is wrong.
        offset: usize,
    },
}

impl FileError {
    /// What the system's answer to `path` means, for `map_err`.
    pub(super) fn of(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path },
            _ => Self::Unreadable {
                input: Input::Path(path),
                source,
            },
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

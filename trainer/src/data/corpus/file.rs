//! The user's own text, and everything that can be wrong with it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A character model of this size learns nothing from more, and a device that never ends must not fill the memory.
const MAX_BYTES: u64 = 1 << 30;

/// Why a file that the user named is no text to train on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// There is nothing of that name.
    #[error("there is no file {}: check the name, or leave out --data to train on the usual text", path.display())]
    Missing {
        /// The name that was given.
        path: PathBuf,
    },
    /// The name is that of a directory.
    #[error("{} is a directory: name one text file in it", path.display())]
    Directory {
        /// The name that was given.
        path: PathBuf,
    },
    /// The system does not let us read it.
    #[error("{} cannot be read ({source}): check its permissions", path.display())]
    Unreadable {
        /// The name that was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("{} is empty: there is nothing to train on", path.display())]
    Empty {
        /// The name that was given.
        path: PathBuf,
    },
    /// It is longer than anyone needs.
    #[error("{} has more than {limit} bytes, the most that is read: cut it", path.display())]
    TooLarge {
        /// The name that was given.
        path: PathBuf,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// It is not UTF-8.
    #[error("{} is not UTF-8 text, from byte {offset} on: save it as UTF-8", path.display())]
    NotUtf8 {
        /// The name that was given.
        path: PathBuf,
        /// Bytes before the first one that is wrong.
        offset: usize,
    },
}

/// Reads a text, which may also be a pipe.
///
/// # Errors
///
/// Says of `path` what of [`FileError`] is the matter.
pub(super) fn read(path: &Path) -> Result<String, FileError> {
    read_at_most(path, MAX_BYTES)
}

fn read_at_most(path: &Path, limit: u64) -> Result<String, FileError> {
    let owned = || path.to_path_buf();
    // Asked first, because opening a directory succeeds on some systems and is "access denied" on others.
    if path.is_dir() {
        return Err(FileError::Directory { path: owned() });
    }
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => FileError::Missing { path: owned() },
        _ => FileError::Unreadable {
            path: owned(),
            source,
        },
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.is_empty() {
        return Err(FileError::Empty { path: owned() });
    }
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge {
            path: owned(),
            limit,
        });
    }
    String::from_utf8(bytes).map_err(|error| FileError::NotUtf8 {
        path: owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::tempdir;

    use super::*;

    fn message(path: &Path, limit: u64) -> String {
        read_at_most(path, limit)
            .expect_err("should be refused")
            .to_string()
    }

    #[test]
    fn a_text_is_read_as_it_stands() {
        let directory = tempdir().unwrap();
        let path = directory.path().join("mine.txt");
        fs::write(&path, "Grüße,\r\n\tWelt\n").unwrap();
        assert_eq!(read(&path).unwrap(), "Grüße,\r\n\tWelt\n");
    }

    #[test]
    fn a_refusal_names_the_file_and_what_to_do() {
        let directory = tempdir().unwrap();
        let missing = directory.path().join("missing.txt");
        assert_eq!(
            message(&missing, 10),
            format!(
                "there is no file {}: check the name, or leave out --data to train on the usual text",
                missing.display()
            )
        );
        assert_eq!(
            message(directory.path(), 10),
            format!(
                "{} is a directory: name one text file in it",
                directory.path().display()
            )
        );
        let path = directory.path().join("mine.txt");
        fs::write(&path, "").unwrap();
        assert_eq!(
            message(&path, 10),
            format!("{} is empty: there is nothing to train on", path.display())
        );
        fs::write(&path, b"caf\xe9 latte").unwrap();
        assert_eq!(
            message(&path, 10),
            format!(
                "{} is not UTF-8 text, from byte 3 on: save it as UTF-8",
                path.display()
            )
        );
        fs::write(&path, "eleven char").unwrap();
        assert_eq!(
            message(&path, 10),
            format!(
                "{} has more than 10 bytes, the most that is read: cut it",
                path.display()
            )
        );
    }

    #[test]
    fn a_file_below_a_file_cannot_be_read() {
        let directory = tempdir().unwrap();
        let path = directory.path().join("mine.txt");
        fs::write(&path, "text").unwrap();
        let error = read(&path.join("below")).unwrap_err();
        // Linux calls this "not a directory", which is not the same as missing.
        assert!(
            matches!(
                error,
                FileError::Unreadable { .. } | FileError::Missing { .. }
            ),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_permission_cannot_be_read() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempdir().unwrap();
        let path = directory.path().join("mine.txt");
        fs::write(&path, "text").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        // The superuser reads everything.
        if File::open(&path).is_err() {
            assert!(message(&path, 10).ends_with("check its permissions"));
        }
    }
}

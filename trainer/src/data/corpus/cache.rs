//! The copy of Tiny Shakespeare in the user's cache directory.
//!
//! A copy is used only if its SHA-256 is right.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::download::Remote;
use super::{hex, sha256};
use crate::util::files::{FileError, write_whole};

/// Name of the copy.
pub(super) const FILE: &str = "tiny-shakespeare.txt";

/// What is wrong with the cache. Never fatal: the user reads it as a note.
#[derive(Debug, thiserror::Error)]
pub(super) enum CacheError {
    #[error("The cached text {} cannot be read ({source}); it is not used.", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("The cached text {} is damaged (SHA-256 {found}, expected {expected}); it is not used.", path.display())]
    Damaged {
        path: PathBuf,
        found: String,
        expected: String,
    },
    #[error("The text could not be kept in {} ({source}); the next run will download it again.", directory.display())]
    NotKept {
        directory: PathBuf,
        source: FileError,
    },
}

/// The directory where this program keeps what it downloads; it need not exist.
///
/// `AUTARKY_CACHE` names it, or else it is `autarky` in the user's cache directory: `$XDG_CACHE_HOME` or `~/.cache`,
/// on macOS `~/Library/Caches`, on Windows `%LOCALAPPDATA%`. `None` if the user has no home directory.
pub fn cache_directory() -> Option<PathBuf> {
    directory_from(|name| env::var_os(name), env::home_dir())
}

fn directory_from(
    variable: impl Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
) -> Option<PathBuf> {
    let set = |name| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    // The XDG specification asks to ignore a relative path.
    let absolute = |name| set(name).filter(|path| path.is_absolute());
    let of_user = || match env::consts::OS {
        "macos" => home.map(|home| home.join("Library").join("Caches")),
        "windows" => absolute("LOCALAPPDATA"),
        _ => absolute("XDG_CACHE_HOME").or_else(|| home.map(|home| home.join(".cache"))),
    };
    set("AUTARKY_CACHE").or_else(|| of_user().map(|directory| directory.join("autarky")))
}

/// The cached text and its path, or `None` if nothing is cached.
///
/// # Errors
///
/// [`CacheError::Unreadable`], or [`CacheError::Damaged`] if it is not the text that `remote` promises.
pub(super) fn read(
    directory: &Path,
    remote: &Remote<'_>,
) -> Result<Option<(String, PathBuf)>, CacheError> {
    let path = directory.join(FILE);
    let mut bytes = Vec::new();
    let size =
        File::open(&path).and_then(|file| file.take(remote.max_bytes + 1).read_to_end(&mut bytes));
    if let Err(source) = size {
        let nothing = matches!(
            source.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        );
        return if nothing {
            Ok(None)
        } else {
            Err(CacheError::Unreadable { path, source })
        };
    }
    let found = sha256(&bytes);
    match String::from_utf8(bytes) {
        Ok(text) if found == remote.sha256 => Ok(Some((text, path))),
        _ => Err(CacheError::Damaged {
            path,
            found: hex(&found),
            expected: hex(&remote.sha256),
        }),
    }
}

/// Keeps a text and returns its path. Whatever was there is replaced.
///
/// # Errors
///
/// [`CacheError::NotKept`] if the directory cannot be made or written.
pub(super) fn write(directory: &Path, text: &str) -> Result<PathBuf, CacheError> {
    let path = directory.join(FILE);
    let not_kept = |source| CacheError::NotKept {
        directory: directory.to_path_buf(),
        source,
    };
    fs::create_dir_all(directory)
        .map_err(|source| not_kept(FileError::new("make the folder", directory)(source)))?;
    write_whole(&path, text.as_bytes()).map_err(not_kept)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(variables: &[(&str, &str)], home: &str) -> Option<PathBuf> {
        let find = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.into())
        };
        directory_from(find, (!home.is_empty()).then(|| home.into()))
    }

    #[test]
    fn the_environment_can_name_the_cache() {
        assert_eq!(
            directory(&[("AUTARKY_CACHE", "here")], "/home/me"),
            Some("here".into())
        );
        assert_eq!(directory(&[("AUTARKY_CACHE", "")], ""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_cache_is_where_linux_users_expect_it() {
        assert_eq!(
            directory(&[], "/home/me"),
            Some("/home/me/.cache/autarky".into())
        );
        assert_eq!(
            directory(&[("XDG_CACHE_HOME", "/fast")], "/home/me"),
            Some("/fast/autarky".into())
        );
        assert_eq!(
            directory(&[("XDG_CACHE_HOME", "not/absolute")], "/home/me"),
            Some("/home/me/.cache/autarky".into())
        );
    }
}

//! Files that are either whole or not there.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Once;

use super::terminal::say;

/// What could not be done with which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", .path.display())]
pub struct FileError {
    /// What was tried: "read", "write".
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    /// For `map_err`.
    pub fn new(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self {
            action,
            path,
            source,
        }
    }
}

/// Writes `bytes` to a temporary file beside `path`, flushes it to the disk and renames it: whatever happens, `path`
/// holds what it held before or all of `bytes`. The file has the permissions that the umask leaves.
///
/// # Errors
/// [`FileError`] when any of these steps fails; the temporary file is then removed.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    replace(path, None, bytes).map_err(FileError::new("write", path))
}

/// As [`write_whole`]; what was at `path` is kept at `previous`. An interruption between the two renames leaves it there
/// alone.
///
/// # Errors
/// As [`write_whole`].
pub fn write_keeping(path: &Path, previous: &Path, bytes: &[u8]) -> Result<(), FileError> {
    replace(path, Some(previous), bytes).map_err(FileError::new("write", path))
}

fn replace(path: &Path, previous: Option<&Path>, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".writing-");
    // A temporary file is private to its owner; what it becomes is an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    flushed(temporary.as_file().sync_all(), path)?;
    match previous.map(|previous| std::fs::rename(path, previous)) {
        // There is none yet.
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    temporary.persist(path)?;
    // The rename itself must reach the disk too.
    if cfg!(unix) {
        flushed(
            File::open(folder).and_then(|folder| folder.sync_all()),
            folder,
        )?;
    }
    Ok(())
}

/// A flush to the disk, forgiven where the file system has none: it protects from a loss of power only. Said once.
fn flushed(result: io::Result<()>, path: &Path) -> io::Result<()> {
    static SAID: Once = Once::new();
    match result {
        Err(error) if is_unsupported(&error) => {
            SAID.call_once(|| {
                say(format_args!(
                    "note: the file system of {} does not flush files to the disk ({error}): a loss of power may lose \
                     the last ones",
                    path.display()
                ));
            });
            Ok(())
        }
        result => result,
    }
}

/// Whether an error says that a file system lacks an operation, as network and USB ones do, rather than that it failed.
pub fn is_unsupported(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use nix::errno::Errno;
        let lacking = [
            Errno::EINVAL,
            Errno::ENOSYS,
            Errno::EOPNOTSUPP,
            Errno::ENOTSUP,
            Errno::ENOLCK,
            Errno::EBADF,
            Errno::EISDIR,
            Errno::EPERM,
            Errno::EACCES,
        ];
        let code = error.raw_os_error();
        lacking.iter().any(|errno| code == Some(*errno as i32))
    }
    #[cfg(not(unix))]
    {
        use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
        matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported)
    }
}

/// The bytes of a file.
///
/// # Errors
/// [`FileError`] naming it.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(FileError::new("read", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.aut");
        write_whole(&path, b"first").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_file_before_is_kept_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let [path, previous] = ["new.bin", "old.bin"].map(|name| folder.path().join(name));
        for bytes in [b"first", b"other", b"third"] {
            write_keeping(&path, &previous, bytes).unwrap();
        }
        assert_eq!(read(&path).unwrap(), b"third");
        assert_eq!(read(&previous).unwrap(), b"other");
    }

    #[test]
    fn a_missing_operation_is_not_a_failure() {
        let path = Path::new("x");
        #[cfg(unix)]
        for (errno, forgiven) in [(22, true), (5, false), (28, false)] {
            let result = flushed(Err(io::Error::from_raw_os_error(errno)), path);
            assert_eq!(result.is_ok(), forgiven, "{errno}");
        }
    }

    #[test]
    fn errors_name_the_file() {
        let error = write_whole(Path::new("/nowhere/at/all/model.aut"), b"")
            .unwrap_err()
            .to_string();
        assert!(error.contains("/nowhere/at/all/model.aut"), "{error}");
    }
}

//! From files and folders to the files that are read.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::clean::{Encoding, encoding};
use super::file::FileError;

/// The files of a text, in the order of reading.
#[derive(PartialEq, Eq, Default, Debug)]
pub(super) struct Listing {
    /// These are read.
    pub(super) files: Vec<PathBuf>,
    /// Bytes of them all, as far as the system knows.
    pub(super) bytes: u64,
    /// Some of them cannot be read a second time.
    pub(super) once: bool,
    /// Files of a folder that hold no text.
    pub(super) not_text: Vec<PathBuf>,
    /// Files that came up again and are read once.
    pub(super) repeated: Vec<PathBuf>,
}

/// Lists `paths` in their order: a file as it is, a folder as the text files in and below it, sorted by name. What is
/// hidden or no regular file is passed over, links to folders too.
///
/// # Errors
/// [`FileError`] of what cannot be read.
pub(super) fn list(paths: &[PathBuf]) -> Result<Listing, FileError> {
    let mut listing = Listing::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        let about = fs::metadata(path).map_err(FileError::of(path))?;
        if !about.is_dir() {
            listing.once |= !about.is_file() || is_a_view(path);
            listing.add(&mut seen, path.clone());
            continue;
        }
        let visible = |entry: &walkdir::DirEntry| {
            entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
        };
        let walk = WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(visible) {
            let entry = entry.map_err(|error| {
                let at = error.path().unwrap_or(path).to_owned();
                FileError::of(&at)(error.into())
            })?;
            // Through links, unlike the entry's own type.
            if !entry.path().is_file() {
                continue;
            }
            if is_text(entry.path())? {
                listing.add(&mut seen, entry.into_path());
            } else {
                listing.not_text.push(entry.into_path());
            }
        }
    }
    if listing.files.is_empty() {
        let path = paths.first().cloned().unwrap_or_default();
        return Err(FileError::NoText { path });
    }
    Ok(listing)
}

impl Listing {
    fn add(&mut self, seen: &mut BTreeSet<PathBuf>, file: PathBuf) {
        let real = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
        if seen.insert(real) {
            self.bytes += fs::metadata(&file).map_or(0, |about| about.len());
            self.files.push(file);
        } else {
            self.repeated.push(file);
        }
    }
}

/// Names such as `/dev/stdin` lead to another file next time.
fn is_a_view(path: &Path) -> bool {
    cfg!(unix) && (path.starts_with("/dev") || path.starts_with("/proc"))
}

/// As git and ripgrep tell: no NUL byte in the first few thousand, but UTF-16 with a mark is text.
fn is_text(path: &Path) -> Result<bool, FileError> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(8192).read_to_end(&mut start))
        .map_err(FileError::of(path))?;
    Ok(!start.contains(&0) || matches!(encoding(&start), Encoding::Utf16 { .. }))
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;

    #[test]
    fn a_folder_is_its_text_files_sorted_by_name() {
        let home = tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        for folder in ["books/b", "books/.git", "empty"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for (name, bytes) in [
            ("books/c.txt", "see"),
            ("books/a.md", "eh"),
            ("books/b/2", "two"),
            ("books/b/10", "ten"),
            ("books/.hidden", "no"),
            ("books/.git/config", "no"),
            ("books/b/image.png", "\u{89}PNG\0"),
            ("first.txt", "first"),
        ] {
            fs::write(at(name), bytes).unwrap();
        }
        fs::write(at("books/wide.txt"), b"\xFF\xFEa\0").unwrap();

        let listing = list(&[at("first.txt"), at("books"), at("books/b/2")]).unwrap();
        let books = [
            "books/a.md",
            "books/b/10",
            "books/b/2",
            "books/c.txt",
            "books/wide.txt",
        ];
        let files: Vec<_> = [at("first.txt")].into_iter().chain(books.map(at)).collect();
        assert_eq!(listing.files, files);
        assert_eq!((listing.bytes, listing.once), (20, false));
        assert_eq!(listing.not_text, [at("books/b/image.png")]);
        assert_eq!(listing.repeated, [at("books/b/2")]);

        let error = list(&[at("empty")]).unwrap_err().to_string();
        assert!(
            error.contains("empty") && error.contains("no text file"),
            "{error}"
        );
        let error = list(&[at("books"), at("gone")]).unwrap_err();
        assert!(matches!(error, FileError::Missing { .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_followed_and_loops_are_not() {
        let home = tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        fs::create_dir(at("books")).unwrap();
        fs::write(at("elsewhere.txt"), "text").unwrap();
        std::os::unix::fs::symlink(at("elsewhere.txt"), at("books/link.txt")).unwrap();
        std::os::unix::fs::symlink(at("books"), at("books/loop")).unwrap();
        let listing = list(&[at("books")]).unwrap();
        assert_eq!(listing.files, [at("books/link.txt")]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_read_once_is_known() {
        assert!(list(&["/dev/null".into()]).unwrap().once);
    }
}

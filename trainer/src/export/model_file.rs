//! Model files on disk, and what can be said about one.

use crate::util::files::{self, FileError};
use formats::{Model, ParseError};
use std::path::{Path, PathBuf};

/// What a checkpoint of this trainer starts with. Here, so that one that is taken for a model is named.
pub const CHECKPOINT_MAGIC: &[u8; 8] = b"AUTCKPT1";

/// A model file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is a checkpoint.
    #[error(
        "{} is a checkpoint, not a model file: make one with cargo run -p trainer -- export RUN --out FILE",
        .0.display()
    )]
    Checkpoint(PathBuf),
    /// It is no model that this build can run.
    #[error("{}: {source}", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ParseError,
    },
}

/// The bytes of a model file that [`Model::parse`] accepts.
#[derive(Clone, Debug)]
pub struct ModelFile(Vec<u8>);

impl ModelFile {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ModelFileError`] naming the file.
    pub fn read(path: &Path) -> Result<Self, ModelFileError> {
        let bytes = files::read(path)?;
        if bytes.starts_with(CHECKPOINT_MAGIC) {
            return Err(ModelFileError::Checkpoint(path.to_owned()));
        }
        Self::new(bytes).map_err(|source| ModelFileError::Parse {
            path: path.to_owned(),
            source,
        })
    }

    /// Checks the bytes of a file.
    ///
    /// # Errors
    /// What [`Model::parse`] finds.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ParseError> {
        Model::parse(&bytes)?;
        Ok(Self(bytes))
    }

    /// The model in it. Checks the bytes again, which takes a millisecond.
    pub fn model(&self) -> Model<'_> {
        Model::parse(&self.0).expect("checked when it was read")
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Shares of -1, 0 and 1 among the trits of all planes of packed matrices, without the padding to whole tiles.
///
/// `rows` and `cols` are those of each of the `count` matrices of `trits` planes that `packed` holds.
pub fn trit_shares(packed: &[u8], rows: usize, cols: usize) -> [f64; 3] {
    use formats::trits::{byte_index, field, plane_bytes, tile_row_bytes};
    let mut counts = [0u64; 4];
    for plane in packed.chunks(plane_bytes(rows, cols)) {
        for row in 0..rows {
            for col in 0..cols {
                let byte = plane[byte_index(tile_row_bytes(cols), row, col)];
                counts[usize::from(field(byte, col))] += 1;
            }
        }
    }
    let total: u64 = counts.iter().sum();
    [0, 1, 2].map(|i| counts[i] as f64 / total.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_do_not_count_the_padding() {
        let packed = formats::trits::pack(&[-1, -1, 0, 1], 1, 4, 1);
        assert_eq!(trit_shares(&packed, 1, 4), [0.5, 0.25, 0.25]);
        let packed = formats::trits::pack(&[1; 15], 3, 5, 1);
        assert_eq!(trit_shares(&packed, 3, 5), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_file_that_is_no_model_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "x".repeat(100)).unwrap();
        let error = ModelFile::read(&path).unwrap_err().to_string();
        assert!(
            error.contains("notes.txt") && error.contains("not an Autarky model file"),
            "{error}"
        );
    }
}

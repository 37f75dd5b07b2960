//! What keeps `train` from a trained model.

use super::generate::GenerateError;
use crate::config::ConfigError;
use crate::config::backend::BackendError;
use crate::data::corpus::CorpusError;
use crate::data::dataset::DatasetError;
use crate::train::distill::TeacherError;
use crate::train::run::TrainError;
use crate::train::run_dir::RunError;
use crate::train::trainer::TrainerError;
use crate::util::files::FileError;
use formats::write::WriteError;
use std::io;
use std::path::PathBuf;

/// Why there is no trained model.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant passes on what it is named after")]
pub enum CommandError {
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error("cannot learn from {corpus}: {source}")]
    Text {
        corpus: String,
        source: DatasetError,
    },
    #[error(
        "the run in {} learns from {expected}, not from {found}: give the same text with --data FILE, or start a new run",
        .folder.display()
    )]
    OtherText {
        folder: PathBuf,
        expected: String,
        found: String,
    },
    #[error("the run in {} is complete: its {what} is {}", .folder.display(), .last.display())]
    Complete {
        folder: PathBuf,
        what: &'static str,
        last: PathBuf,
    },
    #[error("the path {} is not Unicode, which is all that the files of a run can hold: rename it", .0.display())]
    NotUnicode(PathBuf),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Trainer(#[from] TrainerError),
    #[error(transparent)]
    Teacher(#[from] TeacherError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(
        "no model file can hold this model, whatever it learns: {0}; try fewer layers, trits or channels"
    )]
    TooLarge(WriteError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Generate(#[from] GenerateError),
    #[error("cannot print: {0}")]
    Output(#[from] io::Error),
}

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
use crate::train::warm_start::WarmStartError;
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
    #[error(
        "the run in {} is complete: its {what} is {}; for more steps add --steps N, for another text start a new run with \
         --init {}",
        .folder.display(), .last.display(), .folder.display()
    )]
    Complete {
        folder: PathBuf,
        what: &'static str,
        last: PathBuf,
    },
    #[error("the path {} is not Unicode, which is all that the files of a run can hold: rename it", .0.display())]
    NotUnicode(PathBuf),
    #[error(
        "the run in {} has taken {taken} steps, which is not fewer than --steps {asked}: ask for more",
        .folder.display()
    )]
    NotMore {
        folder: PathBuf,
        taken: u64,
        asked: u64,
    },
    #[error(
        "stopped while it measured: the run in {} is trained, and its model written; to finish\n  cargo run -p trainer -- train \
         --resume {}",
        .0.display(), .0.display()
    )]
    Unmeasured(PathBuf),
    #[error(transparent)]
    Init(#[from] WarmStartError),
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

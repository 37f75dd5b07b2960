//! `export`: the model file of a run's checkpoint, without training.

use crate::cli::args::ExportArgs;
use crate::config::{Arithmetic, ConfigError};
use crate::export::build::export;
use crate::train::checkpoint::{CheckpointError, read_header, transformer};
use crate::train::run_dir::{RunDir, RunError};
use crate::util::files::{FileError, write_whole};
use formats::write::WriteError;
use std::path::PathBuf;

/// Why a checkpoint cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder holds no run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The checkpoint is missing or damaged.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Its configuration makes no model.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its numbers make no model.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The model file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is a float twin's.
    #[error("the run in {} has float arithmetic: no device runs such a model, so there is no model file of it", .0.display())]
    Float(PathBuf),
    /// The model file is there already.
    #[error("{} exists: choose another --out", .0.display())]
    Exists(PathBuf),
}

/// What `export` prints.
///
/// # Errors
/// [`ExportError`].
pub fn run(args: &ExportArgs) -> Result<String, ExportError> {
    if args.out.exists() {
        return Err(ExportError::Exists(args.out.clone()));
    }
    let folder = RunDir::open(&args.run);
    let (config, info) = folder.description()?;
    let checkpoint = args
        .checkpoint
        .clone()
        .unwrap_or_else(|| folder.result_checkpoint(config.train.keep));
    let header = read_header(&checkpoint)?;
    if header.config.model.arithmetic == Arithmetic::Float {
        return Err(ExportError::Float(args.run.clone()));
    }
    let dims = header.config.dims(header.vocab_size)?;
    let (_, model, _) = transformer(&checkpoint, &header.config, &dims)?;
    let weights = model.weights();
    let file = export(
        &weights,
        &dims,
        info.vocabulary.tokenizer(),
        &info.origin,
        header.step,
    )?;
    write_whole(&args.out, file.bytes())?;
    Ok(format!(
        "wrote {} ({} bytes) from step {} of {}\nmeasure it: cargo run -p trainer -- eval {0}\n",
        args.out.display(),
        file.bytes().len(),
        header.step,
        checkpoint.display(),
    ))
}

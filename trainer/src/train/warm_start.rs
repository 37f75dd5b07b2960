//! Weights of a finished run to begin another one with, on a text of the same vocabulary.

use crate::config::{Arithmetic, Config, ConfigError};
use crate::data::vocabulary::Vocabulary;
use crate::export::model_file::ModelFile;
use crate::model::transformer::Transformer;
use crate::train::checkpoint::{self, CheckpointError, read_header};
use crate::train::run_dir::{InitId, RunDir, RunError};
use std::path::{Path, PathBuf};

/// A run to begin with.
#[derive(Debug)]
pub struct WarmStart {
    /// How it was trained.
    pub config: Config,
    /// The preset or configuration file that it had.
    pub preset: String,
    /// Its vocabulary, which is that of the new run.
    pub vocabulary: Vocabulary,
    /// Which weights these are.
    pub id: InitId,
    /// The weights.
    pub model: Transformer,
}

/// Why no run can begin with these weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WarmStartError {
    /// There is no run, or a damaged one.
    #[error("--init: {0}; it takes the folder of a run, or one of the checkpoints in it")]
    Run(#[from] RunError),
    /// The weights cannot be read.
    #[error("--init: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Their configuration makes no model.
    #[error("--init: {0}")]
    Config(#[from] ConfigError),
    /// It is a model file.
    #[error(
        "--init: {} is a model file, which holds trits and not the weights that training goes on from: give the folder of \
         the run that made it",
        .0.display()
    )]
    ModelFile(PathBuf),
    /// The new run is to have another shape.
    #[error(
        "--init: the model in {} has another [model] section than this configuration: leave out --preset, --config and \
         --context to take its own",
        .0.display()
    )]
    Shape(PathBuf),
}

impl WarmStart {
    /// The result of the run in the folder `path`, or the weights of the checkpoint `path` in such a folder.
    ///
    /// # Errors
    /// [`WarmStartError`].
    pub fn load(path: &Path) -> Result<Self, WarmStartError> {
        let is_folder = path.is_dir();
        if !is_folder && ModelFile::read(path).is_ok() {
            return Err(WarmStartError::ModelFile(path.to_owned()));
        }
        let folder = if is_folder {
            RunDir::open(path)
        } else {
            RunDir::open(path.parent().unwrap_or(Path::new("")))
        };
        let (_, info) = folder.description()?;
        let checkpoint = if is_folder {
            let (config, _) = folder.description()?;
            folder.result_checkpoint(config.train.keep)
        } else {
            path.to_owned()
        };
        let header = read_header(&checkpoint)?;
        let config = header.config;
        let dims = config.dims(header.vocab_size)?;
        let (header, model, weights_sha256) = checkpoint::transformer(&checkpoint, &config, &dims)?;
        Ok(Self {
            preset: info.origin.preset,
            vocabulary: info.vocabulary,
            id: InitId {
                corpus: info.origin.corpus,
                steps: header.step,
                weights_sha256,
            },
            config,
            model,
        })
    }

    /// Whether a run of `config` can begin with these weights, which are in `path`.
    ///
    /// # Errors
    /// [`WarmStartError::Shape`].
    pub fn check(&self, config: &Config, path: &Path) -> Result<(), WarmStartError> {
        let shape = |config: &Config| {
            let mut model = config.model.clone();
            model.arithmetic = Arithmetic::Integer;
            model
        };
        if shape(config) == shape(&self.config) {
            Ok(())
        } else {
            Err(WarmStartError::Shape(path.to_owned()))
        }
    }
}

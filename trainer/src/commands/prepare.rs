//! What `train` needs before its first step: a new run, or an earlier one taken up again.

use super::train::CommandError;
use crate::backend::{Backend, BackendError};
use crate::cli::TrainArgs;
use crate::commands::obtain_corpus;
use crate::config::{Arithmetic, Config};
use crate::corpus::{Corpus, Source};
use crate::export::{Origin, this_trainer};
use crate::files;
use crate::gradients::Compute;
use crate::run::resume;
use crate::run_folder::{RunFolder, RunInfo};
use crate::session::Session;
use crate::teacher::Teachers;
use crate::text::Text;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What is trained when nothing is said.
const DEFAULT_PRESET: &str = "quick";

/// A run about to start or to go on.
#[derive(Debug)]
pub struct Prepared {
    /// The model, at the step that the run is at.
    pub session: Session,
    /// Its folder.
    pub folder: RunFolder,
    /// Keeps others out of the folder.
    pub lock: File,
    /// Where the text comes from.
    pub corpus: Corpus,
    /// The text.
    pub text: Text,
    /// What the folder says of the run.
    pub info: RunInfo,
}

/// A new run in a folder of its own.
///
/// # Errors
/// [`CommandError`]; there is no folder then, unless it cannot be written.
pub fn new(args: &TrainArgs) -> Result<Prepared, CommandError> {
    let (mut config, name) = configuration(args)?;
    // Absolute, so that the run can go on from another folder.
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    config.train.teachers = config.train.teachers.iter().map(absolute).collect();
    let compute = compute(args)?;
    let corpus = obtain_corpus(args.data.as_deref())?;
    let text = text(&corpus, &config)?;
    let session = session(&config, &text, compute)?;
    let info = RunInfo {
        characters: text.characters.clone(),
        origin: Origin {
            corpus: name_of(&corpus.source),
            corpus_sha256: corpus.sha256,
            preset: name.clone(),
            seed: config.train.seed,
            trainer: this_trainer(),
        },
        data: args.data.as_ref().map(absolute),
    };
    let folder = RunFolder::create(args.out.as_deref(), &name)?;
    let lock = folder.lock()?;
    folder.describe(&config, &info)?;
    Ok(Prepared {
        session,
        folder,
        lock,
        corpus,
        text,
        info,
    })
}

/// The run in the folder `path`, at its last checkpoint.
///
/// # Errors
/// [`CommandError`]; nothing is changed then.
pub fn resumed(args: &TrainArgs, path: &Path) -> Result<Prepared, CommandError> {
    let folder = RunFolder::open(path);
    let (config, info) = folder.description()?;
    let lock = folder.lock()?;
    let (what, last) = match config.model.arithmetic {
        Arithmetic::Integer => ("model", folder.model()),
        Arithmetic::Float => ("sample", folder.sample()),
    };
    if last.exists() {
        return Err(CommandError::Complete {
            folder: path.to_owned(),
            what,
            last,
        });
    }
    let compute = compute(args)?;
    let data: Option<PathBuf> = args.data.clone().or_else(|| info.data.clone());
    let corpus = obtain_corpus(data.as_deref())?;
    if corpus.sha256 != info.origin.corpus_sha256 {
        return Err(CommandError::OtherText {
            folder: path.to_owned(),
            expected: info.origin.corpus,
            found: corpus.source.to_string(),
        });
    }
    let text = text(&corpus, &config)?;
    let mut session = session(&config, &text, compute)?;
    resume(&mut session, &folder)?;
    Ok(Prepared {
        session,
        folder,
        lock,
        corpus,
        text,
        info,
    })
}

fn session(config: &Config, text: &Text, compute: Compute) -> Result<Session, CommandError> {
    let dims = config.dims(text.vocab())?;
    let mut session = Session::new(config.clone(), dims, text.train.clone(), compute)?;
    let train = &config.train;
    let teachers = Teachers::load(
        &train.teachers,
        &text.characters,
        dims.context,
        train.teacher_share,
    )?;
    session.learn_from(teachers);
    Ok(session)
}

fn compute(args: &TrainArgs) -> Result<Compute, BackendError> {
    let name = args.backend.as_deref().unwrap_or("flex");
    name.parse::<Backend>()?.compute()
}

fn text(corpus: &Corpus, config: &Config) -> Result<Text, CommandError> {
    Text::new(&corpus.text, config.model.context.into()).map_err(|source| CommandError::Text {
        corpus: corpus.source.to_string(),
        source,
    })
}

/// The text in words that do not depend on this machine, so that the model file does not either.
pub(crate) fn name_of(source: &Source) -> String {
    match source {
        Source::File(path) => path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        Source::Cache(_) | Source::Download { .. } => "Tiny Shakespeare".to_owned(),
        Source::BuiltIn => "built-in stage dialogue".to_owned(),
    }
}

/// The configuration that the arguments ask for, and its name.
fn configuration(args: &TrainArgs) -> Result<(Config, String), CommandError> {
    let (mut config, name) = match &args.config {
        Some(path) => {
            let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
            let name = path
                .file_stem()
                .map_or("config".into(), |stem| stem.to_string_lossy().into_owned());
            (Config::from_toml(&text)?, name)
        }
        None => {
            let name = args.preset.as_deref().unwrap_or(DEFAULT_PRESET);
            (Config::preset(name)?, name.to_owned())
        }
    };
    config.train.steps = args.steps.unwrap_or(config.train.steps);
    config.train.seed = args.seed.unwrap_or(config.train.seed);
    config.model.context = args.context.unwrap_or(config.model.context);
    config.check()?;
    Ok((config, name))
}

//! What `train` needs before its first step: a new run, or an earlier one taken up again.

use super::configure::configuration;
use super::error::CommandError;
use crate::cli::args::TrainArgs;
use crate::cli::text::Recorded;
use crate::config::backend::Compute;
use crate::config::backend::{Backend, BackendError};
use crate::config::{Arithmetic, Config, EVALUATED_TOKENS, VocabularyConfig};
use crate::data::corpus::{Choice, Corpus, Source};
use crate::data::dataset::{Dataset, DatasetError};
use crate::data::resegment::Splits;
use crate::data::vocabulary::Vocabulary;
use crate::export::build::{Origin, THIS_TRAINER, export};
use crate::model::transformer::Transformer;
use crate::train::distill::{Student, TeacherError, Teachers};
use crate::train::run::resume;
use crate::train::run_dir::{RunDir, RunInfo};
use crate::train::trainer::Trainer;
use crate::train::warm_start::WarmStart;
use crate::util::files::{FileError, write_whole};
use crate::util::progress::Progress;
use burn::tensor::Device;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A run about to start or to go on.
#[derive(Debug)]
pub struct Prepared {
    /// The model, at the step that the run is at.
    pub trainer: Trainer,
    /// Its folder.
    pub folder: RunDir,
    /// Keeps others out of the folder.
    pub lock: File,
    /// Where the text comes from; the characters themselves are gone.
    pub corpus: Corpus,
    /// The text.
    pub text: Dataset,
    /// What the folder says of the run.
    pub info: RunInfo,
}

/// A new run in a folder of its own.
///
/// # Errors
/// [`CommandError`]; there is no folder then, unless it cannot be written.
pub fn new(args: &TrainArgs) -> Result<Prepared, CommandError> {
    let init = args.init.as_deref().map(WarmStart::load).transpose()?;
    let (mut config, name) = configuration(args, init.as_ref())?;
    if let (Some(init), Some(path)) = (&init, &args.init) {
        init.check(&config, path)?;
    }
    // Absolute, so that the run can go on from another folder.
    config.train.teachers = absolute(&config.train.teachers)?;
    let compute = compute(args)?;
    let recorded = Recorded {
        documents: config.documents.clone(),
        ..Recorded::default()
    };
    let mut corpus = args.text.corpus(&recorded)?;
    let text = match &init {
        Some(init) => text_of(&mut corpus, &config, init.vocabulary.clone())?,
        None => text(&mut corpus, &config)?,
    };
    choose_eval_interval(&mut config, &text);
    let known = corpus.rights();
    let origin = Origin {
        corpus: name_of(&corpus.source),
        corpus_sha256: corpus.sha256,
        preset: name.clone(),
        seed: config.train.seed,
        trainer: THIS_TRAINER.to_owned(),
        source: (args.source.as_deref().or(known.map(|known| known.source)))
            .unwrap_or_default()
            .to_owned(),
        licence: (args.licence.as_deref().or(known.map(|known| known.licence)))
            .unwrap_or_default()
            .to_owned(),
    };
    if config.model.arithmetic == Arithmetic::Integer {
        // What no model file can hold is refused now, not after the last step.
        let dims = config.dims(text.vocab())?;
        let fresh = Transformer::fresh(Arithmetic::Integer, &dims, &Device::flex(), 1);
        export(&fresh.weights(), &dims, text.tokenizer(), &origin, 0)
            .map_err(CommandError::TooLarge)?;
    }
    let mut trainer = trainer(&config, &text, compute)?;
    let teachers = teachers(&config, &text, &corpus)?;
    let info = RunInfo {
        vocabulary: text.vocabulary.clone(),
        origin,
        data: corpus.choice.clone(),
        reading: args.text.options(&recorded),
        teachers: teachers.taught().to_vec(),
        init: init.as_ref().map(|init| init.id.clone()),
    };
    if let Some(init) = &init {
        trainer.start_from(&init.model, init.config.model.arithmetic);
    }
    trainer.learn_from(teachers);
    let folder = RunDir::create(args.out.as_deref(), &name)?;
    let lock = folder.lock()?;
    keep_copy(&folder, &mut corpus)?;
    folder.describe(&config, &info)?;
    Ok(Prepared {
        trainer,
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
    let folder = RunDir::open(path);
    let (mut config, mut info) = folder.description()?;
    if !args.teacher.is_empty() {
        config.train.teachers = absolute(&args.teacher)?;
    }
    let lock = folder.lock()?;
    let complete = folder.is_complete(config.model.arithmetic);
    if complete && args.steps.is_none() {
        let (what, last) = match config.model.arithmetic {
            Arithmetic::Integer => ("model", folder.model()),
            Arithmetic::Float => ("sample", folder.sample()),
        };
        return Err(CommandError::Complete {
            folder: path.to_owned(),
            what,
            last,
        });
    }
    config.train.keep = args.keep.unwrap_or(config.train.keep);
    config.train.patience = args.patience.unwrap_or(config.train.patience);
    config.train.steps = args.steps.unwrap_or(config.train.steps);
    let compute = compute(args)?;
    let recorded = recorded_text(&folder, &config, &info);
    let mut corpus = args.text.corpus(&recorded)?;
    if corpus.sha256 != info.origin.corpus_sha256 {
        return Err(CommandError::OtherText {
            folder: path.to_owned(),
            expected: info.origin.corpus,
            found: corpus.source.to_string(),
        });
    }
    // It may be somewhere else now; the next resumption finds it there.
    info.data = corpus.choice.clone();
    info.reading = args.text.options(&recorded);
    let text = text_of(&mut corpus, &config, info.vocabulary.clone())?;
    choose_eval_interval(&mut config, &text);
    config.check()?;
    let mut trainer = trainer(&config, &text, compute)?;
    resume(&mut trainer, &folder)?;
    if let Some(asked) = args.steps
        && asked <= trainer.steps()
    {
        return Err(CommandError::NotMore {
            folder: path.to_owned(),
            taken: trainer.steps(),
            asked,
        });
    }
    if trainer.steps() < config.train.steps {
        let teachers = teachers(&config, &text, &corpus)?;
        teachers.check(&config.train.teachers, &info.teachers)?;
        trainer.learn_from(teachers);
    }
    if complete {
        folder.set_result_aside(trainer.steps())?;
    }
    keep_copy(&folder, &mut corpus)?;
    folder.describe(&config, &info)?;
    Ok(Prepared {
        trainer,
        folder,
        lock,
        corpus,
        text,
        info,
    })
}

/// The text that a run records. Earlier versions recorded no more than a file, or the name of a text of the program's own.
pub(super) fn recorded_text(folder: &RunDir, config: &Config, info: &RunInfo) -> Recorded {
    let choice = match info.data {
        Choice::Default => Choice::named(&info.origin.corpus).unwrap_or_default(),
        ref choice => choice.clone(),
    };
    Recorded {
        choice,
        options: info.reading.clone(),
        copy: Some(folder.text()),
        documents: config.documents.clone(),
    }
}

/// What cannot be read again goes into the run's folder.
fn keep_copy(folder: &RunDir, corpus: &mut Corpus) -> Result<(), FileError> {
    if corpus.keep_copy {
        let text = std::mem::take(&mut corpus.text);
        write_whole(&folder.text(), text.as_bytes())?;
    }
    Ok(())
}

fn trainer(config: &Config, text: &Dataset, compute: Compute) -> Result<Trainer, CommandError> {
    let dims = config.dims(text.vocab())?;
    let mut trainer = Trainer::new(config.clone(), dims, text.train.clone(), compute)?;
    trainer.set_splits(Splits::new(&text.vocabulary));
    Ok(trainer)
}

fn teachers(config: &Config, text: &Dataset, corpus: &Corpus) -> Result<Teachers, TeacherError> {
    let student = Student {
        vocabulary: &text.vocabulary,
        corpus_sha256: corpus.sha256,
        context: config.model.context,
        document_start: match config.train.across_documents {
            true => None,
            false => text.train.document_start(),
        },
    };
    Teachers::load(
        &config.train.teachers,
        &student,
        config.train.distill_weight,
    )
}

fn absolute(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    paths.iter().map(absolute_path).collect()
}

/// The files of a run hold it as text.
fn absolute_path(path: &PathBuf) -> Result<PathBuf, CommandError> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    match path.to_str() {
        Some(_) => Ok(path),
        None => Err(CommandError::NotUnicode(path)),
    }
}

fn compute(args: &TrainArgs) -> Result<Compute, BackendError> {
    let name = args.backend.as_deref().unwrap_or("flex");
    name.parse::<Backend>()?.compute()
}

fn text(corpus: &mut Corpus, config: &Config) -> Result<Dataset, CommandError> {
    let bar = match config.vocabulary {
        VocabularyConfig::Characters => None,
        VocabularyConfig::Pieces { size, .. } => {
            Some(Progress::new("learning", size.into(), "pieces"))
        }
    };
    let mut progress = |pieces: usize| {
        if let Some(bar) = &bar {
            bar.set(pieces as u64, "");
        }
    };
    let context = config.model.context.into();
    let documents = config.documents.as_ref();
    let text = Dataset::learn(
        taken(corpus),
        config.vocabulary,
        documents,
        context,
        &mut progress,
    );
    if let Some(bar) = bar {
        bar.finish();
    }
    text.map_err(unusable(corpus))
}

/// As [`text`], for a vocabulary that is given.
fn text_of(
    corpus: &mut Corpus,
    config: &Config,
    vocabulary: Vocabulary,
) -> Result<Dataset, CommandError> {
    let (documents, context) = (config.documents.as_ref(), config.model.context.into());
    Dataset::with_vocabulary(taken(corpus), vocabulary, documents, context)
        .map_err(unusable(corpus))
}

/// Its characters, which become tokens in place; a copy when the run's folder is going to keep them.
fn taken(corpus: &mut Corpus) -> String {
    if corpus.keep_copy {
        corpus.text.clone()
    } else {
        std::mem::take(&mut corpus.text)
    }
}

fn unusable(corpus: &Corpus) -> impl FnOnce(DatasetError) -> CommandError {
    let corpus = corpus.source.to_string();
    move |source| CommandError::Text { corpus, source }
}

/// The interval that the run keeps, from the length of its validation split.
fn choose_eval_interval(config: &mut Config, text: &Dataset) {
    let tokens = text.validation.len().min(EVALUATED_TOKENS);
    let context = config.model.context;
    config.train.choose_eval_interval(tokens, context);
}

/// The text in words that do not depend on this machine, so that the model file does not either.
pub fn name_of(source: &Source) -> String {
    source.name()
}

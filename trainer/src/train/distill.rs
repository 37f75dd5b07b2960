//! Models that another one learns from beside the text: distillation (Hinton et al., 2015, arXiv:1503.02531).

mod lessons;

use self::lessons::Lessons;
use crate::backprop::loss::add_probabilities;
use crate::backprop::sequence::{self, Tape};
use crate::backprop::weights::Weights;
use crate::backprop::{SoftTargets, dropout};
use crate::config::{ConfigError, PRESETS};
use crate::data::tokens::Tokens;
use crate::data::vocabulary::Vocabulary;
use crate::train::checkpoint::{self, CheckpointError, Header};
use crate::train::run_dir::{RunDir, RunError, TeacherId};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Finished models whose mean probabilities a student is shown.
#[derive(Debug, Default)]
pub struct Teachers {
    models: Vec<Weights>,
    taught: Vec<TeacherId>,
    /// Tokens that the student sees.
    context: usize,
    share: f32,
    /// Where the student reads the same stretches of text again and again.
    lessons: Option<Lessons>,
    /// Kept from step to step, as the student's tapes are.
    scratch: Mutex<Vec<TeacherScratch>>,
}

/// What a teacher must fit.
#[derive(Clone, Copy, Debug)]
pub struct Student<'a> {
    /// Its vocabulary.
    pub vocabulary: &'a Vocabulary,
    /// SHA-256 of its text: a teacher of another one may have learned what the student is going to be measured on.
    pub corpus_sha256: [u8; 32],
    /// Tokens that it sees.
    pub context: u16,
    /// The token that documents begin behind, each from an empty context, where it learns them so.
    pub document_start: Option<u16>,
}

/// Room for one sequence through every teacher.
#[derive(Debug)]
struct TeacherScratch {
    tapes: Vec<Tape>,
    /// `[time, vocab]`.
    probabilities: Vec<f32>,
}

/// What teachers show, a sequence at a time.
#[derive(Debug)]
pub struct TeacherTargets<'a> {
    teachers: &'a Teachers,
    scratch: TeacherScratch,
}

/// Why a run cannot teach.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TeacherError {
    /// There is no run, or a damaged one.
    #[error("train.teachers: {source}; a teacher is the folder of a finished run: {hint}")]
    Run {
        /// What is wrong with it.
        source: Box<RunError>,
        /// How to get one.
        hint: String,
    },
    /// Its checkpoint cannot be read.
    #[error("train.teachers: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Its configuration makes no model.
    #[error("train.teachers: {0}")]
    Config(#[from] ConfigError),
    /// It could still change.
    #[error(
        "train.teachers: the run in {} is at step {step} of {steps}: finish it with --resume first", .folder.display()
    )]
    Unfinished {
        /// Its folder.
        folder: PathBuf,
        /// Steps taken.
        step: u64,
        /// Steps to take.
        steps: u64,
    },
    /// It knows another text.
    #[error(
        "train.teachers: the run in {} learned from another text ({corpus}): train a teacher with the same --data",
        .folder.display()
    )]
    Text {
        /// Its folder.
        folder: PathBuf,
        /// Its text.
        corpus: String,
    },
    /// The run that is to go on began with another one.
    #[error(
        "the run began with other teachers than the one in {}, or with the same in another order: give theirs with \
         --teacher DIR, or start a new run", .0.display()
    )]
    Changed(PathBuf),
    /// It does not read as far back as the student.
    #[error(
        "train.teachers: the run in {} has a context of {found}, this one of {needed}: a teacher's must be at least as long, \
         train one with --context {needed}",
        .folder.display()
    )]
    Context {
        /// Its folder.
        folder: PathBuf,
        /// Its context.
        found: u16,
        /// The student's.
        needed: u16,
    },
}

impl Teachers {
    /// The last checkpoints of the finished runs in `folders`, for `student`, who gives them a weight of `share`.
    ///
    /// # Errors
    /// [`TeacherError`] of the first that cannot teach it.
    pub fn load(
        folders: &[PathBuf],
        student: &Student<'_>,
        share: f64,
    ) -> Result<Self, TeacherError> {
        let loaded = folders.iter().map(|path| teacher(path, student));
        let loaded: Vec<_> = loaded.collect::<Result<_, _>>()?;
        let (models, taught) = loaded.into_iter().unzip();
        let teachers = Self::of(models, student.context.into(), share as f32);
        Ok(Self { taught, ..teachers })
    }

    /// Models that are no runs, of one vocabulary, for a student who sees `context` tokens and gives them a weight of `share`.
    pub fn of(models: Vec<Weights>, context: usize, share: f32) -> Self {
        Self {
            models,
            taught: Vec::new(),
            context,
            share,
            lessons: None,
            scratch: Mutex::default(),
        }
    }

    /// Which models these are.
    pub fn taught(&self) -> &[TeacherId] {
        &self.taught
    }

    /// Whether these are the models of the run that is to go on, as it described them.
    ///
    /// # Errors
    /// [`TeacherError::Changed`], naming the folder of the first that is not.
    pub fn check(&self, folders: &[PathBuf], described: &[TeacherId]) -> Result<(), TeacherError> {
        let same = |i: usize| described.get(i) == self.taught.get(i);
        match (0..self.taught.len().max(described.len())).find(|&i| !same(i)) {
            None => Ok(()),
            Some(i) => Err(TeacherError::Changed(
                folders
                    .get(i)
                    .or(folders.last())
                    .cloned()
                    .unwrap_or_default(),
            )),
        }
    }

    /// Computes what they show after each token of `text` once, where the student is going to read so many `tokens` of it that
    /// this takes less time. Each token follows at least half a context then, wherever the student's sequence begins.
    ///
    /// # Panics
    /// When the text is shorter than the context.
    pub fn read(&mut self, text: &Tokens, tokens: u64) {
        if let Some(first) = self.models.first()
            && Lessons::pay(text.len(), first.dims.vocab_size.into(), tokens)
        {
            self.lessons = Some(Lessons::of(self, text));
        }
    }

    /// Begins to show; none when there are no teachers.
    pub fn targets(&self) -> Option<TeacherTargets<'_>> {
        let first = self.models.first()?;
        let free = lock(&self.scratch).pop();
        let scratch = free.unwrap_or_else(|| TeacherScratch {
            tapes: self
                .models
                .iter()
                .map(|model| Tape::new(&model.dims, self.context))
                .collect(),
            probabilities: vec![0.0; self.context * usize::from(first.dims.vocab_size)],
        });
        Some(TeacherTargets {
            teachers: self,
            scratch,
        })
    }
}

impl SoftTargets for TeacherTargets<'_> {
    fn weight(&self) -> f32 {
        self.teachers.share
    }

    /// The mean of the teachers' probabilities after each of `tokens`, `[tokens, vocab]`.
    ///
    /// # Panics
    /// When there are not as many as the student's context has.
    fn after(&mut self, tokens: &[u16], start: Option<usize>) -> &[f32] {
        let (Some(lessons), Some(start)) = (&self.teachers.lessons, start) else {
            return self.compute(tokens);
        };
        let probabilities = &mut self.scratch.probabilities;
        lessons.copy(start, probabilities);
        probabilities
    }
}

impl TeacherTargets<'_> {
    /// By the teachers themselves.
    fn compute(&mut self, tokens: &[u16]) -> &[f32] {
        let TeacherScratch {
            tapes,
            probabilities,
        } = &mut self.scratch;
        probabilities.fill(0.0);
        let models = &self.teachers.models;
        let part = (models.len() as f32).recip();
        for (model, tape) in models.iter().zip(tapes) {
            sequence::forward(model, tokens, dropout::OFF, tape);
            add_probabilities(
                &tape.logits,
                model.dims.vocab_size.into(),
                part,
                probabilities,
            );
        }
        probabilities
    }
}

impl Drop for TeacherTargets<'_> {
    fn drop(&mut self) {
        let scratch = TeacherScratch {
            tapes: std::mem::take(&mut self.scratch.tapes),
            probabilities: std::mem::take(&mut self.scratch.probabilities),
        };
        lock(&self.teachers.scratch).push(scratch);
    }
}

fn lock(scratch: &Mutex<Vec<TeacherScratch>>) -> std::sync::MutexGuard<'_, Vec<TeacherScratch>> {
    scratch.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How to make the run that should be at `path`.
fn hint(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let preset = name.rsplit_once('-').map(|(preset, _)| preset);
    match PRESETS.iter().find(|(known, _)| Some(*known) == preset) {
        Some((preset, _)) => format!(
            "make it by `cargo run -p trainer -- train --preset {preset} --out {}`, with the same --data and --context, \
             or go without: --no-teacher",
            path.display()
        ),
        None => "train it before this, or go without: --no-teacher".to_owned(),
    }
}

fn teacher(path: &Path, student: &Student<'_>) -> Result<(Weights, TeacherId), TeacherError> {
    let folder = RunDir::open(path);
    let (config, info) = folder.description().map_err(|source| TeacherError::Run {
        source: Box::new(source),
        hint: hint(path),
    })?;
    if info.origin.corpus_sha256 != student.corpus_sha256 || info.vocabulary != *student.vocabulary
    {
        return Err(TeacherError::Text {
            folder: path.to_owned(),
            corpus: info.origin.corpus,
        });
    }
    if config.model.context < student.context {
        return Err(TeacherError::Context {
            folder: path.to_owned(),
            found: config.model.context,
            needed: student.context,
        });
    }
    let unfinished = |step| TeacherError::Unfinished {
        folder: path.to_owned(),
        step,
        steps: config.train.steps,
    };
    // A run that was interrupted between two renames has the one before the last alone.
    let checkpoints = [folder.checkpoint(), folder.previous_checkpoint()];
    let checkpoint = checkpoints.into_iter().find(|path| path.exists());
    let checkpoint = checkpoint.ok_or_else(|| unfinished(0))?;
    let dims = config.dims(info.vocabulary.len() as u16)?;
    let (Header { step, .. }, model, weights_sha256) =
        checkpoint::transformer(&checkpoint, &config, &dims)?;
    if step < config.train.steps {
        return Err(unfinished(step));
    }
    let taught = TeacherId {
        preset: info.origin.preset,
        seed: info.origin.seed,
        steps: step,
        weights_sha256,
    };
    let mut weights = Weights::of(&model, config.model.arithmetic);
    weights.document_start = student.document_start;
    Ok((weights, taught))
}

#[cfg(test)]
mod tests;

//! Models that another one learns from beside the text: distillation (Hinton et al., 2015, arXiv:1503.02531).

use crate::checkpoint::{self, CheckpointError, read_header};
use crate::config::{ConfigError, PRESETS};
use crate::fused::dropout;
use crate::fused::loss::add_probabilities;
use crate::fused::sequence::{self, Tape};
use crate::fused::weights::Weights;
use crate::gradients::weights_of;
use crate::model::Transformer;
use crate::optimizer::AdamW;
use crate::run_folder::{RunError, RunFolder};
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Finished models whose mean probabilities a student is shown.
#[derive(Debug, Default)]
pub struct Teachers {
    models: Vec<Weights>,
    share: f32,
    /// Kept from step to step, as the student's tapes are.
    desks: Mutex<Vec<Desk>>,
}

/// Room for one sequence through every teacher.
#[derive(Debug)]
struct Desk {
    tapes: Vec<Tape>,
    /// `[time, vocab]`.
    probabilities: Vec<f32>,
}

/// What teachers show, a sequence at a time.
#[derive(Debug)]
pub struct Lesson<'a> {
    teachers: &'a Teachers,
    desk: Desk,
    /// Weight of what they show against the text's own next token.
    pub share: f32,
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
    /// It has another alphabet.
    #[error(
        "train.teachers: the run in {} learned from a text of other characters: a teacher must have this text's",
        .0.display()
    )]
    Characters(PathBuf),
    /// It does not read as far back as the student.
    #[error(
        "train.teachers: the run in {} has a context of {found}, this one of {needed}: a teacher's must be as long",
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
    /// The last checkpoints of the finished runs in `folders`, for a student of `context` tokens of `characters` that gives
    /// them a weight of `share`.
    ///
    /// # Errors
    /// [`TeacherError`] of the first that cannot teach it.
    pub fn load(
        folders: &[PathBuf],
        characters: &str,
        context: u16,
        share: f64,
    ) -> Result<Self, TeacherError> {
        let models = folders
            .iter()
            .map(|path| teacher(path, characters, context));
        Ok(Self {
            models: models.collect::<Result<_, _>>()?,
            share: share as f32,
            desks: Mutex::default(),
        })
    }

    /// Begins to show; none when there are no teachers.
    pub fn lesson(&self) -> Option<Lesson<'_>> {
        let first = self.models.first()?;
        let free = lock(&self.desks).pop();
        let desk = free.unwrap_or_else(|| Desk {
            tapes: self
                .models
                .iter()
                .map(|model| Tape::new(&model.dims, model.dims.context.into()))
                .collect(),
            probabilities: vec![
                0.0;
                usize::from(first.dims.context) * usize::from(first.dims.vocab)
            ],
        });
        Some(Lesson {
            teachers: self,
            desk,
            share: self.share,
        })
    }
}

impl Lesson<'_> {
    /// What the teachers hold probable after each of `tokens`, `[tokens, vocab]`.
    pub fn of(&mut self, tokens: &[u16]) -> &[f32] {
        let Desk {
            tapes,
            probabilities,
        } = &mut self.desk;
        probabilities.fill(0.0);
        let models = &self.teachers.models;
        let part = (models.len() as f32).recip();
        for (model, tape) in models.iter().zip(tapes) {
            sequence::forward(model, tokens, dropout::OFF, tape);
            add_probabilities(&tape.logits, model.dims.vocab.into(), part, probabilities);
        }
        probabilities
    }
}

impl Drop for Lesson<'_> {
    fn drop(&mut self) {
        let desk = Desk {
            tapes: std::mem::take(&mut self.desk.tapes),
            probabilities: std::mem::take(&mut self.desk.probabilities),
        };
        lock(&self.teachers.desks).push(desk);
    }
}

fn lock(desks: &Mutex<Vec<Desk>>) -> std::sync::MutexGuard<'_, Vec<Desk>> {
    desks.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How to make the run that should be at `path`.
fn hint(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let preset = name.rsplit_once('-').map(|(preset, _)| preset);
    match PRESETS.iter().find(|(known, _)| Some(*known) == preset) {
        Some((preset, _)) => {
            format!("make it by `cargo run -p trainer -- train --preset {preset}`, before this")
        }
        None => "train it before this, or leave it out".to_owned(),
    }
}

fn teacher(path: &Path, characters: &str, context: u16) -> Result<Weights, TeacherError> {
    let folder = RunFolder::open(path);
    let (config, info) = folder.description().map_err(|source| TeacherError::Run {
        source: Box::new(source),
        hint: hint(path),
    })?;
    if info.characters != characters {
        return Err(TeacherError::Characters(path.to_owned()));
    }
    if config.model.context != context {
        return Err(TeacherError::Context {
            folder: path.to_owned(),
            found: config.model.context,
            needed: context,
        });
    }
    let checkpoint = folder.checkpoint();
    let header = read_header(&checkpoint)?;
    if header.step < config.train.steps {
        return Err(TeacherError::Unfinished {
            folder: path.to_owned(),
            step: header.step,
            steps: config.train.steps,
        });
    }
    let dims = config.dims(header.vocab)?;
    let model = Transformer::new(&dims, &Device::flex(), 0);
    let mut optimizer = AdamW::new(model.latents());
    checkpoint::load(&checkpoint, &config, &dims, &mut optimizer)?;
    let latents = optimizer.slots().iter();
    let model = model.with_latents(latents.map(|slot| slot.latent.values.as_slice()));
    Ok(weights_of(&model, config.model.arithmetic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Arithmetic, Config};
    use crate::evaluate::cross_entropy;
    use crate::export::Origin;
    use crate::gradients::Compute;
    use crate::run_folder::RunInfo;
    use crate::session::Session;

    const CHARACTERS: &str = "\n abcde";

    fn config() -> Config {
        let mut config = Config::preset("quick").unwrap();
        let model = &mut config.model;
        (model.layers, model.heads, model.kv_heads) = (1, 2, 1);
        (model.d_model, model.hidden, model.context) = (16, 32, 12);
        model.shift = [8, 0, 0];
        let train = &mut config.train;
        (train.steps, train.warmup, train.batch, train.shards) = (2, 1, 4, 2);
        config
    }

    fn session(config: &Config) -> Session {
        let tokens = (0..500).map(|i| i % 7).collect();
        Session::new(
            config.clone(),
            config.dims(7).unwrap(),
            tokens,
            Compute::Fused,
        )
        .unwrap()
    }

    /// A run of `steps` steps in `path`.
    fn teach(path: &Path, config: &Config, steps: u64) -> Session {
        std::fs::create_dir_all(path).unwrap();
        let folder = RunFolder::open(path);
        let info = RunInfo {
            characters: CHARACTERS.to_owned(),
            origin: Origin {
                corpus: "a count".to_owned(),
                corpus_sha256: [0; 32],
                preset: "teacher".to_owned(),
                seed: config.train.seed,
                trainer: String::new(),
            },
            data: None,
        };
        folder.describe(config, &info).unwrap();
        let mut session = session(config);
        for _ in 0..steps {
            session.step().unwrap();
        }
        session.save(&folder.checkpoint(), None, None).unwrap();
        session
    }

    #[test]
    fn a_lesson_is_the_mean_of_what_the_teachers_hold_probable() {
        let parent = tempfile::tempdir().unwrap();
        let folders = [1, 2].map(|seed| parent.path().join(format!("{seed}")));
        let sessions = [0, 1].map(|i: usize| {
            let mut config = config();
            config.train.seed = 1 + i as u64;
            teach(&folders[i], &config, 2)
        });
        let tokens: Vec<u16> = (0..12).map(|i| i * i % 7).collect();
        let teachers = Teachers::load(&folders, CHARACTERS, 12, 0.5).unwrap();
        let mut lesson = teachers.lesson().unwrap();
        assert_eq!(lesson.share, 0.5);
        // The second time it uses the same room.
        lesson.of(&[0; 12]);
        let shown = lesson.of(&tokens);
        let logits = sessions.each_ref().map(|session| session.logits(&tokens));
        for (at, shown) in shown.chunks_exact(7).enumerate() {
            for (token, &shown) in shown.iter().enumerate() {
                let of = |logits: &Vec<Vec<i32>>| (-cross_entropy(&logits[at], token as u16)).exp();
                let expected = 0.5 * (of(&logits[0]) + of(&logits[1]));
                assert!(
                    (f64::from(shown) - expected).abs() < 1e-5,
                    "{shown} {expected}"
                );
            }
        }
        assert!(Teachers::default().lesson().is_none());
    }

    #[test]
    fn a_student_of_teachers_alone_comes_to_think_as_they_do() {
        let parent = tempfile::tempdir().unwrap();
        let mut teacher = config();
        teacher.train.steps = 40;
        teacher.model.arithmetic = Arithmetic::Float;
        teach(parent.path(), &teacher, 40);
        let mut student = config();
        (student.train.steps, student.train.learning_rate) = (40, 1e-2);
        student.train.seed = 9;
        let folders = vec![parent.path().to_owned()];
        let tokens: Vec<u16> = (0..12).map(|i| i % 7).collect();
        let distance = |session: &Session, lesson: &mut Lesson<'_>| -> f64 {
            let logits = session.logits(&tokens);
            let shown = lesson.of(&tokens).chunks_exact(7).zip(&logits);
            shown
                .flat_map(|(shown, logits)| {
                    let of = |token| (-cross_entropy(logits, token as u16)).exp();
                    let pairs = shown.iter().enumerate();
                    pairs.map(move |(token, &p)| (f64::from(p) - of(token)).abs())
                })
                .sum()
        };
        let load = || Teachers::load(&folders, CHARACTERS, 12, 1.0).unwrap();
        let shown = load();
        let mut lesson = shown.lesson().unwrap();
        let mut session = session(&student);
        session.learn_from(load());
        let before = distance(&session, &mut lesson);
        for _ in 0..40 {
            session.step().unwrap();
        }
        let after = distance(&session, &mut lesson);
        assert!(after < 0.5 * before, "{before} {after}");
    }

    #[test]
    fn who_cannot_teach_is_told_why() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("teacher");
        let error = |characters: &str, context| {
            let folders = [path.clone()];
            let error = Teachers::load(&folders, characters, context, 0.5).unwrap_err();
            error.to_string()
        };
        let none = error(CHARACTERS, 12);
        assert!(
            none.contains("before this") && none.contains("config.toml"),
            "{none}"
        );
        assert!(hint(Path::new("a/seed-float-1")).contains("--preset seed-float`"));
        teach(&path, &config(), 1);
        let unfinished = error(CHARACTERS, 12);
        assert!(unfinished.contains("step 1 of 2") && unfinished.contains("--resume"));
        teach(&path, &config(), 2);
        assert!(error("abcdefg", 12).contains("other characters"));
        assert!(error(CHARACTERS, 16).contains("a context of 12, this one of 16"));
        let checkpoint = RunFolder::open(&path).checkpoint();
        std::fs::write(&checkpoint, "no").unwrap();
        assert!(error(CHARACTERS, 12).contains("not a whole checkpoint"));
    }
}

//! The loop of a run: steps, progress, evaluations, checkpoints, metrics.

use crate::backprop::generate::generate;
use crate::data::dataset::Dataset;
use crate::train::checkpoint::{CheckpointError, read_header};
use crate::train::html_report::{self, ReportError};
use crate::train::metrics::{Log, Row, Sample, Shares};
use crate::train::run_dir::RunDir;
use crate::train::trainer::{StepReport, Trainer, TrainerError};
use crate::util::files::FileError;
use crate::util::progress::Progress;
use runtime::Sampling;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Steps from one row of the metrics to the next.
const STEPS_A_ROW: u64 = 20;
/// Characters of a sample on the way.
const SAMPLE_LENGTH: usize = 200;
/// How it is drawn.
const SAMPLE: Sampling = Sampling {
    temperature: 80,
    top_k: 0,
    top_p: 100,
    ..Sampling::DEFAULT
};

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The steps went wrong.
    #[error(transparent)]
    Trainer(#[from] TrainerError),
    /// Its metrics cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// They cannot be shown.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A signal asked for the end.
    #[error(
        "stopped after step {step} of {steps}, which is saved; go on with\n  cargo run -p trainer -- train --resume {}",
        .folder.display()
    )]
    Stopped {
        /// Steps taken.
        step: u64,
        /// Steps of the whole run.
        steps: u64,
        /// The run's folder.
        folder: PathBuf,
    },
}

/// A run in progress.
#[derive(Debug)]
pub struct Run<'a> {
    trainer: Trainer,
    folder: &'a RunDir,
    text: &'a Dataset,
    metrics: Log<Row>,
    shares: Log<Shares>,
    samples: Log<Sample>,
    val_loss: Option<f64>,
    best: f64,
    trits: Vec<i8>,
}

/// What has happened since the last row of the metrics.
struct Stretch {
    since: Instant,
    steps: u64,
    loss: f64,
}

impl Stretch {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            steps: 0,
            loss: 0.0,
        }
    }
}

impl<'a> Run<'a> {
    /// A run of `trainer` in `folder`, from the step that the trainer is at.
    ///
    /// # Errors
    /// [`TrainError::File`] when the metrics cannot be written.
    pub fn new(
        trainer: Trainer,
        folder: &'a RunDir,
        text: &'a Dataset,
    ) -> Result<Self, TrainError> {
        let steps = trainer.steps();
        // A damaged best checkpoint is as good as none.
        let best = read_header(&folder.best_checkpoint()).ok();
        // One of a later step is this run's, too, which will take that step again; unless it has become longer since.
        let planned = trainer.config().train.steps;
        let best = best.filter(|best| best.step <= steps || best.config.train.steps == planned);
        Ok(Self {
            best: best.and_then(|best| best.val_loss).unwrap_or(f64::INFINITY),
            trits: trainer.trits(),
            metrics: Log::open(&folder.metrics(), steps)?,
            shares: Log::open(&folder.shares(), steps)?,
            samples: Log::open(&folder.samples(), steps)?,
            trainer,
            folder,
            text,
            val_loss: None,
        })
    }

    /// What was trained.
    pub fn into_trainer(self) -> Trainer {
        self.trainer
    }

    /// Takes every step that the configuration asks for, and leaves a checkpoint of the last. When `stop` becomes true it
    /// finishes its step and leaves a checkpoint of that.
    ///
    /// # Errors
    /// [`TrainError`]; the last checkpoint is whole.
    pub fn train(&mut self, stop: &AtomicBool) -> Result<(), TrainError> {
        let train = self.trainer.config().train.clone();
        let tokens_a_step = train.batch as f64 * f64::from(self.trainer.dims().context);
        let checkpoint_every = Duration::from_secs_f64(train.checkpoint_seconds);
        let evaluate_every = Duration::from_secs_f64(train.evaluate_seconds);
        let progress = Progress::new("training", train.steps, "steps");
        let (mut saved, mut evaluated, mut stretch) =
            (Instant::now(), Instant::now(), Stretch::new());
        while self.trainer.steps() < train.steps {
            let report = self.trainer.step()?;
            stretch.steps += 1;
            stretch.loss += report.loss;
            let last = report.step == train.steps;
            let stopping = !last && stop.load(Ordering::Relaxed);
            let mut measured = None;
            if evaluated.elapsed() >= evaluate_every || last {
                measured = Some(self.evaluate()?);
                evaluated = Instant::now();
            }
            if saved.elapsed() >= checkpoint_every || last || stopping {
                let previous = self.folder.previous_checkpoint();
                let path = self.folder.checkpoint();
                self.trainer.save(&path, Some(&previous), measured)?;
                saved = Instant::now();
            }
            if stretch.steps == STEPS_A_ROW || measured.is_some() || last || stopping {
                self.row(&progress, &report, &stretch, measured, tokens_a_step)?;
                stretch = Stretch::new();
            }
            if measured.is_some() || stopping {
                self.show(report.step)?;
            }
            if stopping {
                progress.finish();
                return Err(TrainError::Stopped {
                    step: report.step,
                    steps: train.steps,
                    folder: self.folder.path().to_owned(),
                });
            }
        }
        progress.finish();
        Ok(())
    }

    /// The loss on the validation split. The lowest so far gets a checkpoint of its own.
    fn evaluate(&mut self) -> Result<f64, TrainerError> {
        let loss = self.trainer.loss(&self.text.validation);
        self.val_loss = Some(loss);
        let for_good = self.trainer.arithmetic() == self.trainer.config().model.arithmetic;
        if for_good && loss < self.best {
            self.best = loss;
            let path = self.folder.best_checkpoint();
            self.trainer.save(&path, None, Some(loss))?;
        }
        Ok(loss)
    }

    /// What the weights are and what the model says, and the page that shows how it came to that.
    fn show(&mut self, step: u64) -> Result<(), TrainError> {
        let layer = self.trits.len() / usize::from(self.trainer.dims().layers);
        let shares = self
            .trits
            .chunks_exact(layer)
            .enumerate()
            .map(|(layer, weights)| {
                let share = |sign| {
                    let with_sign = weights.iter().filter(|weight| weight.signum() == sign);
                    with_sign.count() as f64 / weights.len() as f64
                };
                Shares {
                    step,
                    layer,
                    negative: share(-1),
                    zero: share(0),
                    positive: share(1),
                }
            });
        self.shares.add(&shares.collect::<Vec<_>>())?;
        let characters: Vec<char> = self.text.characters.chars().collect();
        let line = characters.iter().position(|&character| character == '\n');
        let prompt = [line.unwrap_or(0) as u16];
        let said = generate(&self.trainer.numbers(), &prompt, SAMPLE, 1, SAMPLE_LENGTH);
        let text = said.iter().map(|&token| characters[usize::from(token)]);
        self.samples.add(&[Sample {
            step,
            text: text.collect(),
        }])?;
        html_report::write(self.folder)?;
        Ok(())
    }

    fn row(
        &mut self,
        progress: &Progress,
        report: &StepReport,
        stretch: &Stretch,
        val_loss: Option<f64>,
        tokens_a_step: f64,
    ) -> Result<(), TrainError> {
        let loss = stretch.loss / stretch.steps as f64;
        let speed = stretch.steps as f64 * tokens_a_step / stretch.since.elapsed().as_secs_f64();
        let before = std::mem::replace(&mut self.trits, self.trainer.trits());
        let flips = before.iter().zip(&self.trits).filter(|(a, b)| a != b);
        self.metrics.add(&[Row {
            step: report.step,
            loss,
            val_loss,
            learning_rate: report.learning_rate,
            gradient_norm: report.gradient_norm,
            tokens_per_second: speed,
            flips: flips.count() as f64 / before.len() as f64,
        }])?;
        let validation = self
            .val_loss
            .map_or(String::new(), |loss| format!("  val {loss:.3}"));
        progress.set(
            report.step,
            format!("loss {loss:.3}{validation}  {speed:.0} tokens/s"),
        );
        Ok(())
    }
}

/// The last whole checkpoint of a run, loaded into its trainer; none if there is none yet. Says on standard error which
/// one is damaged.
///
/// # Errors
/// [`TrainerError::Checkpoint`] when every one that is there is damaged, or belongs to another run.
pub fn resume(trainer: &mut Trainer, folder: &RunDir) -> Result<(), TrainerError> {
    let mut damage = None;
    for path in [folder.checkpoint(), folder.previous_checkpoint()] {
        if !path.exists() {
            continue;
        }
        match trainer.load(&path) {
            Ok(()) => return Ok(()),
            Err(TrainerError::Checkpoint(error @ CheckpointError::Damaged { .. })) => {
                eprintln!("warning: {error}; taking the one before it");
                damage = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    damage.map_or(Ok(()), |error| Err(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::backend::Compute;

    #[test]
    fn the_best_checkpoint_outlives_a_resumption_from_before_it() {
        let mut config = Config::preset("quick").unwrap();
        let model = &mut config.model;
        (model.layers, model.heads, model.kv_heads) = (1, 2, 1);
        (model.d_model, model.d_ff, model.context) = (16, 32, 12);
        model.token_shift = [8, 0, 0];
        (config.train.batch, config.train.shards) = (4, 2);
        let text = Dataset::new(&"a counted text. ".repeat(60), 12).unwrap();
        let trainer = |steps| {
            let mut config = config.clone();
            config.train.steps = steps;
            let dims = config.dims(text.vocab()).unwrap();
            Trainer::new(config, dims, text.train.clone(), Compute::Backprop).unwrap()
        };
        let parent = tempfile::tempdir().unwrap();
        let folder = RunDir::open(parent.path());
        let mut ahead = trainer(100);
        ahead.step().unwrap();
        ahead
            .save(&folder.best_checkpoint(), None, Some(1.25))
            .unwrap();
        let best = |steps| Run::new(trainer(steps), &folder, &text).unwrap().best;
        assert_eq!(best(100), 1.25);
        // Another schedule may not come past it.
        assert_eq!(best(200), f64::INFINITY);
    }
}

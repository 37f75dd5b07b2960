//! The loop of a run: steps, progress, evaluations, checkpoints, records.

use crate::config::{Arithmetic, EVALUATED_TOKENS, Keep};
use crate::data::dataset::Dataset;
use crate::data::windows::Windows;
use crate::export::build::{Origin, export};
use crate::export::sample::{sample, sample_of};
use crate::train::checkpoint::{CheckpointError, read_header};
use crate::train::metrics::{Row, Sample, Shares};
use crate::train::records::Records;
use crate::train::run_dir::{RunDir, RunInfo};
use crate::train::trainer::{StepReport, Trainer, TrainerError};
use crate::util::files::FileError;
use crate::util::progress::Progress;
use crate::util::terminal::say;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Steps from one row of the metrics to the next.
const STEPS_A_ROW: u64 = 20;
/// Characters of a sample on the way.
const SAMPLE_LENGTH: usize = 200;

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The steps went wrong.
    #[error(transparent)]
    Trainer(#[from] TrainerError),
    /// Its records cannot be written, and no step is taken yet.
    #[error(transparent)]
    File(#[from] FileError),
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

/// The evaluation with the lowest loss.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Best {
    /// Steps taken.
    pub step: u64,
    /// Loss on the sample of the validation split.
    pub loss: f64,
}

/// A run in progress.
#[derive(Debug)]
pub struct Run<'a> {
    trainer: Trainer,
    folder: &'a RunDir,
    text: &'a Dataset,
    origin: &'a Origin,
    evaluated: Windows<'a>,
    records: Records<'a>,
    val_loss: Option<f64>,
    best: Option<Best>,
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
    /// [`TrainError::File`] when the records cannot be written.
    pub fn new(
        trainer: Trainer,
        folder: &'a RunDir,
        text: &'a Dataset,
        info: &'a RunInfo,
    ) -> Result<Self, TrainError> {
        let steps = trainer.steps();
        // A damaged best checkpoint is as good as none. One of a later step is this run's, too, which will take that step
        // again; unless it has become longer since.
        let planned = trainer.config().train.steps;
        let best = read_header(&folder.best_checkpoint()).ok();
        let best = best.filter(|best| best.step <= steps || best.config.train.steps == planned);
        let best = best.and_then(|best| {
            let (step, loss) = (best.step, best.val_loss?);
            Some(Best { step, loss })
        });
        let context = usize::from(trainer.dims().context);
        let val_loss = Records::measured(folder, steps);
        Ok(Self {
            best,
            trits: trainer.trits(),
            records: Records::open(folder, steps)?,
            evaluated: Windows::sample(&text.validation, context, EVALUATED_TOKENS),
            trainer,
            folder,
            text,
            origin: &info.origin,
            val_loss,
        })
    }

    /// What was trained, at its last step.
    pub fn into_trainer(self) -> Trainer {
        self.trainer
    }

    /// The evaluation with the lowest loss so far.
    pub const fn best(&self) -> Option<Best> {
        self.best
    }

    /// Takes every step that the configuration asks for, or fewer where the validation loss has not fallen for as long as
    /// it has patience, and leaves a checkpoint of the last. When `stop` becomes true it finishes its step and leaves a
    /// checkpoint of that.
    ///
    /// # Errors
    /// [`TrainError`]; the last checkpoint is whole.
    pub fn train(&mut self, stop: &AtomicBool) -> Result<(), TrainError> {
        let train = self.trainer.config().train.clone();
        let tokens_a_step = train.batch as f64 * f64::from(self.trainer.dims().context);
        let checkpoint_every = Duration::from_secs_f64(train.checkpoint_seconds);
        let progress = Progress::new("training", train.steps, "steps");
        let (mut saved, mut stretch) = (Instant::now(), Stretch::new());
        if self.trainer.steps() > 0 && is_due(&self.trainer) && self.val_loss.is_none() {
            // The process before was stopped while it measured.
            match self.evaluate(stop)? {
                Some(loss) => {
                    self.records.finish_row(self.trainer.steps(), loss);
                    self.show();
                }
                None => return Err(self.stopped()),
            }
        }
        while self.trainer.steps() < train.steps && !self.out_of_patience() {
            let report = self.trainer.step()?;
            stretch.steps += 1;
            stretch.loss += report.loss;
            let due = is_due(&self.trainer);
            self.val_loss = self.val_loss.filter(|_| !due);
            let measured = if due { self.evaluate(stop)? } else { None };
            let complete = due && measured.is_some();
            let last = complete && (report.step == train.steps || self.out_of_patience());
            let stopping = !last && stop.load(Ordering::Relaxed);
            // Rows first: what a checkpoint is ahead of would never be shown.
            if stretch.steps == STEPS_A_ROW || due || stopping {
                self.row(&progress, &report, &stretch, measured, tokens_a_step);
                stretch = Stretch::new();
            }
            if complete {
                self.show();
            }
            if saved.elapsed() >= checkpoint_every || last || stopping {
                let previous = self.folder.previous_checkpoint();
                let path = self.folder.checkpoint();
                self.trainer.save(&path, Some(&previous), measured)?;
                saved = Instant::now();
            }
            if stopping {
                progress.finish();
                return Err(self.stopped());
            }
        }
        progress.finish();
        if self.trainer.steps() < train.steps
            && let Some(best) = self.best
        {
            say(format_args!(
                "ends      at step {} of {}: the validation loss has not fallen below that of step {} for {} evaluations",
                self.trainer.steps(),
                train.steps,
                best.step,
                train.patience
            ));
        }
        Ok(())
    }

    fn stopped(&self) -> TrainError {
        TrainError::Stopped {
            step: self.trainer.steps(),
            steps: self.trainer.config().train.steps,
            folder: self.folder.path().to_owned(),
        }
    }

    /// Whether as many evaluations as the configuration has patience for found no lower loss.
    fn out_of_patience(&self) -> bool {
        let train = &self.trainer.config().train;
        let since = |best: Best| self.trainer.steps().saturating_sub(best.step);
        let patience = train.patience.saturating_mul(train.eval_interval.max(1));
        train.patience > 0 && self.best.is_some_and(|best| since(best) >= patience)
    }

    /// The loss on the sample of the validation split. The lowest so far gets a checkpoint of its own. None when `stop`
    /// became true on the way.
    fn evaluate(&mut self, stop: &AtomicBool) -> Result<Option<f64>, TrainerError> {
        let Some(loss) = self.trainer.loss(&self.evaluated, stop) else {
            return Ok(None);
        };
        self.val_loss = Some(loss);
        if self.best.is_none_or(|best| loss < best.loss) {
            let step = self.trainer.steps();
            self.best = Some(Best { step, loss });
            let path = self.folder.best_checkpoint();
            self.trainer.save(&path, None, Some(loss))?;
        }
        Ok(Some(loss))
    }

    /// What the weights are and what the model says, and the page that shows how it came to that.
    fn show(&mut self) {
        let step = self.trainer.steps();
        let layer = self.trits.len() / usize::from(self.trainer.dims().layers);
        let layers = self.trits.chunks_exact(layer).enumerate();
        let shares: Vec<Shares> = layers
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
            })
            .collect();
        let text = self.sample();
        self.records.show(&shares, Sample { step, text });
    }

    /// What the model says: as a device would, where one could run it.
    fn sample(&self) -> String {
        if self.trainer.config().model.arithmetic == Arithmetic::Integer {
            let (weights, dims) = (self.trainer.weights(), self.trainer.dims());
            let step = self.trainer.steps();
            // Weights that no file can hold yet may still come back into range.
            return export(&weights, dims, self.text.tokenizer(), self.origin, step).map_or_else(
                |error| error.to_string(),
                |file| sample(&file, SAMPLE_LENGTH),
            );
        }
        sample_of(
            &self.trainer.numbers(),
            self.text.tokenizer(),
            SAMPLE_LENGTH,
        )
    }

    fn row(
        &mut self,
        progress: &Progress,
        report: &StepReport,
        stretch: &Stretch,
        val_loss: Option<f64>,
        tokens_a_step: f64,
    ) {
        let loss = stretch.loss / stretch.steps as f64;
        let speed = stretch.steps as f64 * tokens_a_step / stretch.since.elapsed().as_secs_f64();
        let before = std::mem::replace(&mut self.trits, self.trainer.trits());
        let flips = before.iter().zip(&self.trits).filter(|(a, b)| a != b);
        self.records.row(Row {
            step: report.step,
            loss,
            val_loss,
            learning_rate: report.learning_rate,
            gradient_norm: report.gradient_norm,
            tokens_per_second: speed,
            flips: flips.count() as f64 / before.len() as f64,
        });
        let validation = self
            .val_loss
            .map_or(String::new(), |loss| format!("  val {loss:.3}"));
        progress.set(
            report.step,
            format!("loss {loss:.3}{validation}  {speed:.0} tokens/s"),
        );
    }
}

/// Whether the step that `trainer` is at is one to evaluate.
fn is_due(trainer: &Trainer) -> bool {
    let (step, train) = (trainer.steps(), &trainer.config().train);
    step == train.steps || (train.eval_interval > 0 && step.is_multiple_of(train.eval_interval))
}

/// Takes a trainer to the step whose weights are the result of its run: that of the lowest validation loss, or the last.
///
/// # Errors
/// [`TrainerError::Checkpoint`] when the checkpoint of the lowest loss cannot be read.
pub fn take_result(
    trainer: &mut Trainer,
    folder: &RunDir,
    best: Option<Best>,
) -> Result<(), TrainerError> {
    match best {
        Some(best) if trainer.config().train.keep == Keep::Best && best.step != trainer.steps() => {
            trainer.load(&folder.best_checkpoint())
        }
        _ => Ok(()),
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
                say(format_args!("warning: {error}; taking the one before it"));
                damage = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    damage.map_or(Ok(()), |error| Err(error.into()))
}

#[cfg(test)]
mod tests;

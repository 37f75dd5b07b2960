//! How a run ends: the result is exported, compared, measured and sampled.

use super::error::CommandError;
use super::inspect;
use super::summary::{Device, Summary, facts};
use crate::cli::boards::{BOARDS, Fit};
use crate::config::Arithmetic;
use crate::data::dataset::Dataset;
use crate::data::windows::Windows;
use crate::export::build::{export, with_losses};
use crate::export::measure::{Losses, measure};
use crate::export::model_file::ModelFile;
use crate::export::parity::compare;
use crate::export::sample::{sample, sample_of};
use crate::train::run_dir::{RunDir, RunInfo};
use crate::train::trainer::Trainer;
use crate::util::files::write_whole;
use crate::util::progress::Progress;
use std::sync::atomic::AtomicBool;

/// Characters of sample text.
const SAMPLE_LENGTH: usize = 400;
/// Tokens of each split that are measured, at most, unless all are asked for: the standard error of the mean is then below
/// 0.002 nats.
pub const MEASURED_TOKENS: usize = 1 << 21;

/// The windows of both splits that a result is measured on.
pub fn measured_windows(text: &Dataset, context: u16, all: bool) -> [Windows<'_>; 2] {
    let most = if all { usize::MAX } else { MEASURED_TOKENS };
    [&text.train, &text.validation].map(|split| Windows::sample(split, context.into(), most))
}

/// [`measure`] with a progress bar. None when `stop` became true on the way.
pub fn measure_with_progress(
    file: &ModelFile,
    windows: &[Windows<'_>; 2],
    stop: &AtomicBool,
) -> Option<Losses> {
    let total: usize = windows.iter().map(Windows::predicted).sum();
    let progress = Progress::new("measuring", total as u64, "tokens");
    let losses = measure(
        file,
        windows,
        &|tokens| progress.set(tokens as u64, ""),
        stop,
    );
    progress.finish();
    losses
}

/// Writes the model file, measures the weights of `trainer`, and writes a sample, with which the run is complete. Returns
/// the results and the sample.
///
/// # Errors
/// [`CommandError`]; [`CommandError::Unmeasured`] when `stop` became true on the way.
pub fn conclude(
    trainer: &Trainer,
    folder: &RunDir,
    text: &Dataset,
    info: &RunInfo,
    measure_all: bool,
    stop: &AtomicBool,
) -> Result<(Summary, String), CommandError> {
    let dims = *trainer.dims();
    let windows = measured_windows(text, dims.context, measure_all);
    let stopped = || CommandError::Unmeasured(folder.path().to_owned());
    let mut summary;
    let said;
    if trainer.config().model.arithmetic == Arithmetic::Float {
        let loss = |split: usize| trainer.loss(&windows[split], stop).ok_or_else(stopped);
        let losses = Losses {
            train: loss(0)?,
            validation: loss(1)?,
        };
        summary = Summary::new(folder, text, &windows, losses, trainer.steps());
        summary.arithmetic = "float";
        summary.facts = facts(&dims, &info.origin);
        said = sample_of(&trainer.numbers(), text.tokenizer(), SAMPLE_LENGTH);
    } else {
        let weights = trainer.weights();
        let file = export(
            &weights,
            &dims,
            text.tokenizer(),
            &info.origin,
            trainer.steps(),
        )?;
        // Before it is measured: that takes a while, and whatever happens there is a model.
        write_whole(&folder.model(), file.bytes())?;
        let mut compared = text.validation.clone();
        if trainer.config().train.across_documents {
            compared = compared.without_documents();
        }
        let comparison = compare(|tokens| trainer.logits(tokens), &file, &compared);
        let losses = measure_with_progress(&file, &windows, stop).ok_or_else(stopped)?;
        let file = with_losses(&file, losses, text.tokens_per_character())?;
        write_whole(&folder.model(), file.bytes())?;
        let model = file.model();
        summary = Summary::new(folder, text, &windows, losses, trainer.steps());
        summary.compared(comparison);
        summary.model = Some(folder.model());
        summary.facts = inspect::facts(&model, file.bytes().len());
        let fits = BOARDS
            .iter()
            .filter(|board| matches!(board.fit(&dims, file.bytes().len()), Fit::Fits { .. }));
        summary.device = Some(Device {
            file: file.bytes().len(),
            ram: model.plan().ram(),
            fits: fits.map(|board| board.name).collect(),
        });
        said = sample(&file, SAMPLE_LENGTH);
    }
    // The last file: with it in its folder the run is complete.
    write_whole(&folder.sample(), said.as_bytes())?;
    Ok((summary, said))
}

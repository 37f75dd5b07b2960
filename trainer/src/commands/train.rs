//! `train`: the main job, from a text to a measured model file that speaks.

use super::float;
use crate::backend::BackendError;
use crate::boards::{BOARDS, Fit, bytes, grouped};
use crate::cli::TrainArgs;
use crate::commands::eval::measure_with_progress;
use crate::commands::generate::{GenerateError, line_start, speak};
use crate::commands::inspect::summary;
use crate::commands::prepare::{self, DEFAULT_PRESET, Prepared};
use crate::config::{Arithmetic, ConfigError};
use crate::corpus::CorpusError;
use crate::export::{export, sign};
use crate::files::{FileError, write_whole};
use crate::model_file::ModelFile;
use crate::parity::compare;
use crate::run::{Run, TrainError};
use crate::run_folder::{RunError, RunFolder};
use crate::session::SessionError;
use crate::teacher::TeacherError;
use crate::text::TextError;
use crate::usage::peak_memory;
use formats::MemoryPlan;
use formats::write::WriteError;
use runtime::Sampling;
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Characters of sample text.
pub(super) const SAMPLE_LENGTH: usize = 400;
/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;
/// How the sample is drawn.
pub(super) const SAMPLE: Sampling = Sampling {
    temperature: 80,
    top_k: 0,
    top_p: 100,
};

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
    Text { corpus: String, source: TextError },
    #[error(
        "the run in {} learns from {expected}, not from {found}: give the same text with --data FILE, or start a new run",
        .folder.display()
    )]
    OtherText {
        folder: PathBuf,
        expected: String,
        found: String,
    },
    #[error("the run in {} is complete: its {what} is {}", .folder.display(), .last.display())]
    Complete {
        folder: PathBuf,
        what: &'static str,
        last: PathBuf,
    },
    #[error("the path {} is not Unicode, which is all that the files of a run can hold: rename it", .0.display())]
    NotUnicode(PathBuf),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Session(#[from] SessionError),
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

/// Trains, exports, measures and lets the model speak; results go to `out`.
///
/// # Errors
/// [`CommandError`]; bad input is found before any work, and nothing that was there is overwritten.
pub fn run(args: &TrainArgs, out: &mut impl Write) -> Result<(), CommandError> {
    let started = Instant::now();
    let prepared = match &args.resume {
        Some(folder) => prepare::resumed(args, folder)?,
        None => prepare::new(args)?,
    };
    let Prepared {
        session,
        folder,
        lock: _lock,
        corpus,
        text,
        info,
    } = prepared;
    let dims = *session.dims();

    eprintln!(
        "text      {}, {} characters, {} different",
        corpus.source,
        grouped(text.train.len() + text.validation.len()),
        dims.vocab
    );
    if let Some(floor) = corpus.entropy_floor {
        eprintln!(
            "          its entropy is {floor:.4} nats a character: no model can do better on average"
        );
    }
    let arithmetic = session.config().model.arithmetic;
    let parameters = grouped(dims.parameters() as usize);
    match arithmetic {
        Arithmetic::Integer => eprintln!(
            "model     {parameters} parameters, will need {} of RAM",
            bytes(MemoryPlan::new(&dims).ram())
        ),
        Arithmetic::Float => eprintln!(
            "model     {parameters} parameters, floats: to compare with, no device runs it"
        ),
    }
    for teacher in &info.teachers {
        eprintln!(
            "teacher   {}, seed {}, {} steps",
            teacher.preset,
            teacher.seed,
            grouped(teacher.steps as usize)
        );
    }
    eprintln!("run       {}", folder.path().display());

    if session.steps() > 0 {
        eprintln!(
            "          goes on after step {}",
            grouped(session.steps() as usize)
        );
    }
    let start_seconds = started.elapsed().as_secs_f64();
    let mut run = Run::new(session, &folder, &text)?;
    run.train(stop_at_signals())?;
    let session = run.into_session();
    let train_seconds = started.elapsed().as_secs_f64();
    let peak_memory = peak_memory();
    if let Some(peak) = peak_memory {
        eprintln!(
            "took      {train_seconds:.0} s, {start_seconds:.1} of them before the first step; {} MB of memory at most",
            peak / 1_000_000
        );
    }
    if arithmetic == Arithmetic::Float {
        let mut object = float::conclude(&session, &folder, &text, &info.origin, out)?;
        if args.json {
            object["entropy_floor"] = json!(corpus.entropy_floor);
            object["start_seconds"] = json!(start_seconds);
            object["peak_memory"] = json!(peak_memory);
            object["train_seconds"] = json!(train_seconds);
            object["seconds"] = json!(started.elapsed().as_secs_f64());
            writeln!(out, "{object}")?;
        }
        return Ok(());
    }

    let file = export(
        &session.weights(),
        &dims,
        &text.characters,
        &info.origin,
        session.steps(),
    )?;
    let differing = compare(&session, &file, &text.validation);
    let losses = measure_with_progress(&file, &text);
    let file = sign(&file, losses)?;
    let sample = sample(&file)?;
    write_whole(&folder.sample(), sample.as_bytes())?;
    // The last file: with it in its folder the run is complete.
    write_whole(&folder.model(), file.bytes())?;
    report(&file, &folder, &differing, out)?;

    let model = folder.model();
    let model = model.display();
    writeln!(
        out,
        "\nWhat it says, generated by the integer runtime:\n\n{sample}\n"
    )?;
    writeln!(out, "Next:\n  cargo run -p trainer -- generate {model}")?;
    writeln!(out, "  cargo run -p trainer -- inspect {model}")?;
    if info.origin.preset == DEFAULT_PRESET {
        writeln!(
            out,
            "  cargo run -p trainer -- train --preset microbit  better, and slower"
        )?;
    }
    if args.json {
        let mut object = summary(&file.model(), file.bytes().len());
        object["train_loss"] = json!(losses.train);
        object["val_loss"] = json!(losses.validation);
        object["model"] = json!(folder.model().display().to_string());
        object["run"] = json!(folder.path().display().to_string());
        object["entropy_floor"] = json!(corpus.entropy_floor);
        object["logits_compared"] = json!(differing.compared);
        object["logits_differing"] = json!(differing.differing);
        object["start_seconds"] = json!(start_seconds);
        object["peak_memory"] = json!(peak_memory);
        object["train_seconds"] = json!(train_seconds);
        object["seconds"] = json!(started.elapsed().as_secs_f64());
        writeln!(out, "{object}")?;
    }
    Ok(())
}

fn report(
    file: &ModelFile,
    folder: &RunFolder,
    parity: &crate::parity::Comparison,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let model = file.model();
    let (dims, from) = (model.dims(), model.provenance());
    let nats = |loss: Option<u32>| f64::from(loss.unwrap_or(0)) / 1e6;
    writeln!(out, "model            {}", folder.model().display())?;
    writeln!(
        out,
        "training loss    {:.4} nats a character, whole split, integer runtime",
        nats(from.train_loss)
    )?;
    writeln!(
        out,
        "validation loss  {:.4} nats a character, whole split, integer runtime",
        nats(from.val_loss)
    )?;
    writeln!(
        out,
        "parameters       {}",
        grouped(dims.parameters() as usize)
    )?;
    writeln!(out, "file             {}", bytes(file.bytes().len()))?;
    writeln!(out, "RAM              {}", bytes(model.plan().ram()))?;
    writeln!(
        out,
        "parity           {} of {} logits differ between training and runtime",
        grouped(parity.differing),
        grouped(parity.compared)
    )?;
    let fits = BOARDS
        .iter()
        .filter(|board| matches!(board.fit(dims, file.bytes().len()), Fit::Fits { .. }));
    writeln!(
        out,
        "fits             {}",
        fits.map(|board| board.name).collect::<Vec<_>>().join(", ")
    )?;
    Ok(())
}

/// Becomes true at Ctrl-C, SIGTERM or SIGHUP. The second one ends the program at once, which loses nothing but the steps
/// since the last checkpoint.
pub(crate) fn stop_at_signals() -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    let handler = || {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
        eprintln!("\nfinishing this step; once more to stop without saving it");
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        eprintln!("note: signals will end the run without saving its last steps: {error}");
    }
    &STOP
}

/// Text from a new line on.
fn sample(file: &ModelFile) -> Result<String, GenerateError> {
    let model = file.model();
    let mut text = String::new();
    speak(
        &model,
        &[line_start(&model)],
        SAMPLE,
        1,
        SAMPLE_LENGTH,
        |piece| {
            text.push_str(piece);
            Ok(())
        },
    )?;
    Ok(text)
}

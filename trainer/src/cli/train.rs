//! `train`: the main job, from a text to a measured model file that speaks.

use super::configure::DEFAULT_PRESET;
use super::error::CommandError;
use super::teachers::train_missing;
use crate::cli::args::TrainArgs;
use crate::cli::conclude::conclude;
use crate::cli::prepare::{self, Prepared};
use crate::cli::text::{remarks, warn_of_small};
use crate::config::Arithmetic;
use crate::data::small::SmallText;
use crate::data::vocabulary::Vocabulary;
use crate::train::run::{Run, take_result};
use crate::util::fmt::{bytes, grouped};
use crate::util::signals::stop_at_signals;
use crate::util::terminal::say;
use crate::util::usage::peak_memory;
use formats::MemoryPlan;
use std::io::Write;
use std::time::Instant;

/// Trains, exports, measures and lets the model speak; results go to `out`. Teachers that a preset names come first, where they
/// are missing.
///
/// # Errors
/// [`CommandError`]; bad input is found before any work, and nothing that was there is overwritten.
pub fn run(args: &TrainArgs, out: &mut impl Write) -> Result<(), CommandError> {
    train_missing(args, out)?;
    let started = Instant::now();
    let prepared = match &args.resume {
        Some(folder) => prepare::resumed(args, folder)?,
        None => prepare::new(args)?,
    };
    let Prepared {
        trainer,
        folder,
        lock: _lock,
        corpus,
        text,
        info,
    } = prepared;
    let dims = *trainer.dims();

    say(format_args!(
        "text      {}, {} characters, {}",
        corpus.source,
        grouped(text.characters.iter().sum()),
        match text.vocabulary {
            Vocabulary::Characters(_) => format!("{} different", dims.vocab_size),
            Vocabulary::Pieces(_) => format!(
                "in {} of {} different pieces",
                grouped(text.train.len() + text.validation.len()),
                dims.vocab_size
            ),
        }
    ));
    if let Some(floor) = corpus.entropy_floor {
        say(format_args!(
            "          its entropy is {floor:.4} nats per character: no model can do better on average"
        ));
    }
    let arithmetic = trainer.config().model.arithmetic;
    let parameters = grouped(dims.parameters() as usize);
    match arithmetic {
        Arithmetic::Integer => say(format_args!(
            "model     {parameters} parameters, will need {} of RAM",
            bytes(MemoryPlan::new(&dims).ram())
        )),
        Arithmetic::Float => say(format_args!(
            "model     {parameters} parameters, floats: to compare with, no device runs it"
        )),
    }
    let train = &trainer.config().train;
    let read = train.steps as f64 * train.batch as f64 * f64::from(dims.context);
    // In characters, whatever a token is.
    let read = read / text.tokens_per_character()[0];
    let small = SmallText::of(text.characters[0], dims.parameters() as usize, read);
    if let Some(small) = small {
        warn_of_small(&small);
    }
    if let Some(init) = &info.init {
        say(format_args!(
            "begins    with {} steps on {}",
            grouped(init.steps as usize),
            init.corpus
        ));
    }
    for teacher in &info.teachers {
        say(format_args!(
            "teacher   {}, seed {}, {} steps",
            teacher.preset,
            teacher.seed,
            grouped(teacher.steps as usize)
        ));
    }
    if let Some((threads, memory)) = trainer.threads() {
        say(format_args!(
            "computes  with {threads} of at most {} threads (train.shards), {} for each",
            trainer.config().train.shards,
            bytes(memory)
        ));
    }
    say(format_args!("run       {}", folder.path().display()));

    if trainer.steps() > 0 {
        say(format_args!(
            "          goes on after step {}",
            grouped(trainer.steps() as usize)
        ));
    }
    let start_seconds = started.elapsed().as_secs_f64();
    let stop = stop_at_signals();
    let mut run = Run::new(trainer, &folder, &text, &info)?;
    run.train(stop)?;
    let best = run.best();
    let mut trainer = run.into_trainer();
    let trained_steps = trainer.steps();
    let train_seconds = started.elapsed().as_secs_f64();
    let peak_memory = peak_memory();
    if let Some(peak) = peak_memory {
        say(format_args!(
            "took      {train_seconds:.0} s, {start_seconds:.1} of them before the first step; {} MB of memory at most",
            peak / 1_000_000
        ));
    }
    take_result(&mut trainer, &folder, best)?;
    let (mut summary, sample) = conclude(&trainer, &folder, &text, &info, args.measure_all, stop)?;
    summary.best(best, trained_steps);
    summary.entropy_floor = corpus.entropy_floor;
    (summary.start_seconds, summary.train_seconds) = (start_seconds, train_seconds);
    summary.peak_memory = peak_memory;
    summary.seconds = started.elapsed().as_secs_f64();

    write!(out, "{summary}")?;
    for note in remarks(&corpus) {
        writeln!(out, "note: {note}")?;
    }
    let by = match arithmetic {
        Arithmetic::Integer => "the integer runtime",
        Arithmetic::Float => "the trainer's forward pass",
    };
    writeln!(out, "\nWhat it says, generated by {by}:\n\n{sample}\n")?;
    match &summary.model {
        Some(model) => {
            let model = model.display();
            writeln!(out, "Next:\n  cargo run -p trainer -- generate {model}")?;
            writeln!(out, "  cargo run -p trainer -- inspect {model}")?;
            if info.origin.preset == DEFAULT_PRESET {
                writeln!(
                    out,
                    "  cargo run -p trainer -- train --preset microbit  better, and slower"
                )?;
            }
        }
        None => writeln!(
            out,
            "Next, a model for devices that learns from this one:\n  cargo run -p trainer -- train --preset base --teacher {}",
            folder.path().display()
        )?,
    }
    if args.json {
        let summary = serde_json::to_string(&summary).expect("a summary is plain values");
        writeln!(out, "{summary}")?;
    }
    Ok(())
}

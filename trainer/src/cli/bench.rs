//! `bench`: what a training step costs, by everything that can compute one here, and what it takes to learn.

pub mod pytorch;

use crate::backprop::weights::Weights;
use crate::cli::args::BenchArgs;
use crate::cli::text::obtain_corpus;
use crate::config::backend::Compute;
use crate::config::backend::{Backend, BackendError};
use crate::config::{Arithmetic, Config, ConfigError};
use crate::data::corpus::CorpusError;
use crate::data::dataset::{Dataset, DatasetError};
use crate::model::transformer::Transformer;
use crate::train::distill::Teachers;
use crate::train::trainer::{Trainer, TrainerError};
use crate::util::progress::Progress;
use burn::tensor::Device;
use cpu_time::ProcessTime;
use pytorch::{Manner, PyTorch, PyTorchError, Taken};
use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Different characters of Tiny Shakespeare, which set the size of embedding and head.
const VOCAB: u16 = 65;
/// Tokens of the random text.
const TEXT: u32 = 100_000;
/// Losses of the running mean.
const RUNNING: usize = 100;
/// How many times as long as ours the reference may look for the same loss.
const PATIENCE: u32 = 14;
/// Batch of the Python experiment.
const REFERENCE_BATCH: usize = 32;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant passes on what it is named after")]
pub enum BenchError {
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error(transparent)]
    Text(#[from] DatasetError),
    #[error(transparent)]
    Trainer(#[from] TrainerError),
    #[error(transparent)]
    PyTorch(#[from] PyTorchError),
    #[error("the system refuses to make threads: {0}")]
    Threads(#[from] ThreadPoolBuildError),
    #[error("cannot print: {0}")]
    Output(#[from] io::Error),
}

/// One way to compute steps.
enum Runner {
    Ours(Box<Trainer>),
    Reference(PyTorch),
}

impl Runner {
    fn step(&mut self) -> Result<Taken, BenchError> {
        match self {
            Self::Reference(pytorch) => Ok(pytorch.step()?),
            Self::Ours(trainer) => {
                let (wall, cpu) = (Instant::now(), ProcessTime::now());
                let loss = trainer.step()?.loss;
                Ok(Taken {
                    loss,
                    wall: wall.elapsed(),
                    cpu: cpu.elapsed(),
                })
            }
        }
    }
}

/// Steps in alternation, each behind one that is not timed, so that a noisy machine is as noisy for all; prints medians and ratios. Or, with `--until`, the
/// CPU time to a loss.
///
/// # Errors
/// [`BenchError`].
pub fn run(args: &BenchArgs, out: &mut (impl Write + Send)) -> Result<(), BenchError> {
    let config = Config::preset(&args.preset)?;
    let mut rows = Vec::new();
    for &threads in &args.threads {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        rows.extend(pool.install(|| match args.until {
            Some(loss) => learn(config.clone(), args, loss, threads, out),
            None => race(config.clone(), args, threads, out),
        })?);
    }
    if args.json {
        writeln!(out, "{}", Value::Array(rows))?;
    }
    Ok(())
}

fn race(
    mut config: Config,
    args: &BenchArgs,
    threads: usize,
    out: &mut (impl Write + Send),
) -> Result<Vec<Value>, BenchError> {
    (config.train.batch, config.train.shards) = (args.batch, args.shards);
    config.train.warmup = 0;
    // Tensors have none.
    config.train.dropout = 0.0;
    config.train.teachers.clear();
    config.check()?;
    let tokens = (0..TEXT).map(|i| (i.wrapping_mul(i) / 7 % u32::from(VOCAB)) as u16);
    let tokens: Vec<u16> = tokens.collect();
    let mut contestants = Vec::new();
    for (name, compute) in computes()? {
        let trainer = Trainer::new(config.clone(), config.dims(VOCAB)?, tokens.clone(), compute)?;
        contestants.push((name.to_owned(), Runner::Ours(Box::new(trainer)), Vec::new()));
    }
    let taught = taught(&config, &tokens)?;
    contestants.insert(1, ("fused, with a teacher".to_owned(), taught, Vec::new()));
    if let Some(python) = &args.pytorch {
        for manner in [Manner::Eager, Manner::Fast] {
            let pytorch = PyTorch::start(python, &tokens, args.batch, threads, manner)?;
            let name = pytorch.description.clone();
            contestants.push((name, Runner::Reference(pytorch), Vec::new()));
        }
    }
    writeln!(
        out,
        "preset {}, batch {} x {}, {threads} threads; a step forward, backward and optimiser; medians of {}",
        args.preset, args.batch, config.model.context, args.steps
    )?;
    // The first step of each allocates.
    for round in 0..=args.steps {
        for (_, runner, taken) in &mut contestants {
            // The caches are full of another's numbers.
            runner.step()?;
            let step = runner.step()?;
            if round > 0 {
                taken.push(step);
            }
        }
    }
    let tokens = args.batch as f64 * f64::from(config.model.context);
    let mut rows = Vec::new();
    let mut first = None;
    for (name, _, taken) in contestants {
        let wall = median(taken.iter().map(|taken| taken.wall));
        let cpu = median(taken.iter().map(|taken| taken.cpu));
        let first = *first.get_or_insert(cpu);
        writeln!(
            out,
            "{name:<58} {:>8.1} tokens/s  {wall:.3} s a step  {cpu:.3} CPU s a step  {:.2} times the first",
            tokens / wall,
            cpu / first
        )?;
        rows.push(json!({
            "threads": threads,
            "name": name,
            "tokens_per_second": tokens / wall,
            "step_seconds": wall,
            "step_cpu_seconds": cpu,
        }));
    }
    Ok(rows)
}

/// With a teacher of the same size, who has read the text before the first step. What it knows does not matter for the time.
fn taught(config: &Config, tokens: &[u16]) -> Result<Runner, BenchError> {
    let dims = config.dims(VOCAB)?;
    let teacher = Transformer::float(&dims, &Device::flex(), 2);
    let teacher = Weights::of(&teacher, Arithmetic::Float);
    let mut student = Trainer::new(config.clone(), dims, tokens.to_vec(), Compute::Backprop)?;
    student.learn_from(Teachers::of(vec![teacher], dims.context.into(), 0.5));
    Ok(Runner::Ours(Box::new(student)))
}

/// The preset, without teachers, and then the reference on the same text, until the running mean of the training loss is at `loss`
/// or its time is over.
fn learn(
    mut config: Config,
    args: &BenchArgs,
    loss: f64,
    threads: usize,
    out: &mut (impl Write + Send),
) -> Result<Vec<Value>, BenchError> {
    let corpus = obtain_corpus(args.data.as_deref())?;
    let text = Dataset::new(corpus.text, config.model.context.into())?;
    let dims = config.dims(text.vocab())?;
    let (steps, preset) = (config.train.steps, &args.preset);
    // A run of theirs is not part of what is timed.
    config.train.teachers.clear();
    let trainer = Trainer::new(config, dims, text.train.clone(), Compute::Backprop)?;
    writeln!(
        out,
        "until the mean training loss of {RUNNING} steps is {loss}, {threads} threads"
    )?;
    let ours = until(Runner::Ours(Box::new(trainer)), loss, steps, Duration::MAX)?;
    let mut rows = vec![(format!("preset {preset}"), ours)];
    if let Some(python) = &args.pytorch {
        let pytorch = PyTorch::start(
            python,
            &text.train.copy(0..text.train.len()),
            REFERENCE_BATCH,
            threads,
            Manner::Eager,
        )?;
        let name = pytorch.description.clone();
        let patience = PATIENCE * rows[0].1.cpu;
        let reference = until(Runner::Reference(pytorch), loss, u64::MAX, patience)?;
        rows.push((name, reference));
    }
    let mut values = Vec::new();
    for (name, learnt) in rows {
        let cpu = learnt.cpu.as_secs_f64();
        writeln!(
            out,
            "{name:<58} {} {:.3} after {} steps and {cpu:.1} CPU seconds",
            if learnt.reached { "reaches" } else { "is at" },
            learnt.loss,
            learnt.steps
        )?;
        values.push(json!({
            "threads": threads,
            "name": name,
            "reached": learnt.reached,
            "loss": learnt.loss,
            "steps": learnt.steps,
            "cpu_seconds": cpu,
        }));
    }
    Ok(values)
}

/// How far one got.
struct Learnt {
    reached: bool,
    loss: f64,
    steps: u64,
    cpu: Duration,
}

fn until(
    mut runner: Runner,
    loss: f64,
    steps: u64,
    patience: Duration,
) -> Result<Learnt, BenchError> {
    let limited = patience < Duration::MAX;
    let progress = match limited {
        true => Progress::new("learning", patience.as_secs(), "CPU seconds"),
        false => Progress::new("learning", steps, "steps"),
    };
    let mut last = VecDeque::with_capacity(RUNNING);
    let mut learnt = Learnt {
        reached: false,
        loss: f64::INFINITY,
        steps: 0,
        cpu: Duration::ZERO,
    };
    while !learnt.reached && learnt.steps < steps && learnt.cpu < patience {
        let taken = runner.step()?;
        learnt.steps += 1;
        learnt.cpu += taken.cpu;
        if last.len() == RUNNING {
            last.pop_front();
        }
        last.push_back(taken.loss);
        learnt.loss = last.iter().sum::<f64>() / last.len() as f64;
        learnt.reached = last.len() == RUNNING && learnt.loss <= loss;
        let position = if limited {
            learnt.cpu.as_secs()
        } else {
            learnt.steps
        };
        progress.set(position, format!("loss {:.3}", learnt.loss));
    }
    progress.finish();
    Ok(learnt)
}

fn computes() -> Result<Vec<(&'static str, Compute)>, BackendError> {
    Ok(vec![
        ("fused", Compute::Backprop),
        (
            "burn-flex tensors",
            Compute::Tensors(Backend::Flex.device()?),
        ),
        (
            "burn-ndarray tensors",
            Compute::Tensors(Backend::Ndarray.device()?),
        ),
    ])
}

/// In seconds.
fn median(times: impl Iterator<Item = Duration>) -> f64 {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

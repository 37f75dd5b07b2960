//! `bench`: what a training step costs, by everything that can compute one here.

use crate::backend::{Backend, BackendError};
use crate::cli::BenchArgs;
use crate::config::{Config, ConfigError};
use crate::gradients::Compute;
use crate::session::{Session, SessionError};
use cpu_time::ProcessTime;
use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Different characters of Tiny Shakespeare, which set the size of embedding and head.
const VOCAB: u16 = 65;
/// Tokens of the random text.
const TEXT: u32 = 100_000;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant passes on what it is named after")]
pub enum BenchError {
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("the system refuses to make threads: {0}")]
    Threads(#[from] ThreadPoolBuildError),
    #[error("cannot print: {0}")]
    Output(#[from] io::Error),
}

/// One way to compute steps, and what it has taken so far.
struct Contestant {
    name: &'static str,
    session: Session,
    wall: Vec<Duration>,
    cpu: Vec<Duration>,
}

/// Steps in alternation, so that a noisy machine is as noisy for all; prints medians and ratios.
///
/// # Errors
/// [`BenchError`].
pub fn run(args: &BenchArgs, out: &mut (impl Write + Send)) -> Result<(), BenchError> {
    let mut config = Config::preset(&args.preset)?;
    (config.train.batch, config.train.shards) = (args.batch, args.shards);
    config.train.warmup = 0;
    // Tensors have none.
    config.train.dropout = 0.0;
    config.check()?;
    writeln!(
        out,
        "preset {}, batch {} x {}, a step forward, backward and optimiser; medians of {}",
        args.preset, args.batch, config.model.context, args.steps
    )?;
    let mut rows = Vec::new();
    for &threads in &args.threads {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        rows.extend(pool.install(|| race(&config, threads, args.steps, out))?);
    }
    if args.json {
        writeln!(out, "{}", Value::Array(rows))?;
    }
    Ok(())
}

fn race(
    config: &Config,
    threads: usize,
    steps: usize,
    out: &mut (impl Write + Send),
) -> Result<Vec<Value>, BenchError> {
    let mut contestants = Vec::new();
    for (name, compute) in contestants_here()? {
        let tokens = (0..TEXT).map(|i| (i.wrapping_mul(i) / 7 % u32::from(VOCAB)) as u16);
        let dims = config.dims(VOCAB)?;
        contestants.push(Contestant {
            name,
            session: Session::new(config.clone(), dims, tokens.collect(), compute)?,
            wall: Vec::new(),
            cpu: Vec::new(),
        });
    }
    // The first step of each allocates.
    for round in 0..=steps {
        for contestant in &mut contestants {
            let (wall, cpu) = (Instant::now(), ProcessTime::now());
            contestant.session.step()?;
            if round > 0 {
                contestant.wall.push(wall.elapsed());
                contestant.cpu.push(cpu.elapsed());
            }
        }
    }
    let tokens = config.train.batch as f64 * f64::from(config.model.context);
    let mut rows = Vec::new();
    let mut reference = None;
    for mut contestant in contestants {
        let (wall, cpu) = (median(&mut contestant.wall), median(&mut contestant.cpu));
        let reference = *reference.get_or_insert(cpu);
        writeln!(
            out,
            "{threads} threads  {:<22} {:>8.1} tokens/s  {wall:.3} s a step  {cpu:.3} CPU s a step  {:.2} times the first",
            contestant.name,
            tokens / wall,
            cpu / reference
        )?;
        rows.push(json!({
            "threads": threads,
            "name": contestant.name,
            "tokens_per_second": tokens / wall,
            "step_seconds": wall,
            "step_cpu_seconds": cpu,
        }));
    }
    Ok(rows)
}

fn contestants_here() -> Result<Vec<(&'static str, Compute)>, BackendError> {
    let mut all = vec![
        ("fused", Compute::Fused),
        (
            "burn-flex tensors",
            Compute::Tensors(Backend::Flex.device()?),
        ),
    ];
    if cfg!(feature = "ndarray") {
        all.push((
            "burn-ndarray tensors",
            Compute::Tensors(Backend::Ndarray.device()?),
        ));
    }
    Ok(all)
}

/// In seconds.
fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

//! `study`: the queue of the precision study, and its report.

use crate::args::StudyArgs;
use crate::precision::interval;
use crate::precision::kinds::{KINDS, Kind};
use crate::precision::measure::{MeasureError, Measures, Reference, measures};
use crate::precision::queue::{Job, Plan, Queue, QueueError, jobs};
use crate::precision::report::{self, ReportError};
use crate::precision::rows::{self, RowError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use trainer::cli::inspect::hex;
use trainer::cli::prepare::name_of;
use trainer::cli::text::Recorded;
use trainer::config::ConfigError;
use trainer::config::backend::Compute;
use trainer::data::corpus::{Corpus, CorpusError, Options};
use trainer::data::dataset::{Dataset, DatasetError};
use trainer::export::build::{Origin, THIS_TRAINER};
use trainer::train::run::{Run, TrainError, resume};
use trainer::train::run_dir::{RunDir, RunError, RunInfo};
use trainer::train::trainer::{Trainer, TrainerError};
use trainer::util::files::{self, FileError};
use trainer::util::signals::stop_at_signals;
use trainer::util::terminal::say;

/// Steps and seeds of a small study ...
const SMALL: (u64, u64) = (500, 2);
/// ... and of the one in docs/study.md.
const FULL: (u64, u64) = (1200, 3);
/// Characters of a generated text.
const SAMPLE_LENGTH: usize = 2500;
/// Half of these the learning rate rises in.
const FEWEST_STEPS: u64 = 200;

/// Why there is no study.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant passes on what it is named after")]
pub enum StudyError {
    #[error("--steps is {0}, it must be at least {FEWEST_STEPS}: the learning rate rises for 100")]
    Steps(u64),
    #[error("--seeds is {0}, it must be from 1 to {most}: try --seeds 3", most = interval::MOST)]
    Seeds(u64),
    #[error("--minutes is {0}, it must be a number from 0 up")]
    Minutes(f64),
    #[error("--job is {number}, it must be from 1 to {runs}: --list names the runs")]
    Job { number: usize, runs: usize },
    #[error("{0} is not finished: the same command goes on")]
    Unfinished(String),
    #[error("--only: there is no {name:?}, choose from {known}")]
    Kind { name: String, known: String },
    #[error("{}: {source}", .path.display())]
    Rows { path: PathBuf, source: RowError },
    #[error("{}: there is no kind of model {name:?}", .path.display())]
    OtherKind { path: PathBuf, name: String },
    #[error("{}: its runs have {found} steps, this study's {steps}: choose the same --steps", .path.display())]
    OtherSteps {
        path: PathBuf,
        found: u64,
        steps: u64,
    },
    #[error("cannot learn from {corpus}: {source}")]
    Text {
        corpus: String,
        source: DatasetError,
    },
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Trainer(#[from] TrainerError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Measure(#[from] MeasureError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("cannot print: {0}")]
    Output(#[from] io::Error),
}

/// What all runs need.
struct Study<'a> {
    corpus: &'a Corpus,
    reading: Options,
    text: Dataset,
    reference: Reference,
    steps: u64,
}

/// Trains and measures what is left to do, and writes the report of what is done; its tables go to `out`.
///
/// # Errors
/// [`StudyError`]; bad input is found before any work, and what is done stays done.
pub fn run(args: &StudyArgs, out: &mut impl Write) -> Result<(), StudyError> {
    let (steps, seeds) = size(args)?;
    let kinds = kinds(&args.only)?;
    let made = made_elsewhere(args.with.as_deref(), steps)?;
    let corpus = args.text.corpus(&Recorded::default())?;
    let context = KINDS[0].config(steps, 1).model.context;
    let text = Dataset::new(&corpus.text, context.into()).map_err(|source| StudyError::Text {
        corpus: corpus.source.to_string(),
        source,
    })?;
    let jobs = jobs(&kinds, seeds);
    let chosen = match args.job {
        None => &jobs[..],
        Some(number) => {
            let runs = jobs.len();
            let one = number.checked_sub(1).and_then(|at| jobs.get(at..number));
            one.ok_or(StudyError::Job { number, runs })?
        }
    };
    let plan = Plan {
        steps,
        corpus: name_of(&corpus.source),
        corpus_sha256: hex(&corpus.sha256),
    };
    let queue = Queue::open(&args.out, &plan)?;
    for run in &made {
        if let Some(kind) = Kind::named(&run.kind) {
            let seed = run.seed;
            queue.adopt(&Job { kind, seed }, run)?;
        }
    }
    if args.list {
        return list(&queue, &jobs, out);
    }
    let study = Study {
        corpus: &corpus,
        reading: args.text.options(&Recorded::default()),
        reference: Reference::new(&text, SAMPLE_LENGTH),
        text,
        steps,
    };
    let stop = stop_at_signals();
    if let Some(minutes) = args.minutes {
        let budget = Duration::from_secs_f64(60.0 * minutes);
        stop.store(budget.is_zero(), Ordering::Relaxed);
        thread::spawn(move || {
            thread::sleep(budget);
            stop.store(true, Ordering::Relaxed);
        });
    }
    let work = |job: &Job, path: &Path| study.job(job, path, stop);
    let done: Vec<Measures> = queue.work::<_, StudyError>(chosen, stop, work)?;
    if args.job.is_some() {
        // The report is of all runs: whoever gathers them writes it.
        return match (chosen.first(), done.is_empty()) {
            (Some(job), true) => Err(StudyError::Unfinished(job.name())),
            _ => Ok(()),
        };
    }
    let report = report::write(&args.out, &done, &study.reference, &plan.corpus)?;
    writeln!(out, "{report}\nwritten to {}", args.out.display())?;
    if done.len() < jobs.len() {
        writeln!(
            out,
            "{} of {} runs are done: the same command goes on",
            done.len(),
            jobs.len()
        )?;
    }
    Ok(())
}

/// A line a run: its number, its name and how far it is.
fn list(queue: &Queue, jobs: &[Job], out: &mut impl Write) -> Result<(), StudyError> {
    for (number, job) in (1..).zip(jobs) {
        let state = match queue.result::<Measures>(job)? {
            Some(_) => "done",
            None if queue.path(job).exists() => "begun",
            None => "not begun",
        };
        writeln!(out, "{number:>3}  {:<18} {state}", job.name())?;
    }
    Ok(())
}

/// Steps and seeds.
fn size(args: &StudyArgs) -> Result<(u64, u64), StudyError> {
    let (steps, seeds) = if args.full { FULL } else { SMALL };
    let (steps, seeds) = (args.steps.unwrap_or(steps), args.seeds.unwrap_or(seeds));
    if steps < FEWEST_STEPS {
        return Err(StudyError::Steps(steps));
    }
    if !(1..=interval::MOST as u64).contains(&seeds) {
        return Err(StudyError::Seeds(seeds));
    }
    match args.minutes {
        Some(minutes) if Duration::try_from_secs_f64(60.0 * minutes).is_err() => {
            Err(StudyError::Minutes(minutes))
        }
        _ => Ok((steps, seeds)),
    }
}

/// The runs in the CSV at `path`.
fn made_elsewhere(path: Option<&Path>, steps: u64) -> Result<Vec<Measures>, StudyError> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let text = files::read(path)?;
    let runs = rows::read(&String::from_utf8_lossy(&text)).map_err(|source| StudyError::Rows {
        path: path.to_owned(),
        source,
    })?;
    if let Some(unknown) = runs.iter().find(|run| Kind::named(&run.kind).is_none()) {
        return Err(StudyError::OtherKind {
            path: path.to_owned(),
            name: unknown.kind.clone(),
        });
    }
    match runs.iter().find(|run| run.steps != steps) {
        Some(other) => Err(StudyError::OtherSteps {
            path: path.to_owned(),
            found: other.steps,
            steps,
        }),
        None => Ok(runs),
    }
}

/// The kinds that are asked for, in the order of the study.
fn kinds(only: &[String]) -> Result<Vec<Kind>, StudyError> {
    for name in only {
        if Kind::named(name).is_none() {
            return Err(StudyError::Kind {
                name: name.clone(),
                known: KINDS.map(|kind| kind.name).join(", "),
            });
        }
    }
    let asked = |kind: &Kind| only.is_empty() || only.iter().any(|name| name == kind.name);
    Ok(KINDS.into_iter().filter(asked).collect())
}

impl Study<'_> {
    /// Trains a model in `path`, from where it was, and measures it; none when `stop` became true before.
    fn job(
        &self,
        job: &Job,
        path: &Path,
        stop: &AtomicBool,
    ) -> Result<Option<Measures>, StudyError> {
        say(format_args!("{}", job.name()));
        let config = job.kind.config(self.steps, job.seed);
        let folder = RunDir::open(path);
        let _lock = folder.lock()?;
        let info = RunInfo {
            vocabulary: self.text.vocabulary.clone(),
            origin: Origin {
                corpus: name_of(&self.corpus.source),
                corpus_sha256: self.corpus.sha256,
                preset: job.kind.name.to_owned(),
                seed: job.seed,
                trainer: THIS_TRAINER.to_owned(),
                ..Origin::default()
            },
            data: self.corpus.choice.clone(),
            reading: self.reading.clone(),
            teachers: Vec::new(),
            init: None,
        };
        folder.describe(&config, &info)?;
        let dims = config.dims(self.text.vocab())?;
        let mut trainer = Trainer::new(config, dims, self.text.train.clone(), Compute::Backprop)?;
        resume(&mut trainer, &folder)?;
        let mut run = Run::new(trainer, &folder, &self.text, &info)?;
        match run.train(stop) {
            Err(TrainError::Stopped { step, steps, .. }) => {
                say(format_args!(
                    "stopped after step {step} of {steps}, which is saved"
                ));
                return Ok(None);
            }
            result => result?,
        }
        let trainer = run.into_trainer();
        let (text, reference) = (&self.text, &self.reference);
        Ok(Some(measures(
            job,
            &trainer,
            text,
            reference,
            &info.origin,
            path,
        )?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn args(line: &str) -> StudyArgs {
        let line = format!("studies precision {line}");
        match Cli::try_parse_from(line.split_whitespace())
            .unwrap()
            .command
        {
            Command::Precision(args) => args,
            _ => panic!("`study` is a command"),
        }
    }

    #[test]
    fn bad_arguments_say_what_would_be_good() {
        let error = |line: &str| run(&args(line), &mut Vec::new()).unwrap_err().to_string();
        assert!(error("--steps 10").contains("at least 200"));
        assert!(error("--seeds 0").contains("from 1 to 31"));
        assert!(error("--minutes=-1").contains("from 0 up"));
        assert!(error("--job 0").contains("from 1 to 18"));
        assert!(error("--job 4 --seeds 3 --only float").contains("from 1 to 3"));
        assert!(error("--only trits-4").contains("trits-1, trits-2, trits-3"));
        assert!(error("--with /nowhere/at/all.csv").contains("/nowhere/at/all.csv"));
        let csv = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/study-precision.csv"
        );
        assert!(error(&format!("--with {csv}")).contains("have 1200 steps, this study's 500"));
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other.csv");
        let rows = std::fs::read_to_string(csv).unwrap();
        std::fs::write(&other, rows.replace("wide-1", "wide-9")).unwrap();
        let other = error(&format!("--with {}", other.display()));
        assert!(other.contains("no kind of model \"wide-9\""), "{other}");
        assert!(error("--data /nowhere/at/all.txt").contains("/nowhere/at/all.txt"));
        assert_eq!(size(&args("--full")).unwrap(), FULL);
        assert_eq!(size(&args("--steps 300 --seeds 1")).unwrap(), (300, 1));
        let names = |line: &str| kinds(&args(line).only).unwrap().len();
        assert_eq!((names(""), names("--only float trits-1")), (KINDS.len(), 2));
    }

    #[test]
    fn a_run_is_trained_measured_and_goes_on_from_its_checkpoint() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("play.txt");
        std::fs::write(&path, "ROMEO:\nWhat light is this?\n\n".repeat(90)).unwrap();
        let corpus = trainer::cli::text::obtain_corpus(Some(&path)).unwrap();
        let text = Dataset::new(&corpus.text, 128).unwrap();
        let study = Study {
            corpus: &corpus,
            reading: Options::default(),
            reference: Reference::new(&text, 40),
            text,
            steps: 2,
        };
        for trits in [Some(2), None] {
            let kind = Kind {
                name: "small",
                trits,
                d_model: 16,
                hidden: 16,
            };
            let job = Job { kind, seed: 1 };
            let folder = |name: &str| {
                let folder = parent.path().join(format!("{name}-{trits:?}"));
                std::fs::create_dir(&folder).unwrap();
                folder
            };
            let (whole, parts) = (folder("whole"), folder("parts"));
            let expected = study.job(&job, &whole, &AtomicBool::new(false)).unwrap();
            let stopped = study.job(&job, &parts, &AtomicBool::new(true)).unwrap();
            assert_eq!(stopped, None);
            let got = study.job(&job, &parts, &AtomicBool::new(false)).unwrap();
            assert_eq!(got, expected);
            let measures = got.unwrap();
            assert_eq!(measures.steps, 2);
            assert_eq!(measures.flips.is_some(), trits.is_some());
            assert_eq!(parts.join("model.aut").exists(), trits.is_some());
        }
    }
}

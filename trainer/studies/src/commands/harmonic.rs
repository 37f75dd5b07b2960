//! `harmonic`: pictures, an animation and the order of Harmonic Explorer's runs; or the whole study.

use crate::args::HarmonicArgs;
use crate::harmonic::chart::order_over_time;
use crate::harmonic::force::Amplitudes;
use crate::harmonic::history::{CSV_HEADER, History};
use crate::harmonic::motion::displacement;
use crate::harmonic::ratio::Ratio;
use crate::harmonic::render::{Animation, contact_sheet, panel};
use crate::harmonic::simulation::{Setup, SetupError};
use crate::harmonic::study::{Plan, RATIOS, study, total_runs};
use crate::harmonic::table::Table;
use rayon::prelude::*;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use trainer::train::run_dir::{RunDir, RunError};
use trainer::util::files::{FileError, write_whole};
use trainer::util::plot::ChartError;
use trainer::util::progress::Progress;

/// The most runs of one command: more would not fit a sheet that anybody can read.
const PANELS: usize = 64;

/// Why there are no pictures.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant passes on what it is named after")]
pub enum HarmonicError {
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(
        "{ratios} ratios at {bits} precisions are {panels} runs, a sheet holds {PANELS}: name fewer --ratio or --bits",
        panels = ratios * bits
    )]
    Panels { ratios: usize, bits: usize },
    #[error("{0} seeds are not in 2 to 1000: try --seeds 5")]
    Seeds(u32),
    #[error(transparent)]
    Folder(#[from] RunError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Chart(#[from] ChartError),
    #[error("cannot print: {0}")]
    Output(#[from] io::Error),
}

/// Runs what was asked for; tables go to `out`.
///
/// # Errors
/// [`HarmonicError`]; bad input is found before any work, and nothing that was there is overwritten.
pub fn run(args: &HarmonicArgs, out: &mut impl Write) -> Result<(), HarmonicError> {
    let setups = setups(args)?;
    if args.study {
        return print_study(args, setups[0], out);
    }
    let folder = RunDir::create(args.out.as_deref(), "harmonic")?;
    let histories = simulate(&setups, folder.path())?;
    write_overview(&histories, folder.path())?;
    write!(out, "{}", summary(&histories))?;
    writeln!(out, "\nwritten to {}", folder.path().display())?;
    Ok(())
}

/// The runs that were asked for: all ratios at the first precision, then at the next.
fn setups(args: &HarmonicArgs) -> Result<Vec<Setup>, HarmonicError> {
    let ratios = if args.sheet {
        RATIOS.to_vec()
    } else {
        distinct(&args.ratio)
    };
    let bits = distinct(&args.bits);
    if ratios.len() * bits.len() > PANELS {
        return Err(HarmonicError::Panels {
            ratios: ratios.len(),
            bits: bits.len(),
        });
    }
    let setup = |bits: u32, ratio: Ratio| Setup {
        amplitudes: Amplitudes {
            radial: args.amplitude,
            tangential: args.amplitude,
        },
        particles: args.particles,
        frames: args.frames,
        bits,
        rounding: args.rounding,
        ..Setup::new(ratio, args.seed)
    };
    let row = |&bits: &u32| ratios.iter().map(move |&ratio| setup(bits, ratio));
    let setups: Vec<Setup> = bits.iter().flat_map(row).collect();
    for setup in &setups {
        setup.check()?;
    }
    Ok(setups)
}

/// `values` in their order, without those that came before.
fn distinct<T: Copy + PartialEq>(values: &[T]) -> Vec<T> {
    let mut distinct = Vec::new();
    for &value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

/// Runs all setups on all cores, and writes the last frame and the animation of each.
fn simulate(setups: &[Setup], folder: &Path) -> Result<Vec<History>, HarmonicError> {
    let frames: u64 = setups.iter().map(|setup| u64::from(setup.frames)).sum();
    let progress = Progress::new("simulating", frames, "frames");
    let done = AtomicU64::new(0);
    let histories = setups
        .par_iter()
        .map(|setup| {
            let mut gif = Vec::new();
            let mut animation = Animation::new(setup, &mut gif);
            let history = History::record(setup, |frame, particles| {
                animation.add(frame, particles);
                if frame > 0 {
                    progress.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
                }
            })?;
            drop(animation);
            let name = file_name(setup);
            write_whole(&folder.join(format!("{name}.gif")), &gif)?;
            write_whole(&folder.join(format!("{name}.png")), &panel(&history).png())?;
            Ok(history)
        })
        .collect();
    progress.finish();
    histories
}

/// Such as `1-8-at-53-bits`.
fn file_name(setup: &Setup) -> String {
    format!(
        "{}-{}-at-{}-bits",
        setup.ratio.temporal, setup.ratio.angular, setup.bits
    )
}

/// Writes what shows all runs side by side: a chart a precision, a sheet with a row a precision.
fn write_overview(histories: &[History], folder: &Path) -> Result<(), HarmonicError> {
    let mut csv = CSV_HEADER.to_owned();
    csv.extend(histories.iter().map(History::csv));
    write_whole(&folder.join("order.csv"), csv.as_bytes())?;
    let rows = || histories.chunk_by(|a, b| a.setup.bits == b.setup.bits);
    for row in rows() {
        let name = format!("order-at-{}-bits.svg", row[0].setup.bits);
        write_whole(&folder.join(name), order_over_time(row)?.as_bytes())?;
    }
    if histories.len() > 1 {
        let columns = rows().next().map_or(1, <[History]>::len);
        let sheet = contact_sheet(histories, columns).png();
        write_whole(&folder.join("sheet.png"), &sheet)?;
    }
    Ok(())
}

/// A line a run.
fn summary(histories: &[History]) -> String {
    let mut table = Table::new([
        "ratio",
        "bits",
        "radial order",
        "chance",
        "greatest, at time",
        "angular order",
        "chance",
        "moved",
    ]);
    for history in histories {
        let (setup, last) = (&history.setup, history.last());
        let greatest = history
            .moments
            .iter()
            .max_by(|a, b| a.orders.radial.total_cmp(&b.orders.radial))
            .unwrap_or(last);
        table.row([
            setup.ratio.to_string(),
            setup.bits.to_string(),
            format!("{:.3}", last.orders.radial),
            format!("{:.3}", last.control.radial),
            format!("{:.3}, {:.2}", greatest.orders.radial, greatest.time()),
            format!("{:.3}", last.orders.angular),
            format!("{:.3}", last.control.angular),
            format!("{:.3}", displacement(&history.start, &history.outcome)),
        ]);
    }
    table.markdown()
}

fn print_study(
    args: &HarmonicArgs,
    setup: Setup,
    out: &mut impl Write,
) -> Result<(), HarmonicError> {
    if !(2..=1000).contains(&args.seeds) {
        return Err(HarmonicError::Seeds(args.seeds));
    }
    let plan = Plan {
        setup,
        seeds: args.seeds,
    };
    let progress = Progress::new("studying", total_runs(&plan), "runs");
    let tables = study(&plan, &|done| progress.set(done, ""))?;
    progress.finish();
    write!(out, "{tables}")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn args(line: &str) -> HarmonicArgs {
        let words = ["studies", "harmonic"]
            .into_iter()
            .chain(line.split_whitespace());
        let Command::Harmonic(args) = Cli::parse_from(words).command else {
            panic!("`harmonic` is a command")
        };
        args
    }

    fn output(line: &str) -> Result<String, HarmonicError> {
        let mut out = Vec::new();
        run(&args(line), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn refusal(line: &str) -> String {
        output(line).unwrap_err().to_string()
    }

    #[test]
    fn a_run_leaves_pictures_and_figures() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("deep/er");
        let line = format!(
            "--ratio 1:8,2:5,1:8 --bits 53,8 --particles 50 --frames 12 --out {}",
            folder.display()
        );
        let text = output(&line).unwrap();
        assert_eq!(
            text.lines().filter(|line| line.starts_with("| ")).count(),
            6,
            "{text}"
        );
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let expected = [
            "1-8-at-53-bits.gif",
            "1-8-at-53-bits.png",
            "1-8-at-8-bits.gif",
            "1-8-at-8-bits.png",
            "2-5-at-53-bits.gif",
            "2-5-at-53-bits.png",
            "2-5-at-8-bits.gif",
            "2-5-at-8-bits.png",
            "order-at-53-bits.svg",
            "order-at-8-bits.svg",
            "order.csv",
            "sheet.png",
        ];
        assert_eq!(names, expected);
        let csv = std::fs::read_to_string(folder.join("order.csv")).unwrap();
        assert_eq!(csv.lines().count(), 1 + 4 * 4);
        assert!(refusal(&line).contains("never overwritten"));
    }

    #[test]
    fn what_cannot_be_run_says_why() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        let out = format!("--out {}/folder", file.display());
        assert!(refusal(&out).contains("cannot make the folder"));
        assert!(refusal("--particles 0").contains("--particles 5000"));
        assert!(refusal("--bits 53,2").contains("4 to 53"));
        assert!(refusal("--frames 0").contains("--frames 600"));
        assert!(refusal("--amplitude nan").contains("--amplitude 1"));
        assert!(refusal("--study --seeds 1").contains("--seeds 5"));
        let ratios: Vec<String> = (1..=33).map(|n| format!("{n}:8")).collect();
        let many = format!("--bits 8,9 --ratio {}", ratios.join(","));
        assert!(refusal(&many).contains("66 runs"), "{}", refusal(&many));
        let bad = Cli::try_parse_from(["studies", "harmonic", "--ratio", "1/8"]);
        assert!(bad.unwrap_err().to_string().contains("such as --ratio 1:8"));
    }

    #[test]
    fn the_documentation_shows_what_the_sheet_prints() {
        let parent = tempfile::tempdir().unwrap();
        let printed = output(&format!(
            "--sheet --bits 53,8 --out {}",
            parent.path().display()
        ))
        .unwrap();
        let study = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/study.md");
        let study = std::fs::read_to_string(study).unwrap();
        let (table, _) = printed.split_once("\n\n").unwrap();
        assert!(study.contains(table), "docs/study.md lacks\n{table}");
    }
}

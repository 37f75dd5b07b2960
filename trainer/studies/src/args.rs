//! The command line of `studies`.

use crate::harmonic::precision::Rounding;
use crate::harmonic::ratio::Ratio;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use trainer::cli::text::TextArgs;

/// Studies beside the main job: models at several precisions, and the Harmonic Explorer.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// Which study.
    #[command(subcommand)]
    pub command: Command,
}

/// The studies.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The precision study: the same model with 1 to 5 trits per weight and in float, over seeds
    Precision(StudyArgs),
    /// Harmonic Explorer: particles in a field with lobes, and a measure of the order they show
    Harmonic(HarmonicArgs),
}

/// Arguments of `precision`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Writes study.csv, report.md and its plots to the folder. Started again, it goes on where it was, inside a run too.

Examples:
  cargo run -p studies -- precision                               two seeds of short runs
  cargo run -p studies -- precision --full --out runs/study-full  the figures of docs/study.md
  cargo run -p studies -- precision --minutes 15                  as far as it gets; the same command goes on
  cargo run -p studies -- precision --only trits-1 float --steps 3000 --seeds 5 --out runs/twins
  cargo run -p studies -- precision --full --list                 its runs by number, one each for --job (docs/cluster.md)")]
pub struct StudyArgs {
    /// The study of docs/study.md: three seeds of 1200 steps
    #[arg(long, conflicts_with_all = ["steps", "seeds"])]
    pub full: bool,
    /// Optimiser steps of a run, at least 200 [default: 500]
    #[arg(long, value_name = "N")]
    pub steps: Option<u64>,
    /// Seeds of each kind of model, counted up from 1, up to 31 [default: 2]
    #[arg(long, value_name = "N")]
    pub seeds: Option<u64>,
    /// Kinds to train [default: all]: trits-1, trits-2, trits-3, trits-5, float, bytes-2, bytes-3, bytes-5, wide-1
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub only: Vec<String>,
    /// Stop after so many minutes, at a checkpoint, and report what is done; 0 only reports
    #[arg(long, value_name = "N")]
    pub minutes: Option<f64>,
    /// List the runs by number and how far they are, and train nothing
    #[arg(long, conflicts_with_all = ["job", "minutes"])]
    pub list: bool,
    /// Make this run of the list alone, and no report; stopped before its end it exits with 75, and goes on when it is called again
    #[arg(long, value_name = "N", conflicts_with = "minutes")]
    pub job: Option<usize>,
    /// Rows of runs that were made elsewhere on the same text: the study.csv of another folder; they are not made again
    #[arg(long, value_name = "CSV")]
    pub with: Option<PathBuf>,
    /// The text to learn from.
    #[command(flatten)]
    pub text: TextArgs,
    /// Folder of the study: a new one, or one to go on in
    #[arg(long, value_name = "DIR", default_value = "runs/study")]
    pub out: PathBuf,
}

/// Arguments of `harmonic`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Writes the last frame (PNG), an animation (GIF), and the order over time (CSV, SVG) of each run; a contact sheet of several.

Examples:
  cargo run -p studies -- harmonic --ratio 1:8
  cargo run -p studies -- harmonic --sheet                        1:8, 4:8, 8:8 and 16:8 side by side
  cargo run -p studies -- harmonic --ratio 1:8,16:8 --bits 53,8   two ratios at two precisions
  cargo run -p studies -- harmonic --study                        the tables of docs/study.md")]
pub struct HarmonicArgs {
    /// Temporal to angular frequency of the field, 1 to 100 each; several separated by commas
    #[arg(
        long,
        value_name = "P1:P2",
        value_delimiter = ',',
        default_value = "1:8"
    )]
    pub ratio: Vec<Ratio>,
    /// The four ratios of the claim: 1:8, 4:8, 8:8 and 16:8
    #[arg(long, conflicts_with_all = ["ratio", "study"])]
    pub sheet: bool,
    /// Print the tables of the whole study instead, over ratios, precisions and seeds; takes about a minute
    #[arg(long, conflicts_with_all = ["ratio", "bits", "rounding", "frames", "amplitude", "out"])]
    pub study: bool,
    /// Particles
    #[arg(long, value_name = "N", default_value_t = 5000)]
    pub particles: usize,
    /// Time steps of 0.01, a frame each
    #[arg(long, value_name = "N", default_value_t = 600)]
    pub frames: u32,
    /// Amplitude of both forces
    #[arg(long, value_name = "A", default_value_t = 1.0)]
    pub amplitude: f64,
    /// Significant bits that positions and velocities keep after every step, 4 to 53; several separated by commas
    #[arg(long, value_name = "B", value_delimiter = ',', default_value = "53")]
    pub bits: Vec<u32>,
    /// How they are rounded
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pub rounding: Rounding,
    /// Seed: the same seed gives the same particles on every machine
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Seeds of the study, counted up from the first
    #[arg(long, value_name = "N", default_value_t = 5, requires = "study")]
    pub seeds: u32,
    /// Folder to write to; must be empty or new [default: the next free runs/harmonic-N]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

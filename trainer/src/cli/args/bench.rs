//! What `bench` can be asked for.

use super::at_least_one;
use clap::Args;
use std::path::PathBuf;

/// A finite number above 0.
fn above_zero(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && f64::is_finite(number) => Ok(number),
        Ok(_) => Err("it must be a number above 0".to_owned()),
        Err(error) => Err(format!("{error}")),
    }
}

/// Arguments of `bench`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cargo run --release -p trainer -- bench
  cargo run --release -p trainer -- bench --batch 8 --steps 5
  cargo run --release -p trainer -- bench --pytorch venv/bin/python     beside the Python experiment's model
  cargo run --release -p trainer -- bench --pytorch venv/bin/python --until 1.6 --threads 1

A plain `cargo run` leaves burn's own operations unoptimised.")]
pub struct BenchArgs {
    /// Preset whose model is trained
    #[arg(long, value_name = "NAME", default_value = "base")]
    pub preset: String,
    /// Python with torch and numpy, for the Python experiment's model and recipe as a reference
    #[arg(long, value_name = "PROGRAM")]
    pub pytorch: Option<PathBuf>,
    /// Measure the CPU time until the running mean of the training loss is this, on the preset's own batches, instead of a
    /// step's; the reference gets fourteen times as long
    #[arg(long, value_name = "LOSS", value_parser = above_zero, conflicts_with_all = ["batch", "shards", "steps"])]
    pub until: Option<f64>,
    /// Text to learn from with --until [default: Tiny Shakespeare]
    #[arg(long, value_name = "FILE", requires = "until")]
    pub data: Option<PathBuf>,
    /// Sequences of a step
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub batch: usize,
    /// Equal parts of a batch that are computed side by side
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub shards: usize,
    /// Steps to take the median of
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least_one)]
    pub steps: usize,
    /// Numbers of threads to measure
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_values_t = [1, 2], value_parser = at_least_one)]
    pub threads: Vec<usize>,
    /// Print the results as one JSON array on the last line
    #[arg(long)]
    pub json: bool,
}

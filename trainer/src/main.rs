//! `cargo run -p trainer`: see `--help`.

use clap::Parser;
use rayon::ThreadPoolBuilder;
use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use trainer::cli::args::{Cli, Command, TrainArgs};
use trainer::cli::{bench, compress, decompress, eval, export, forecast, generate, inspect, train};
use trainer::util::terminal::{is_closed_pipe, say};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output, such as `head`, has seen enough.
        Err(error) if is_closed_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Trains, on as many threads as asked for.
fn train(args: &TrainArgs, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    if let Some(threads) = args.threads {
        ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()?;
    }
    Ok(train::run(args, out)?)
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let out = &mut std::io::stdout();
    match &cli.command {
        None => train(&cli.train, out)?,
        Some(Command::Train(args)) => train(args, out)?,
        Some(Command::Generate(args)) => generate::run(args, out)?,
        Some(Command::Study(args)) => return Err(args.moved_to("precision").into()),
        Some(Command::Harmonic(args)) => return Err(args.moved_to("harmonic").into()),
        Some(Command::Eval(args)) => write!(out, "{}", eval::run(args)?)?,
        Some(Command::Compress(args)) => compress::run(args, out)?,
        Some(Command::Decompress(args)) => decompress::run(args, out)?,
        Some(Command::Forecast(args)) => write!(out, "{}", forecast::run(args)?)?,
        Some(Command::Inspect(args)) => write!(out, "{}", inspect::run(args)?)?,
        Some(Command::Bench(args)) => bench::run(args, out)?,
        Some(Command::Export(args)) => write!(out, "{}", export::run(args)?)?,
    }
    Ok(())
}

//! `cargo run -p trainer`: see `--help`.

use clap::Parser;
use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use trainer::cli::{Cli, Command};
use trainer::commands::{bench, eval, export, generate, harmonic, inspect, study, train};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let out = &mut std::io::stdout();
    match &cli.command {
        None => train::run(&cli.train, out)?,
        Some(Command::Train(args)) => train::run(args, out)?,
        Some(Command::Generate(args)) => generate::run(args, out)?,
        Some(Command::Harmonic(args)) => harmonic::run(args, out)?,
        Some(Command::Study(args)) => study::run(args, out)?,
        Some(Command::Eval(args)) => write!(out, "{}", eval::run(args)?)?,
        Some(Command::Inspect(args)) => write!(out, "{}", inspect::run(args)?)?,
        Some(Command::Bench(args)) => bench::run(args, out)?,
        Some(Command::Export(args)) => write!(out, "{}", export::run(args)?)?,
    }
    Ok(())
}

//! `cargo run -p studies -- --help`.

use clap::Parser;
use std::error::Error;
use std::process::ExitCode;
use studies::args::{Cli, Command};
use studies::commands::{harmonic, precision};
use trainer::util::terminal::{is_closed_pipe, say};

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let out = &mut std::io::stdout();
    match &cli.command {
        Command::Precision(args) => precision::run(args, out)?,
        Command::Harmonic(args) => harmonic::run(args, out)?,
    }
    Ok(())
}

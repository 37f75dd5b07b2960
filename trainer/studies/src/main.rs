//! `cargo run -p studies -- --help`.

use clap::Parser;
use std::error::Error;
use std::process::ExitCode;
use studies::args::{Cli, Command};
use studies::commands::precision::StudyError;
use studies::commands::{harmonic, precision};
use trainer::util::terminal::{is_closed_pipe, say};

/// A run was stopped and goes on when it is called again: EX_TEMPFAIL of sysexits.h.
const STOPPED: u8 = 75;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("error: {error}"));
            match error.downcast_ref() {
                Some(StudyError::Unfinished(_)) => ExitCode::from(STOPPED),
                _ => ExitCode::FAILURE,
            }
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

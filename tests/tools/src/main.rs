//! `cargo run -p tools -- COMMAND`: builds, runs, measures and proves firmware.

mod commands;

use clap::{Parser, Subcommand};
use commands::{
    boards, c_firmware, demo, images, instructions, kernels, link, messages, no_mul, packets,
    throughput,
};
use std::error::Error;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    about = "Builds, runs, measures and proves firmware and its messages",
    version
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the firmware of all boards, runs the emulated ones and compares what they write
    Boards(boards::Arguments),
    /// Builds the firmware in C, runs it under QEMU and compares what it writes
    CFirmware(c_firmware::Arguments),
    /// Builds the library for C for all targets
    CArchives(c_firmware::ArchiveArguments),
    /// Writes the header of the C interface, runtime/c/include/autarky.h
    CHeader,
    /// Writes the UF2 and HEX files of all boards and checks them by reading them
    Images(images::Arguments),
    /// Builds the page in the browser, target/demo/index.html, and serves it; or tries it
    Demo(demo::Arguments),
    /// Counts the instructions of a token on emulated cores
    Instructions(instructions::Arguments),
    /// Proves that the inference path holds no multiplication, division, float or panic
    NoMul(no_mul::Arguments),
    /// Runs the kernels and whole models on emulated cores and compares them with this machine
    Kernels(kernels::Arguments),
    /// A chat of two emulated boards whose packets get lost, doubled and damaged
    Link(link::Arguments),
    /// Packs messages with the codec and with other compressors: what each saves
    Messages(messages::Arguments),
    /// Packs and reads messages on emulated cores and here: all pairs of chips
    Packets(packets::Arguments),
    /// Measures the speed of this machine, one thread
    Throughput {
        /// The last line is one JSON object
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("{failed} FAILED");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many checks failed.
fn run(command: Command) -> Result<usize, Box<dyn Error>> {
    match command {
        Command::Boards(arguments) => boards::run(&arguments),
        Command::CFirmware(arguments) => c_firmware::run(&arguments),
        Command::CArchives(arguments) => c_firmware::run_archives(&arguments).map(|()| 0),
        Command::CHeader => {
            println!("{}", tools::c_header::write()?.display());
            Ok(0)
        }
        Command::Instructions(arguments) => instructions::run(&arguments).map(|()| 0),
        Command::Images(arguments) => images::run(&arguments).map(|()| 0),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::NoMul(arguments) => no_mul::run(&arguments),
        Command::Kernels(arguments) => kernels::run(&arguments),
        Command::Link(arguments) => link::run(&arguments),
        Command::Messages(arguments) => messages::run(&arguments).map(|()| 0),
        Command::Packets(arguments) => packets::run(&arguments),
        Command::Throughput { json } => {
            throughput::run(json);
            Ok(0)
        }
    }
}

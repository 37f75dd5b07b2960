//! The command line: what can be asked for, and the examples that `--help` shows.

mod bench;

use crate::cli::packets::Encoding;
use crate::cli::text::TextArgs;
use crate::config::{Keep, VocabularyConfig};
use crate::data::corpus::parse_separator;
use crate::export::build::THIS_TRAINER;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

pub use self::bench::BenchArgs;

/// Train a tiny ternary language model and run it without a single multiplication.
///
/// Without a command it trains the preset `quick` on Tiny Shakespeare, in a few minutes.
#[derive(Debug, Parser)]
#[command(
    version = THIS_TRAINER,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  cargo run -p trainer                                          the main job: text to model file to text
  cargo run -p trainer -- train --preset microbit               a model for 16 KB of RAM
  cargo run -p trainer -- train --data book.txt --steps 3000    on a text of your own
  cargo run -p trainer -- generate runs/quick-1/model.aut --prompt \"ROMEO:\"
  cargo run -p trainer -- inspect runs/quick-1/model.aut        sizes, memory plan, which boards it fits"
)]
pub struct Cli {
    /// What to do; `train` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The arguments of `train`.
    #[command(flatten)]
    pub train: TrainArgs,
}

/// What the trainer can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a model, export it, measure the exported file and let it speak (the default)
    Train(Box<TrainArgs>),
    /// Measure a model file on both splits of a text, through the integer runtime
    Eval(EvalArgs),
    /// Let a model file speak
    Generate(GenerateArgs),
    /// Pack messages by a model: a packet per message
    Compress(CompressArgs),
    /// Read packets of `compress`
    Decompress(DecompressArgs),
    /// Show what each part of a message costs, and which packets it fits
    Forecast(ForecastArgs),
    /// Show what a model file holds, what it needs, and which boards it fits
    Inspect(InspectArgs),
    /// Write the model file of a run's checkpoint
    Export(ExportArgs),
    /// Moved: `cargo run -p studies -- precision`
    #[command(hide = true, disable_help_flag = true)]
    Study(MovedArgs),
    /// Moved: `cargo run -p studies -- harmonic`
    #[command(hide = true, disable_help_flag = true)]
    Harmonic(MovedArgs),
    /// Time training steps: by hand, by burn's tensors, on one thread and two
    Bench(BenchArgs),
}

/// A number from 1 up.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

/// `characters`, or a number of pieces.
fn vocabulary(text: &str) -> Result<VocabularyConfig, String> {
    match text.parse() {
        _ if text == "characters" => Ok(VocabularyConfig::Characters),
        Ok(size) => Ok(VocabularyConfig::Pieces { size, min_count: 1 }),
        Err(_) => Err("say characters, or a number of pieces from 2 to 4096".to_owned()),
    }
}

/// Arguments of `train`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  cargo run -p trainer -- train --preset microbit --out runs/microbit
  cargo run -p trainer -- train --resume runs/microbit
  cargo run -p trainer -- train --resume runs/microbit --steps 20000   more steps
  cargo run -p trainer -- train --init runs/microbit --data book.txt   on with another text
  cargo run -p trainer -- train --preset base                     first its teacher, a float model
  cargo run -p trainer -- train --config my.toml --data book.txt letters/
  cat *.md | cargo run -p trainer -- train --data -               standard input; the run keeps a copy
  cargo run -p trainer -- train --backend ndarray --steps 50")]
pub struct TrainArgs {
    /// Configuration to start from: quick, microbit, microbit-pieces, base, base-float, base-pieces,
    /// base-pieces-float, messages or messages-micro [default: quick]
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    pub preset: Option<String>,
    /// Configuration file (TOML); `trainer/presets` has commented examples
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The text to learn from.
    #[command(flatten)]
    pub text: TextArgs,
    /// What a token is: `characters`, or the number of pieces to learn from the text
    #[arg(long, value_name = "WHAT", value_parser = vocabulary, conflicts_with = "init")]
    pub vocabulary: Option<VocabularyConfig>,
    /// Who wrote or collected the text, and where: the model file carries it
    #[arg(long, value_name = "WORDS")]
    pub source: Option<String>,
    /// The licence of the text: the model file carries it
    #[arg(long, value_name = "WORDS")]
    pub licence: Option<String>,
    /// Go on with the run in this folder, from its last checkpoint, as if it had never stopped
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["preset", "config", "vocabulary", "seed", "context", "out", "eval_interval"]
    )]
    pub resume: Option<PathBuf>,
    /// Begin with the weights of a finished run, its folder or a checkpoint in it, on a text of the same characters
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "resume")]
    pub init: Option<PathBuf>,
    /// Optimiser steps, instead of the configuration's; with --resume more than before, also for a run that is complete
    #[arg(long, value_name = "N")]
    pub steps: Option<u64>,
    /// Seed, instead of the configuration's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Tokens that attention sees, instead of the configuration's: less needs less RAM
    #[arg(long, value_name = "N")]
    pub context: Option<u16>,
    /// Steps from one evaluation on the validation split to the next [default: chosen for a few per cent of the time]
    #[arg(long, value_name = "N")]
    pub eval_interval: Option<u64>,
    /// Which weights become the model: those with the lowest validation loss on the way, or the last [default: best]
    #[arg(long, value_name = "WHICH")]
    pub keep: Option<Keep>,
    /// End after N evaluations without a new lowest validation loss; 0 never does
    #[arg(long, value_name = "N")]
    pub patience: Option<u64>,
    /// Measure the whole text at the end, however long; otherwise at most 2 million characters of each split
    #[arg(long)]
    pub measure_all: bool,
    /// Folder of a finished run on the same text to learn from, instead of the configuration's, which are trained first
    /// where they are missing; again for more than one
    #[arg(long, value_name = "DIR")]
    pub teacher: Vec<PathBuf>,
    /// Learn from the text alone
    #[arg(long, conflicts_with_all = ["teacher", "resume"])]
    pub no_teacher: bool,
    /// Folder of the run; must not hold another one [default: the next free runs/PRESET-N]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where to compute: flex, ndarray, wgpu or metal (the last two as features of the build) [default: flex]
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Threads to compute with; more than train.shards do not help [default: one per core]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub threads: Option<usize>,
    /// Print the results as one JSON object on the last line of standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `eval`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cargo run -p trainer -- eval runs/quick-1/model.aut --json            on the text that the run learned from
  cargo run -p trainer -- eval model.aut --data book.txt letters/")]
pub struct EvalArgs {
    /// Model file
    pub file: PathBuf,
    /// The text to measure on.
    #[command(flatten)]
    pub text: TextArgs,
    /// Measure the whole text, however long; otherwise at most 2 million characters of each split
    #[arg(long)]
    pub measure_all: bool,
    /// Print the results as one JSON object on the last line of standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `generate`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cargo run -p trainer -- generate runs/quick-1/model.aut --prompt \"ROMEO:\" --temperature 0.8 --seed 7
  echo \"ROMEO:\" | cargo run -p trainer -- generate runs/quick-1/model.aut --prompt-file - --stop \"\\n\\n\"
  cargo run -p trainer -- generate runs/quick-1/model.aut --interactive")]
pub struct GenerateArgs {
    /// Model file
    pub file: PathBuf,
    /// Text to continue, of characters that the model knows [default: a new line]
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// Text to continue, from a file or standard input (`-`), without its last line end
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    pub prompt_file: Option<PathBuf>,
    /// Continue each line of standard input, until it ends (Ctrl-D); the context goes on from one to the next
    #[arg(short, long, conflicts_with = "json")]
    pub interactive: bool,
    /// End before this text, with \n and \t as escapes; again for more than one [default: none, an empty line with
    /// --interactive]
    #[arg(long, value_name = "TEXT", value_parser = parse_separator, allow_hyphen_values = true)]
    pub stop: Vec<String>,
    /// Characters to generate, at most
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub length: usize,
    /// Seed: the same seed gives the same text on every machine [default: a fresh one, which is printed]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// 0 always takes the likeliest character, 1 draws from the model's own distribution; in hundredths, up to 10
    #[arg(long, value_name = "T", default_value_t = 0.8)]
    pub temperature: f64,
    /// Draw from the K likeliest characters only; 0 from all
    #[arg(long, value_name = "K", default_value_t = 0)]
    pub top_k: u16,
    /// Draw from the likeliest characters that hold this share of the probability; 1 from all
    #[arg(long, value_name = "P", default_value_t = 1.0)]
    pub top_p: f64,
    /// Draw from the characters at least this share as likely as the likeliest one; 0 from all
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    pub min_p: f64,
    /// Bits taken from characters among the last 64: 1 makes them half as likely, 0 is off
    #[arg(long, value_name = "BITS", default_value_t = 0.0)]
    pub repetition_penalty: f64,
    /// Print the results as one JSON object on the last line of standard output
    #[arg(long)]
    pub json: bool,
}

/// What `compress` and `decompress` have in common.
#[derive(Args, Clone, Debug)]
pub struct PacketArgs {
    /// Model file, the same on both sides
    pub file: PathBuf,
    /// How packets are written, one per line; `raw` is one packet and one message, all of the input
    #[arg(long = "as", value_name = "HOW", default_value = "hex")]
    pub encoding: Encoding,
    /// A byte that names the model stands in front of each packet
    #[arg(long)]
    pub framed: bool,
    /// Print one JSON object instead, on the last line of standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `compress`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cargo run -p trainer -- compress model.aut \"On my way, be there in 10\"
  cargo run -p trainer -- compress model.aut --messages sms.txt --json     a message per line, with figures
  cargo run -p trainer -- compress model.aut --as raw < note.txt > note.bin")]
pub struct CompressArgs {
    /// The model and the packets
    #[command(flatten)]
    pub how: PacketArgs,
    /// The message [default: each line of --messages]
    #[arg(allow_hyphen_values = true)]
    pub message: Option<String>,
    /// File of messages, one per line [default: standard input]
    #[arg(long, value_name = "FILE", conflicts_with = "message")]
    pub messages: Option<PathBuf>,
}

/// Arguments of `decompress`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cargo run -p trainer -- decompress model.aut 5d1f0a
  cargo run -p trainer -- compress model.aut --messages sms.txt | cargo run -p trainer -- decompress model.aut")]
pub struct DecompressArgs {
    /// The model and the packets
    #[command(flatten)]
    pub how: PacketArgs,
    /// The packet [default: each line of --packets]
    #[arg(allow_hyphen_values = true)]
    pub packet: Option<String>,
    /// File of packets, one per line [default: standard input]
    #[arg(long, value_name = "FILE", conflicts_with = "packet")]
    pub packets: Option<PathBuf>,
}

/// Arguments of `forecast`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  cargo run -p trainer -- forecast model.aut \"On my way, be there in 10\""
)]
pub struct ForecastArgs {
    /// Model file
    pub file: PathBuf,
    /// The message
    #[arg(allow_hyphen_values = true)]
    pub text: String,
    /// Print the results as one JSON object on the last line of standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `inspect`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  cargo run -p trainer -- inspect runs/quick-1/model.aut")]
pub struct InspectArgs {
    /// Model file
    pub file: PathBuf,
    /// Print the results as one JSON object on the last line of standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `export`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  cargo run -p trainer -- export runs/quick-1 --out shakespeare.aut"
)]
pub struct ExportArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// Checkpoint to export [default: that of the run's result]
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Model file to write; must not exist
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Whatever stood behind a command that is a program of its own now.
#[derive(Args, Clone, Debug)]
pub struct MovedArgs {
    /// Anything.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub rest: Vec<String>,
}

impl MovedArgs {
    /// Where the command is now, with the same arguments.
    pub fn moved_to(&self, command: &str) -> String {
        let rest = self.rest.join(" ");
        format!("this is a program of its own now: cargo run -p studies -- {command} {rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn training_is_the_default_with_and_without_arguments() {
        assert!(Cli::parse_from(["trainer"]).command.is_none());
        assert_eq!(
            Cli::parse_from(["trainer", "--steps", "7"]).train.steps,
            Some(7)
        );
        let Some(Command::Train(args)) =
            Cli::parse_from(["trainer", "train", "--steps", "7"]).command
        else {
            panic!("`train` is a command")
        };
        assert_eq!(args.steps, Some(7));
    }
}

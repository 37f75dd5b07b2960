//! `generate`: a model file generates text, through the integer runtime.

use crate::cli::args::GenerateArgs;
use crate::export::model_file::{ModelFile, ModelFileError};
use crate::util::files::FileError;
use crate::util::terminal::{sanitize_for_terminal, say};
use formats::EncodeError;
use runtime::{Engine, Generate, HeapState, Sampler, StopStringError, StopStrings, TokenError};
use serde_json::json;
use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, IsTerminal, Write};

mod prompt;
mod settings;

/// The longest stop string, in bytes.
const STOP_BYTES: usize = 256;
/// Ends an answer in a conversation when no stop string is given: an empty line.
const END_OF_ANSWER: &str = "\n\n";
/// Seeds that are drawn are below this: short enough to be typed.
const SEEDS: u64 = 1_000_000_000;

/// Why nothing can be generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The file is no model.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// The prompt has a character that the model does not know.
    #[error("the prompt: {0}; `inspect` shows which characters a model knows")]
    Prompt(#[from] EncodeError),
    /// The prompt is empty.
    #[error("the prompt: {0}")]
    Token(#[from] TokenError),
    /// The prompt's file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The prompt's file is no text.
    #[error(
        "--prompt-file {name} is not UTF-8 text, from byte {offset} on: convert it with `iconv -t UTF-8`"
    )]
    NotUtf8 {
        /// The file.
        name: String,
        /// Bytes before the first one that is wrong.
        offset: usize,
    },
    /// Standard input cannot be the prompt and the conversation.
    #[error(
        "--interactive reads standard input, which --prompt-file - has read to its end: give a file"
    )]
    StdinTwice,
    /// A stop string cannot be looked for.
    #[error("--stop: {0}")]
    Stop(#[from] StopStringError),
    /// A setting is out of range.
    #[error("--{name} is {value}, it must be between {min} and {max}")]
    Setting {
        /// The option.
        name: &'static str,
        /// What it is.
        value: f64,
        /// The least it may be.
        min: f64,
        /// The most it may be.
        max: f64,
    },
    /// Standard output is closed, or standard input cannot be read.
    #[error("cannot read or write the text: {0}")]
    Text(#[from] io::Error),
}

/// Streams text to `out`, then with `--json` one object on a line of its own.
///
/// # Errors
/// [`GenerateError`]; nothing is written when an argument is wrong.
pub fn run(args: &GenerateArgs, out: &mut impl Write) -> Result<(), GenerateError> {
    let sampling = settings::sampling(args)?;
    let file = ModelFile::read(&args.file)?;
    let model = file.model();
    let given = prompt::given(args, &model)?;
    let encode = |text: &str| {
        model
            .tokenizer()
            .encode(text)
            .collect::<Result<Vec<_>, _>>()
    };
    let first = match &given {
        Some(text) => encode(text)?,
        None => vec![model.tokenizer().start()],
    };
    if first.is_empty() {
        return Err(TokenError::EmptyPrompt.into());
    }
    let stops: Vec<&str> = match &args.stop[..] {
        [] if args.interactive => vec![END_OF_ANSWER],
        stops => stops.iter().map(String::as_str).collect(),
    };
    let stop = StopStrings::new(&stops)?;
    let seed = args.seed.unwrap_or_else(|| {
        let seed = RandomState::new().hash_one(()) % SEEDS;
        say(format_args!("seed {seed}: repeat with --seed {seed}"));
        seed
    });

    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let mut answers = Answers {
        stop,
        length: args.length,
        terminal: io::stdout().is_terminal(),
        out,
    };
    let mut sampler = Sampler::new(sampling, seed);
    if !args.interactive {
        let prompt = given.as_deref().unwrap_or_default();
        answers.show(prompt)?;
        let mut text = String::new();
        answers.next(&mut engine, &first, sampler, &mut text)?;
        if args.json {
            let prompt = given
                .as_deref()
                .or_else(|| model.tokenizer().decode(first[0]));
            let mut object = settings::json(&sampling);
            object["model"] = json!(args.file.display().to_string());
            object["prompt"] = json!(prompt);
            object["length"] = json!(args.length);
            object["stop"] = json!(stops);
            object["seed"] = json!(seed);
            object["text"] = json!(text);
            writeln!(answers.out, "{object}")?;
        }
        return Ok(());
    }

    // What was given stands before the conversation.
    let (mut before, mut fresh) = (if given.is_some() { first } else { Vec::new() }, true);
    for line in lines() {
        match encode(&line?) {
            Ok(tokens) => before.extend(tokens),
            Err(error) => {
                say(GenerateError::Prompt(error));
                continue;
            }
        }
        if fresh && before.is_empty() {
            before.push(model.tokenizer().start());
        }
        fresh = false;
        sampler = answers.next(&mut engine, &before, sampler, &mut String::new())?;
        before.clear();
    }
    Ok(())
}

/// The lines of standard input, without their ends, asked for if a person types them.
fn lines() -> impl Iterator<Item = io::Result<String>> {
    let ask = io::stdin().is_terminal();
    let mut lines = io::stdin().lock().lines();
    std::iter::from_fn(move || {
        if ask {
            let _ = write!(io::stderr(), "> ");
        }
        let line = lines.next();
        if ask && line.is_none() {
            say("");
        }
        line
    })
}

/// Shows what is generated.
struct Answers<'a, W> {
    stop: StopStrings<'a, STOP_BYTES>,
    length: usize,
    terminal: bool,
    out: &'a mut W,
}

impl<W: Write> Answers<'_, W> {
    /// Goes on with what the engine's context holds and then `prompt`, up to a stop string or the length. The text is added
    /// to `said`, too.
    fn next(
        &mut self,
        engine: &mut Engine<'_, '_>,
        prompt: &[u16],
        sampler: Sampler,
        said: &mut String,
    ) -> Result<Sampler, GenerateError> {
        let mut generate = Generate::resume(engine, prompt, sampler)?;
        let mut stopped = false;
        for _ in 0..self.length {
            let start = said.len();
            let Some(piece) = generate.next_piece(|| ()) else {
                break;
            };
            stopped = self.stop.push(piece, |text| said.push_str(text));
            self.show(&said[start..])?;
            if stopped {
                break;
            }
        }
        if !stopped {
            let start = said.len();
            self.stop.finish(|text| said.push_str(text));
            self.show(&said[start..])?;
        }
        writeln!(self.out)?;
        self.out.flush()?;
        Ok(generate.into_sampler())
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        let text = match self.terminal {
            true => sanitize_for_terminal(text),
            false => Cow::Borrowed(text),
        };
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

//! `generate`: a model file speaks, through the integer runtime.

use crate::cli::args::GenerateArgs;
use crate::export::model_file::{ModelFile, ModelFileError};
use crate::export::sample::line_start;
use crate::util::terminal::sanitize_for_terminal;
use formats::{EncodeError, Model};
use runtime::{Engine, Generate, HeapState, Sampling, TokenError};
use serde_json::json;
use std::io::{self, IsTerminal, Write};

/// Why nothing can be generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The file is no model.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// The prompt has a character that the model does not know.
    #[error("--prompt: {0}")]
    Prompt(#[from] EncodeError),
    /// The prompt is empty.
    #[error("--prompt: {0}")]
    Token(#[from] TokenError),
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
    /// Standard output is closed.
    #[error("cannot write the text: {0}")]
    Output(#[from] io::Error),
}

/// Streams text to `out`, then with `--json` one object on a line of its own.
///
/// # Errors
/// [`GenerateError`]; nothing is written when an argument is wrong.
pub fn run(args: &GenerateArgs, out: &mut impl Write) -> Result<(), GenerateError> {
    let sampling = sampling(args)?;
    let file = ModelFile::read(&args.file)?;
    let model = file.model();
    let prompt = match &args.prompt {
        Some(text) => model
            .tokenizer()
            .encode(text)
            .collect::<Result<Vec<u16>, _>>()?,
        None => vec![line_start(&model)],
    };
    if prompt.is_empty() {
        return Err(TokenError::EmptyPrompt.into());
    }
    let mut text = String::new();
    let terminal = io::stdout().is_terminal();
    write!(out, "{}", args.prompt.as_deref().unwrap_or_default())?;
    generate_text(&model, &prompt, sampling, args.seed, args.length, |piece| {
        text.push_str(piece);
        if terminal {
            write!(out, "{}", sanitize_for_terminal(piece))?;
        } else {
            write!(out, "{piece}")?;
        }
        out.flush()
    })?;
    writeln!(out)?;
    if args.json {
        let settings = json!({
            "model": args.file.display().to_string(), "prompt": args.prompt, "text": text, "seed": args.seed,
            "temperature": f64::from(sampling.temperature) / 100.0, "top_k": sampling.top_k,
            "top_p": f64::from(sampling.top_p) / 100.0,
        });
        writeln!(out, "{settings}")?;
    }
    Ok(())
}

/// Generates `length` tokens behind `prompt` and hands the text of each to `say`.
///
/// # Errors
/// [`GenerateError::Token`] for a prompt that is none, and whatever `say` returns.
pub fn generate_text(
    model: &Model<'_>,
    prompt: &[u16],
    sampling: Sampling,
    seed: u64,
    length: usize,
    mut say: impl FnMut(&str) -> io::Result<()>,
) -> Result<(), GenerateError> {
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(*model, state.buffers()).expect("a state of the plan's size fits");
    for piece in Generate::new(&mut engine, prompt, sampling, seed)?
        .pieces()
        .take(length)
    {
        say(piece)?;
    }
    Ok(())
}

fn sampling(args: &GenerateArgs) -> Result<Sampling, GenerateError> {
    let hundredths = |name, value: f64, max: f64| {
        if !(0.0..=max).contains(&value) {
            return Err(GenerateError::Setting {
                name,
                value,
                min: 0.0,
                max,
            });
        }
        Ok((value * 100.0).round() as u16)
    };
    Ok(Sampling {
        temperature: hundredths("temperature", args.temperature, 10.0)?,
        top_k: args.top_k,
        top_p: hundredths("top-p", args.top_p, 1.0)? as u8,
        ..Sampling::DEFAULT
    })
}

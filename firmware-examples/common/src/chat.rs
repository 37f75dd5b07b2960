//! Reads a prompt and continues it, again and again. Ctrl-D starts afresh.

use crate::generate::SAMPLING;
use crate::line::{self, Input, Line};
use crate::port::Port;
use crate::prompt::{self, PromptError};
use runtime::{Engine, Generate};

/// The longest prompt, in bytes: it stands in RAM twice, as text and as tokens.
const PROMPT: usize = 48;
/// The longest answer, in characters.
const ANSWER: usize = 120;

const GREETING: &str = "\
    Autarky: a small language model on this chip. Type the beginning of a text and Enter: it goes on.\n\
    The text so far is remembered; Ctrl-D forgets it and starts afresh.\n";

/// Chats until the port ends. The context goes on from one prompt to the next and holds every character of both sides.
///
/// The n-th answer after a start is sampled with the seed n: lines without an answer (empty ones, errors, a modem's
/// commands) leave the seed and the context alone, so the same prompts get the same answers.
#[inline(never)]
pub fn run(engine: &mut Engine<'_, '_>, port: &mut impl Port) {
    let mut line = Line::<PROMPT>::new();
    let mut seed = 0;
    let _ = port.write_str(GREETING);
    loop {
        let _ = port.write_str("autarky> ");
        let answered = match line.read(|| port.receive()) {
            Ok(Input::End) => break,
            Ok(Input::StartAfresh) => {
                engine.reset();
                seed = 0;
                let _ = port.write_str("\n").and_then(|()| port.write_str(GREETING));
                continue;
            }
            Ok(Input::Text("")) => continue,
            Ok(Input::Text(text)) if line::is_modem_command(text) => {
                let _ = port.write_str("[a command to a modem: passed over]\n");
                continue;
            }
            Ok(Input::Text(text)) => answer(engine, port, text, seed),
            Err(error) => Err(error),
        };
        match answered {
            Ok(()) => seed += 1,
            Err(error) => {
                let _ = writeln!(port, "[{error}]");
            }
        }
    }
    let _ = port.write_str("bye\n");
}

/// Continues `text` up to an empty line, the end of a document or [`ANSWER`] tokens.
fn answer(
    engine: &mut Engine<'_, '_>,
    port: &mut impl Port,
    text: &str,
    seed: u64,
) -> Result<(), PromptError> {
    let tokens = prompt::encode::<PROMPT>(engine.model().tokenizer(), text)?;
    // A line that is not empty has tokens, all of them the model's.
    let Ok(generate) = Generate::new(engine, &tokens, SAMPLING, seed) else {
        return Ok(());
    };
    let mut newlines = 0;
    'answer: for piece in generate.pieces().take(ANSWER) {
        // A piece may have both line ends of an empty line, and more behind them.
        for character in piece.chars() {
            newlines = if character == '\n' { newlines + 1 } else { 0 };
            if newlines == 2 {
                break 'answer;
            }
            let _ = port.write_char(character);
        }
    }
    let _ = port.write_str("\n");
    Ok(())
}

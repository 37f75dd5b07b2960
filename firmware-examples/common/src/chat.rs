//! Reads a prompt and continues it, again and again. Ctrl-D ends.

use crate::generate::SAMPLING;
use crate::line::Line;
use crate::port::Port;
use crate::prompt::{self, PromptError};
use runtime::{Engine, Generate};

/// The longest prompt, in bytes: it stands in RAM twice, as text and as tokens.
const PROMPT: usize = 48;
/// The longest answer, in characters.
const ANSWER: usize = 120;

/// Chats until the port ends. The context goes on from one prompt to the next.
#[inline(never)]
pub fn run(engine: &mut Engine<'_, '_>, port: &mut impl Port) {
    let mut line = Line::<PROMPT>::new();
    for seed in 0.. {
        let _ = port.write_str("> ");
        let answered = match line.read(|| port.receive()) {
            Ok(None) => break,
            Ok(Some("")) => Ok(()),
            Ok(Some(text)) => answer(engine, port, text, seed),
            Err(error) => Err(error),
        };
        if let Err(error) = answered {
            let _ = writeln!(port, "[{error}]");
        }
    }
    let _ = port.write_str("bye\n");
}

/// Continues `text` up to an empty line or [`ANSWER`] characters.
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
    for piece in generate.pieces().take(ANSWER) {
        newlines = if piece == "\n" { newlines + 1 } else { 0 };
        if newlines == 2 {
            break;
        }
        let _ = port.write_str(piece);
    }
    let _ = port.write_str("\n");
    Ok(())
}

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

/// Chats until the port ends. The context goes on from one prompt to the next and holds every character of both sides.
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

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use core::fmt;
    use formats::{Header, MemoryPlan, Model};
    use runtime::State;
    use std::string::String;
    use std::vec::Vec;

    const MODEL: &[u8] = include_bytes!("../../models/microbit.aut");
    const PLAN: MemoryPlan = match Header::read(MODEL) {
        Ok(header) => MemoryPlan::new(&header.dims),
        Err(_) => panic!("a model file"),
    };
    type ModelState = State<{ PLAN.words() }, { PLAN.bytes() }, { PLAN.kv_cache }>;

    struct Screen(String);

    impl fmt::Write for Screen {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.push_str(text);
            Ok(())
        }
    }

    impl Port for Screen {
        fn receive(&mut self) -> u8 {
            0x04
        }
    }

    #[test]
    fn every_character_of_both_sides_is_in_the_context() {
        let model = Model::parse(MODEL).unwrap();
        let (mut state, mut other) = (ModelState::new(), ModelState::new());
        let mut engine = Engine::new(model, state.buffers()).unwrap();
        let mut screen = Screen(String::new());
        let mut shown = String::new();
        for (seed, text) in (0..).zip(["ROMEO:", "Who is", "Yes"]) {
            screen.0.clear();
            answer(&mut engine, &mut screen, text, seed).unwrap();
            shown.push_str(text);
            // The end of an answer that became too long is the screen's alone.
            shown.extend(screen.0.chars().take(ANSWER));
        }
        let tokens: Result<Vec<u16>, _> = model.tokenizer().encode(&shown).collect();
        let mut fresh = Engine::new(model, other.buffers()).unwrap();
        fresh.prefill(&tokens.unwrap()).unwrap();
        assert_eq!(engine.step(0).unwrap(), fresh.step(0).unwrap());
    }
}

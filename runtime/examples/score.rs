//! What standard input costs under a model, each line from an empty context to its end:
//! `cargo run -p runtime --features std --example score < TEXT`.

use runtime::codec::bits;
use runtime::{Engine, HeapState, Model};
use std::error::Error;
use std::io::{BufRead, stdin};

const MODEL: &[u8] = include_bytes!("../../firmware-examples/models/messages-micro.aut");

fn main() -> Result<(), Box<dyn Error>> {
    let model = Model::parse(MODEL)?;
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers())?;
    let (mut total, mut tokens, mut characters) = (0.0, 0, 0);
    for line in stdin().lock().lines() {
        let line = line?;
        // A part is a token or an escaped character; the last one is the end of the line.
        let parts = bits(&mut engine, line.as_bytes());
        total += parts.iter().map(|part| part.bits).sum::<f64>();
        tokens += parts.len();
        characters += line.chars().count();
    }
    if characters == 0 {
        return Err("no text on standard input".into());
    }
    println!(
        "{characters} characters, {tokens} tokens: {total:.0} bits, {:.3} per character; perplexity per token {:.2}",
        total / characters as f64,
        (total / tokens as f64).exp2()
    );
    Ok(())
}

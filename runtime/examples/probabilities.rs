//! The most probable next characters of a text: `cargo run -p runtime --features std --example probabilities -- "ROME"`.

use runtime::{Engine, HeapState, Logits, Model};
use std::error::Error;

const MODEL: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).unwrap_or("ROME".into());
    let model = Model::parse(MODEL)?;
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers())?;
    // What the text itself costs, ...
    let score = engine.score_text(&text, || ())?;
    println!("{text:?}: {:.1} bits", score.bits());
    // ... and what may follow: integers, the same on every machine.
    for (token, bits) in Logits::new(engine.finish()).top(5) {
        let piece = model.tokenizer().decode(token).unwrap_or_default();
        let bits = f64::from(bits) / 65_536.0;
        println!("{piece:?} {bits:.2} bits, {:.1} %", 100.0 * (-bits).exp2());
    }
    Ok(())
}

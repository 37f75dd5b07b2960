//! The most probable next characters of a text: `cargo run -p runtime --features std --example probabilities -- "ROME"`.

use runtime::{Engine, HeapState, Model};
use std::error::Error;

const MODEL: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).unwrap_or("ROME".into());
    let model = Model::parse(MODEL)?;
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers())?;
    let prompt: Vec<u16> = model.tokenizer().encode(&text).collect::<Result<_, _>>()?;
    let logits = engine.prefill(&prompt)?;
    // Logits count in sixteenths of a bit.
    let weights: Vec<f64> = logits
        .iter()
        .map(|&l| (f64::from(l) / 16.0).exp2())
        .collect();
    let total: f64 = weights.iter().sum();
    let mut tokens: Vec<(u16, f64)> = (0..).zip(weights).collect();
    tokens.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (token, weight) in tokens.into_iter().take(5) {
        let piece = model.tokenizer().decode(token).unwrap_or_default();
        println!("{piece:?} {:.1} %", 100.0 * weight / total);
    }
    Ok(())
}

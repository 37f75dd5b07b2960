//! Continues a prompt: `cargo run -p runtime --features std --example generate -- "ROMEO:"`.

use runtime::{Engine, Generate, HeapState, Model, Sampling, StopStrings};
use std::error::Error;
use std::io::Write;

const MODEL: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).unwrap_or("ROMEO:".into());
    let model = Model::parse(MODEL)?;
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers())?;
    let sampling = Sampling {
        temperature: 80,
        min_p: 2,
        ..Sampling::DEFAULT
    };
    print!("{text}");
    // Until a blank line, which is not shown, or 200 tokens.
    let stop = StopStrings::<8>::new(&["\n\n"])?;
    let mut generate = Generate::from_text(&mut engine, &text, sampling, 42)?.until(stop, 200);
    let reason = generate.finish(|piece| {
        print!("{piece}");
        let _ = std::io::stdout().flush();
    });
    println!("\n({reason:?})");
    Ok(())
}

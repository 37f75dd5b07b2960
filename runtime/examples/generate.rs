//! Continues a prompt: `cargo run -p runtime --features std --example generate -- "ROMEO:"`.

use runtime::{Engine, Generate, HeapState, Model, Sampling};
use std::error::Error;
use std::io::Write;

const MODEL: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).unwrap_or("ROMEO:".into());
    let model = Model::parse(MODEL)?;
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers())?;
    let prompt: Vec<u16> = model.tokenizer().encode(&text).collect::<Result<_, _>>()?;
    let sampling = Sampling {
        temperature: 80,
        min_p: 2,
        ..Sampling::DEFAULT
    };
    print!("{text}");
    for piece in Generate::new(&mut engine, &prompt, sampling, 42)?
        .pieces()
        .take(200)
    {
        print!("{piece}");
        std::io::stdout().flush()?;
    }
    println!();
    Ok(())
}

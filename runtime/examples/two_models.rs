//! Two models in one program: one writes, the other packs what was written into messages. Both are checked at compile time.
//! `cargo run -p runtime --features std --example two_models`.

use runtime::codec::{compress, decompress};
use runtime::{Engine, Generate, Sampling};
use std::error::Error;

runtime::embed_model! {
    /// Writes like Shakespeare.
    mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024, flash = 190 * 1024;
}
runtime::embed_model! {
    /// Packs messages.
    mod clerk = "../../firmware-examples/models/messages-micro.aut", ram = 14 * 1024, flash = 220 * 1024;
}

fn main() -> Result<(), Box<dyn Error>> {
    // A firmware has both states in statics; where the models take turns, one arena serves both (`Engine::in_arena`).
    let (mut poet_state, mut clerk_state) = (poet::State::new(), clerk::State::new());
    let mut poet = Engine::new(poet::model()?, poet_state.buffers())?;
    let mut clerk = Engine::new(clerk::model()?, clerk_state.buffers())?;

    let text: String = Generate::from_text(&mut poet, "ROMEO:\n", Sampling::GREEDY, 1)?
        .pieces()
        .take(120)
        .collect();
    for line in text.lines() {
        let (mut packet, mut back) = ([0; 233], [0; 400]);
        let length = compress(&mut clerk, line.as_bytes(), &mut packet)?;
        let count = decompress(&mut clerk, &packet[..length], &mut back)?;
        assert_eq!(&back[..count], line.as_bytes());
        println!("{} bytes in {length}: {line}", line.len());
    }
    Ok(())
}

//! Whether this machine computes what the trainer computed:
//! `cargo run -p runtime --features std --example selftest -- model.aut`.

use runtime::selftest::self_test;
use runtime::{Engine, HeapState, Model};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let microbit = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../firmware-examples/models/microbit.aut"
    );
    let path = std::env::args().nth(1).unwrap_or(microbit.into());
    let file = std::fs::read(&path)?;
    let model = Model::parse(&file)?;
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers())?;
    match self_test(&mut engine)? {
        0 => Err(format!("{path} prescribes no self-test").into()),
        steps => {
            println!("{path}: {steps} steps, the logits are the trainer's, bit for bit");
            Ok(())
        }
    }
}

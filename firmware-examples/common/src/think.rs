//! Generates beside other tasks, for boards with an async executor: gives way between layers.

use crate::generate::SAMPLING;
use crate::port::Port;
use runtime::{Engine, Generate};

/// Writes text for ever and awaits `pause` between layers: there the other tasks have their turn.
pub async fn run(engine: &mut Engine<'_, '_>, port: &mut impl Port, pause: impl AsyncFn()) {
    // Token 0 is in every vocabulary.
    let Ok(mut generate) = Generate::new(engine, &[0], SAMPLING, 7) else {
        return;
    };
    loop {
        match generate.advance() {
            Some(token) => {
                let _ = port.write_str(generate.text(token));
            }
            None => pause().await,
        }
    }
}

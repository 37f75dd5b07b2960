//! Generates beside other tasks, for boards with an async executor: gives way between layers.

use crate::generate::SAMPLING;
use crate::port::Port;
use runtime::{Engine, Sampler};

/// Writes text for ever and awaits `pause` between layers: there the other tasks have their turn.
pub async fn run(engine: &mut Engine<'_, '_>, port: &mut impl Port, pause: impl AsyncFn()) {
    let tokenizer = engine.model().tokenizer();
    let mut sampler = Sampler::new(SAMPLING, 7);
    let mut token = 0;
    // Token 0 and every sampled token are in the vocabulary.
    while let Ok(mut pass) = engine.start(token) {
        while pass.advance() {
            pause().await;
        }
        token = sampler.sample(pass.finish());
        let _ = port.write_str(tokenizer.decode(token).unwrap_or_default());
    }
}

//! Writes text, character by character, as it is generated.

use crate::port::Port;
use runtime::{Engine, Generate, Sampling};

/// Livelier than the likeliest text, calmer than what the model learned from.
pub const SAMPLING: Sampling = Sampling {
    temperature: 80,
    top_k: 0,
    top_p: 100,
    ..Sampling::DEFAULT
};

/// Continues `text` by `length` characters; the same `seed`, the same text, on every machine.
///
/// # Panics
/// When `text` cannot be a prompt: with the reason.
#[inline(never)]
pub fn run(
    engine: &mut Engine<'_, '_>,
    port: &mut impl Port,
    text: &str,
    length: usize,
    seed: u64,
) {
    let generate = match Generate::from_text(engine, text, SAMPLING, seed) {
        Ok(generate) => generate,
        Err(error) => panic!("{error}"),
    };
    let _ = port.write_str(text);
    generate.pieces().take(length).for_each(|piece| {
        let _ = port.write_str(piece);
    });
    let _ = port.write_str("\n");
}

//! Blinks an LED at a steady beat while it generates: the engine stops between layers and lets the LED have its turn.

use crate::beat::Beat;
use crate::generate::SAMPLING;
use crate::port::Port;
use runtime::{Engine, Sampler};

/// Writes `length` characters while `toggle` is called once in `period` ticks of the clock that `now` reads.
/// Returns whether the beat was kept. Lines that begin with `#` hold what differs from build to build.
#[inline(never)]
pub fn run(
    engine: &mut Engine<'_, '_>,
    port: &mut impl Port,
    length: usize,
    period: u32,
    now: impl Fn() -> u32,
    mut toggle: impl FnMut(),
) -> bool {
    let tokenizer = engine.model().tokenizer();
    let mut sampler = Sampler::new(SAMPLING, 7);
    let mut beat = Beat::new(now(), period);
    let mut token = 0;
    for _ in 0..length {
        // Token 0 and every sampled token are in the vocabulary.
        let Ok(mut pass) = engine.start(token) else {
            break;
        };
        while pass.advance() {
            while beat.due(now()) {
                toggle();
            }
        }
        token = sampler.sample(pass.finish());
        let _ = port.write_str(tokenizer.decode(token).unwrap_or_default());
    }
    let kept = beat.beats() > 0 && beat.kept();
    let how = if kept { "kept" } else { "LOST" };
    let _ = writeln!(
        port,
        "\nthe beat was {how} while {length} characters were generated"
    );
    let (beats, latest) = (beat.beats(), beat.latest());
    let _ = writeln!(
        port,
        "# {beats} beats of {period} ticks, the latest came {latest} late"
    );
    kept
}

//! Blinks an LED at a steady beat while it generates: the engine stops between layers and lets the LED have its turn.

use crate::beat::Beat;
use crate::generate::SAMPLING;
use crate::port::Port;
use runtime::{Engine, Generate};

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
    // Token 0 is in every vocabulary.
    let Ok(mut generate) = Generate::new(engine, &[0], SAMPLING, 7) else {
        return false;
    };
    let mut beat = Beat::new(now(), period);
    let mut left = length;
    while left > 0 {
        match generate.advance() {
            Some(token) => {
                let _ = port.write_str(generate.text(token));
                left -= 1;
            }
            None => {
                while beat.due(now()) {
                    toggle();
                }
            }
        }
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

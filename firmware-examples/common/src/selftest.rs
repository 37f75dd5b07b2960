//! Computes what the trainer computed when it wrote the model, and compares.

use crate::port::Port;
use runtime::Engine;
use runtime::selftest::self_test;

/// Whether device equals trainer, bit for bit. A file that prescribes no self-test proves nothing: that is a failure.
///
/// Not inlined, like all programs: setting up and running then use the same stack one after the other.
#[inline(never)]
pub fn run(engine: &mut Engine<'_, '_>, port: &mut impl Port) -> bool {
    let result = self_test(engine);
    // A port that cannot be written to has nowhere to say so.
    let _ = match result {
        Ok(0) => {
            port.write_str("FAILED: this file prescribes no self-test: export the model again\n")
        }
        Ok(steps) => writeln!(
            port,
            "{steps} steps: the logits are the trainer's, bit for bit"
        ),
        Err(error) => writeln!(port, "FAILED: {error}"),
    };
    result.is_ok_and(|steps| steps > 0)
}

//! Does this machine compute what the trainer's machine computed?

use crate::engine::Engine;
use crate::logits::Logits;
use crc::{CRC_32_ISO_HDLC, Crc};

/// CRC-32 as in zip and Ethernet.
pub(crate) const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The machine computes something else than the one that wrote the file.
///
/// ```
/// let failed = runtime::selftest::SelfTestFailed { steps: 64, expected: 0xCAFE, computed: 0xBEEF };
/// assert!(failed.to_string().ends_with("the checksum 0000beef, the trainer's were 0000cafe"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[error(
    "the logits of {steps} steps have the checksum {computed:08x}, the trainer's were {expected:08x}"
)]
pub struct SelfTestFailed {
    /// Steps that were compared.
    pub steps: u16,
    /// What the file says.
    pub expected: u32,
    /// What came out.
    pub computed: u32,
}

/// Resets the engine, runs the greedy steps that the model file prescribes and compares the checksum of their logits;
/// returns how many steps were compared (0 when the file prescribes none). Leaves the engine reset.
///
/// ```
/// # fn demo(engine: &mut runtime::Engine, print: impl Fn(&str)) {
/// match runtime::selftest::self_test(engine) {
///     Ok(0) => print("the file prescribes no self-test"),
///     Ok(_) => print("this chip computes the trainer's logits"),
///     Err(_) => print("this chip computes something else"),
/// }
/// # }
/// ```
///
/// # Errors
/// [`SelfTestFailed`] when this machine computes other logits than the one that wrote the file.
pub fn self_test(engine: &mut Engine<'_, '_>) -> Result<u16, SelfTestFailed> {
    let expected = engine.model().self_test();
    let computed = logits_crc(engine, expected.steps);
    if expected.steps != 0 && computed != expected.logits_crc {
        return Err(SelfTestFailed {
            steps: expected.steps,
            expected: expected.logits_crc,
            computed,
        });
    }
    Ok(expected.steps)
}

/// CRC-32 (ISO-HDLC) over the logits, i32 little-endian, of `steps` greedy steps from token 0 and an empty context.
///
/// ```
/// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// let crc = runtime::selftest::logits_crc(&mut engine, 3);
/// println!("{crc:08x}"); // the same on every machine
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn logits_crc(engine: &mut Engine<'_, '_>, steps: u16) -> u32 {
    let mut digest = CRC.digest();
    let mut token = 0;
    engine.reset();
    for _ in 0..steps {
        // Token 0 and every sampled token are in the vocabulary.
        let Ok(logits) = engine.step(token) else {
            break;
        };
        logits
            .iter()
            .for_each(|logit| digest.update(&logit.to_le_bytes()));
        token = Logits::new(logits).argmax().unwrap_or_default();
    }
    engine.reset();
    digest.finalize()
}

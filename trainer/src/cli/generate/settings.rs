//! How characters are drawn: from the command line's numbers to the runtime's, and to JSON.

use super::GenerateError;
use crate::cli::args::GenerateArgs;
use runtime::Sampling;
use serde_json::{Value, json};

/// Sixteenths of a bit make a bit.
const LOGITS_A_BIT: f64 = 16.0;

/// The settings that the arguments ask for.
///
/// # Errors
/// [`GenerateError::Setting`] for one out of range.
pub(super) fn sampling(args: &GenerateArgs) -> Result<Sampling, GenerateError> {
    let scaled = |name, value: f64, max: f64, scale: f64| {
        if !(0.0..=max).contains(&value) {
            let min = 0.0;
            return Err(GenerateError::Setting {
                name,
                value,
                min,
                max,
            });
        }
        Ok((value * scale).round() as u16)
    };
    Ok(Sampling {
        temperature: scaled("temperature", args.temperature, 10.0, 100.0)?,
        top_k: args.top_k,
        top_p: scaled("top-p", args.top_p, 1.0, 100.0)? as u8,
        min_p: scaled("min-p", args.min_p, 1.0, 100.0)? as u8,
        repetition_penalty: scaled(
            "repetition-penalty",
            args.repetition_penalty,
            100.0,
            LOGITS_A_BIT,
        )?,
        repetition_window: Sampling::DEFAULT.repetition_window,
    })
}

/// The settings as they were used, rounded as the runtime has them.
pub(super) fn json(sampling: &Sampling) -> Value {
    json!({
        "temperature": f64::from(sampling.temperature) / 100.0,
        "top_k": sampling.top_k,
        "top_p": f64::from(sampling.top_p) / 100.0,
        "min_p": f64::from(sampling.min_p) / 100.0,
        "repetition_penalty": f64::from(sampling.repetition_penalty) / LOGITS_A_BIT,
    })
}

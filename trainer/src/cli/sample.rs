//! The text that `train` shows at its end.

use runtime::Sampling;

/// Characters of sample text.
pub(super) const SAMPLE_LENGTH: usize = 400;
/// How the sample is drawn.
pub(super) const SAMPLE: Sampling = Sampling {
    temperature: 80,
    top_k: 0,
    top_p: 100,
    ..Sampling::DEFAULT
};

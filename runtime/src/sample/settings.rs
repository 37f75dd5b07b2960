//! How to choose a token.

/// The last tokens that a repetition penalty can look at.
///
/// ```
/// use runtime::{Sampling, sample::MAX_REPETITION_WINDOW};
///
/// assert_eq!(Sampling::DEFAULT.repetition_window, MAX_REPETITION_WINDOW);
/// ```
pub const MAX_REPETITION_WINDOW: u8 = 64;

/// How to choose. The default draws from the model's own distribution.
///
/// Applied in this order: repetition penalty, temperature, top-k, top-p, min-p. [`Sampler::new`](super::Sampler::new) turns
/// percentages into shifts and additions, for which it divides; keep it out of the inner loop.
///
/// ```
/// use runtime::Sampling;
///
/// let calm = Sampling { temperature: 80, min_p: 2, ..Sampling::DEFAULT };
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Sampling {
    /// Temperature in hundredths, up to 1000: 100 is the model's own distribution, 0 is greedy (argmax; ties go to the lowest token id).
    pub temperature: u16,
    /// Keep the `top_k` most probable tokens and all ties with the last of them; 0 keeps all.
    pub top_k: u16,
    /// Keep the most probable tokens up to this percentage of the probability mass (nucleus sampling); 100 and more keeps all.
    pub top_p: u8,
    /// Keep the tokens at least this percentage as probable as the most probable one; 0 keeps all, 100 and more that one alone.
    pub min_p: u8,
    /// Taken from the logits of tokens seen lately, in sixteenths of a bit: 16 makes them half as probable, 0 is off.
    pub repetition_penalty: u16,
    /// How many of the last tokens, prompt included, count as seen lately: up to [`MAX_REPETITION_WINDOW`].
    pub repetition_window: u8,
}

impl Sampling {
    /// The model's own distribution.
    ///
    /// ```
    /// use runtime::Sampling;
    ///
    /// // What is not named keeps every token.
    /// let warm = Sampling { temperature: 130, ..Sampling::DEFAULT };
    /// assert_eq!((warm.top_k, warm.top_p, warm.min_p), (0, 100, 0));
    /// ```
    pub const DEFAULT: Self = Self {
        temperature: 100,
        top_k: 0,
        top_p: 100,
        min_p: 0,
        repetition_penalty: 0,
        repetition_window: MAX_REPETITION_WINDOW,
    };
    /// Always the most probable token.
    ///
    /// ```
    /// use runtime::{Sampler, Sampling};
    ///
    /// let mut sampler = Sampler::new(Sampling::GREEDY, 42);
    /// assert_eq!(sampler.sample(&[0, 32, 16]), 1);
    /// ```
    pub const GREEDY: Self = Self {
        temperature: 0,
        ..Self::DEFAULT
    };
}

impl Default for Sampling {
    fn default() -> Self {
        Self::DEFAULT
    }
}

//! Generated text with an end: a stop string, the end of the document, a number of tokens.

use super::{Generate, Tokens};
use crate::sample::Sampler;
use crate::stop::StopStrings;

/// Why a text ended.
///
/// ```
/// use runtime::{FinishReason, Generate, Sampling, StopStrings};
///
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// let stop = StopStrings::<1>::new(&[":"])?;
/// let generate = Generate::from_text(&mut engine, "ROME", Sampling::GREEDY, 1)?;
/// assert_eq!(generate.until(stop.clone(), 20).finish(|_| ()), FinishReason::Stop);
/// let generate = Generate::from_text(&mut engine, "ROME", Sampling::GREEDY, 1)?;
/// assert_eq!(generate.until(stop, 1).finish(|_| ()), FinishReason::Length);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum FinishReason {
    /// A stop string.
    Stop,
    /// The end token.
    EndOfDocument,
    /// The bound on generated tokens.
    Length,
}

/// [`Generate`] until one of its stop strings, the end of the document or a number of tokens. Stop strings of up to `N` bytes are not
/// shown, nor are parts of them.
///
/// ```
/// use runtime::{Engine, Generate, Sampling, StopStrings};
///
/// # fn demo(engine: &mut Engine, print: impl Fn(&str), feed_the_watchdog: impl Fn()) -> Result<(), Box<dyn std::error::Error>> {
/// let stop = StopStrings::<8>::new(&["\n\n"])?;
/// let mut text = Generate::from_text(engine, "ROMEO:\n", Sampling::DEFAULT, 42)?.until(stop, 200);
/// let reason = loop {
///     if let Some(reason) = text.advance(&print) {
///         break reason;
///     }
///     feed_the_watchdog();
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "computes nothing until it is asked to"]
pub struct Until<'e, 'm, 's, 'a, const N: usize, P = Tokens<'e>> {
    generate: Generate<'e, 'm, 's, P>,
    stop: StopStrings<'a, N>,
    /// Tokens that may still be generated.
    left: usize,
    finished: Option<FinishReason>,
}

impl<'e, 'm, 's, 'a, const N: usize, P> Until<'e, 'm, 's, 'a, N, P> {
    pub(super) const fn new(
        generate: Generate<'e, 'm, 's, P>,
        stop: StopStrings<'a, N>,
        max_tokens: usize,
    ) -> Self {
        Self {
            generate,
            stop,
            left: max_tokens,
            finished: None,
        }
    }
}

impl<'e, 'm, 's, const N: usize, P: Iterator<Item = u16>> Until<'e, 'm, 's, '_, N, P> {
    /// Does the work of one layer, of the prompt or of a generated token, and shows the text that came of it. Returns why the
    /// text has ended; call again until then. From then on it does nothing and returns the same.
    ///
    /// ```
    /// use runtime::{Generate, Sampling, StopStrings};
    ///
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let generate = Generate::from_text(&mut engine, "ROME", Sampling::GREEDY, 1)?;
    /// let mut text = generate.until(StopStrings::NONE, 20);
    /// assert_eq!(text.advance(|text| print!("{text}")), None); // a layer of the prompt
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn advance(&mut self, mut show: impl FnMut(&str)) -> Option<FinishReason> {
        if self.finished.is_none() {
            self.finished = self.work(&mut show);
            if matches!(
                self.finished,
                Some(FinishReason::EndOfDocument | FinishReason::Length)
            ) {
                self.stop.finish(&mut show);
            }
        }
        self.finished
    }

    fn work(&mut self, show: &mut impl FnMut(&str)) -> Option<FinishReason> {
        if self.left == 0 {
            return Some(FinishReason::Length);
        }
        let token = self.generate.advance()?;
        if self.generate.is_end(token) {
            return Some(FinishReason::EndOfDocument);
        }
        self.left -= 1;
        if self.stop.push(self.generate.text(token), show) {
            return Some(FinishReason::Stop);
        }
        (self.left == 0).then_some(FinishReason::Length)
    }

    /// Generates the rest at once; why it ended.
    ///
    /// ```
    /// use runtime::{Generate, Sampling, StopStrings};
    ///
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let generate = Generate::from_text(&mut engine, "ROME", Sampling::GREEDY, 1)?;
    /// let mut shown = String::new();
    /// generate.until(StopStrings::NONE, 3).finish(|text| shown.push_str(text));
    /// assert_eq!(shown, "O:\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(&mut self, mut show: impl FnMut(&str)) -> FinishReason {
        loop {
            if let Some(reason) = self.advance(&mut show) {
                return reason;
            }
        }
    }

    /// The sampler, to [`resume`](Generate::resume) with later.
    ///
    /// ```
    /// use runtime::{Generate, Sampling, StopStrings};
    ///
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let generate = Generate::from_text(&mut engine, "ROME", Sampling::GREEDY, 1)?;
    /// let mut text = generate.until(StopStrings::NONE, 1);
    /// text.finish(|text| print!("{text}"));
    /// let sampler = text.into_sampler();
    /// assert_eq!(Generate::resume(&mut engine, &[], sampler)?.next(), Some(10)); // ":"
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_sampler(self) -> Sampler {
        self.generate.into_sampler()
    }
}

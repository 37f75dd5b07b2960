//! What a text costs under a model.

use crate::engine::Engine;
use crate::logits::Logits;
use formats::EncodeError;

/// What a text costs under a model: its negative log-likelihood.
///
/// ```
/// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// let score = engine.score_text("ROMEO:", || ())?;
/// assert_eq!(score.tokens, 6);
/// assert!(score.bits_q16 >> 16 < 6 * 8); // fewer bits than the text has
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Score {
    /// Tokens of the text.
    pub tokens: u32,
    /// The sum of `-log2` of their probabilities, in 65,536ths of a bit.
    pub bits_q16: u64,
}

impl Score {
    /// Bits of all tokens.
    ///
    /// ```
    /// assert_eq!(runtime::Score { tokens: 2, bits_q16: 3 * 65_536 }.bits(), 3.0);
    /// ```
    #[cfg(feature = "std")]
    pub fn bits(self) -> f64 {
        self.bits_q16 as f64 / 65_536.0
    }

    /// Nats per token, which training calls the loss; 0 for no token.
    ///
    /// ```
    /// let score = runtime::Score { tokens: 2, bits_q16: 2 * 65_536 };
    /// assert_eq!(score.loss(), std::f64::consts::LN_2);
    /// ```
    #[cfg(feature = "std")]
    pub fn loss(self) -> f64 {
        self.bits() * core::f64::consts::LN_2 / f64::from(self.tokens.max(1))
    }

    /// The perplexity per token; 1 for no token.
    ///
    /// ```
    /// // Three bits each: as if drawn from eight.
    /// let score = runtime::Score { tokens: 2, bits_q16: 6 * 65_536 };
    /// assert!((score.perplexity() - 8.0).abs() < 1e-9);
    /// ```
    #[cfg(feature = "std")]
    pub fn perplexity(self) -> f64 {
        self.loss().exp()
    }
}

impl Engine<'_, '_> {
    /// Takes `text` into the context, behind what that holds, and returns what each token of it cost there, in sum. Calls
    /// `between` after each layer of work.
    ///
    /// Text from nothing begins behind [`Tokenizer::start`](formats::Tokenizer::start). Of a character that no token covers, the
    /// escape token counts; [`codec::Costs`](crate::codec::Costs) prices the character, too, and the end of the text.
    ///
    /// ```
    /// # fn demo(engine: &mut runtime::Engine, feed_the_watchdog: impl Fn()) -> Result<(), runtime::EncodeError> {
    /// engine.reset();
    /// let likely = engine.score_text("To be, or not to be", &feed_the_watchdog)?;
    /// engine.reset();
    /// let unlikely = engine.score_text("To be, or zot to be", &feed_the_watchdog)?;
    /// let better = likely.bits_q16 < unlikely.bits_q16;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EncodeError`] when the model does not know a character and has no escape token; the context is then unchanged.
    pub fn score_text(
        &mut self,
        text: &str,
        mut between: impl FnMut(),
    ) -> Result<Score, EncodeError> {
        let tokenizer = self.model().tokenizer();
        tokenizer
            .encode(text)
            .try_for_each(|token| token.map(|_| ()))?;
        if !self.has_context() {
            self.begin(tokenizer.start());
        }
        let mut score = Score::default();
        for token in tokenizer.encode(text).flatten() {
            while self.advance() {
                between();
            }
            let bits = Logits::new(self.finish()).bits(token).unwrap_or(0);
            score.bits_q16 += u64::from(bits);
            score.tokens += 1;
            self.begin(token);
        }
        Ok(score)
    }
}

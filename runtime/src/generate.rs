//! Generating text, which can stop between layers.

mod prompt;
mod until;

use crate::engine::{Engine, TokenError};
use crate::sample::{Sampler, Sampling};
use crate::stop::StopStrings;
use formats::EncodeError;
pub use prompt::{TextTokens, Tokens};
pub use until::{FinishReason, Until};

/// Generates until the document ends, which a model without an end token never does: `take` as many tokens as you want. The
/// ring of the KV cache lets it go on past the context.
///
/// As an iterator it gives tokens, [`Generate::pieces`] and [`Generate::next_piece`] their text; the end token is the end of
/// all three, and what is asked for behind it begins the next document, from an empty context. The first document begins so,
/// too, where the engine has no context: the end token goes in before the prompt. Where the model has none, an empty prompt begins
/// behind a line feed ([`Tokenizer::start`](formats::Tokenizer::start)). The escape token is never drawn. [`Generate::advance`] does
/// the same a layer at a time, for a firmware that feeds a watchdog or lets other tasks run in between. [`Generate::until`] adds stop
/// strings and a bound.
///
/// `P` gives the tokens of the prompt: [`Tokens`] those of a slice, [`TextTokens`] those of a text, one by one, without a buffer.
///
/// Every token that it gave is in the engine's context, and whatever uses the engine next goes on behind it.
///
/// ```
/// use runtime::{Engine, Generate, Sampling};
///
/// # fn demo(engine: &mut Engine, print: impl Fn(&str), feed_the_watchdog: impl Fn()) -> Result<(), runtime::EncodeError> {
/// // A greeting at once, ...
/// Generate::from_text(engine, "Hello", Sampling::DEFAULT, 1)?.pieces().take(20).for_each(&print);
/// // ... and on behind it, a layer at a time.
/// let mut generate = Generate::from_text(engine, "\n", Sampling::GREEDY, 1)?;
/// let token = loop {
///     if let Some(token) = generate.advance() {
///         break token;
///     }
///     feed_the_watchdog();
/// };
/// print(generate.text(token));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "computes nothing until it is asked for tokens"]
pub struct Generate<'e, 'm, 's, P = Tokens<'e>> {
    engine: &'e mut Engine<'m, 's>,
    /// The token that a document begins behind, before it is in the context.
    beginning: Option<u16>,
    /// The rest of it.
    prompt: P,
    sampler: Sampler,
}

impl<'e, 'm, 's> Generate<'e, 'm, 's> {
    /// Continues `prompt`, which is added to whatever the engine's context holds. Computes nothing yet: the first token
    /// takes the time of the prompt.
    ///
    /// ```
    /// use runtime::{Generate, Sampling};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let generate = Generate::new(&mut engine, &[30, 27, 25, 17], Sampling::GREEDY, 0)?;
    /// assert_eq!(generate.take(2).collect::<Vec<u16>>(), [27, 10]); // "O:"
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TokenError::Unknown`] when the prompt has a token outside the vocabulary.
    pub fn new(
        engine: &'e mut Engine<'m, 's>,
        prompt: &'e [u16],
        sampling: Sampling,
        seed: u64,
    ) -> Result<Self, TokenError> {
        Self::resume(engine, prompt, Sampler::new(sampling, seed))
    }

    /// As [`Generate::new`], drawing from a `sampler` that went on before.
    ///
    /// Taking `n` tokens twice gives what taking `2 n` at once does:
    ///
    /// ```
    /// # use runtime::{Engine, Generate, Sampling, TokenError};
    /// # fn demo(engine: &mut Engine) -> Result<(), TokenError> {
    /// let mut generate = Generate::new(engine, &[0], Sampling::default(), 42)?;
    /// let first = generate.by_ref().take(10).last();
    /// let sampler = generate.into_sampler();
    /// let second = Generate::resume(engine, &[], sampler)?.take(10).last();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`TokenError::Unknown`] when the prompt has a token outside the vocabulary.
    pub fn resume(
        engine: &'e mut Engine<'m, 's>,
        prompt: &'e [u16],
        sampler: Sampler,
    ) -> Result<Self, TokenError> {
        prompt.iter().try_for_each(|&token| engine.check(token))?;
        let first = prompt.first().copied();
        Ok(Self::of(engine, first, prompt.iter().copied(), sampler))
    }
}

impl<'e, 'm, 's> Generate<'e, 'm, 's, TextTokens<'m, 'e>> {
    /// Continues `text`, as [`Generate::new`] continues tokens; it needs no buffer for them. Checks the text and computes nothing
    /// yet.
    ///
    /// ```
    /// use runtime::{Engine, Generate, Sampling};
    ///
    /// # fn demo(engine: &mut Engine, print: impl Fn(&str), feed_the_watchdog: impl Fn()) -> Result<(), runtime::EncodeError> {
    /// let mut generate = Generate::from_text(engine, "ROMEO:\n", Sampling::DEFAULT, 42)?;
    /// for _ in 0..200 {
    ///     // Also between the layers of the prompt.
    ///     let Some(piece) = generate.next_piece(&feed_the_watchdog) else { break };
    ///     print(piece);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EncodeError`] when the model does not know a character.
    pub fn from_text(
        engine: &'e mut Engine<'m, 's>,
        text: &'e str,
        sampling: Sampling,
        seed: u64,
    ) -> Result<Self, EncodeError> {
        Self::resume_text(engine, text, Sampler::new(sampling, seed))
    }

    /// As [`Generate::from_text`], drawing from a `sampler` that went on before.
    ///
    /// ```
    /// use runtime::{Generate, Sampling};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let mut generate = Generate::from_text(&mut engine, "ROMEO:", Sampling::DEFAULT, 1)?;
    /// generate.next_piece(|| ());
    /// let sampler = generate.into_sampler();
    /// let text: String = Generate::resume_text(&mut engine, "O ", sampler)?.pieces().take(3).collect();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Generate::from_text`].
    pub fn resume_text(
        engine: &'e mut Engine<'m, 's>,
        text: &'e str,
        sampler: Sampler,
    ) -> Result<Self, EncodeError> {
        let tokens = TextTokens::new(engine.model().tokenizer(), text)?;
        let first = tokens.clone().next();
        Ok(Self::of(engine, first, tokens, sampler))
    }
}

impl<'e, 'm, 's, P: Iterator<Item = u16>> Generate<'e, 'm, 's, P> {
    /// Of tokens of the model, of which `first` is the first.
    fn of(engine: &'e mut Engine<'m, 's>, first: Option<u16>, prompt: P, sampler: Sampler) -> Self {
        let tokenizer = engine.model().tokenizer();
        let beginning = match (engine.has_context(), tokenizer.end()) {
            (true, _) => None,
            (false, None) => first.is_none().then(|| tokenizer.start()),
            (false, end) => end.filter(|_| first != end),
        };
        Self {
            engine,
            beginning,
            prompt,
            sampler,
        }
    }

    /// Does the work of one layer, of the prompt or of a generated token. Returns the next token when it is drawn, the end
    /// token too; call again until then.
    ///
    /// ```
    /// use runtime::{Generate, Sampling};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let mut generate = Generate::new(&mut engine, &[13], Sampling::GREEDY, 0)?;
    /// // The four layers of the prompt's only token.
    /// assert!((0..4).all(|_| generate.advance().is_none()));
    /// assert!(generate.advance().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn advance(&mut self) -> Option<u16> {
        if self.read_prompt() {
            return None;
        }
        // The escape token is the last one.
        let escape = self.engine.model().tokenizer().escape();
        let logits = self.engine.finish();
        let drawn = escape.and_then(|escape| logits.get(..escape.into()));
        let token = self.sampler.sample(drawn.unwrap_or(logits));
        if self.is_end(token) {
            self.engine.reset();
        }
        // Its layers wait for the next call, or for whatever uses the engine after this.
        self.engine.begin(token);
        Some(token)
    }

    /// Does the work of one layer of the prompt, or of a token before it; `false` when none is left. Draws nothing: to read a text
    /// now and go on later.
    ///
    /// ```
    /// use runtime::{Generate, Sampling};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let mut generate = Generate::from_text(&mut engine, "ROMEO:", Sampling::DEFAULT, 1)?;
    /// while generate.read_prompt() {
    ///     // feed the watchdog
    /// }
    /// assert!(generate.advance().is_some()); // no layer is left to compute
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_prompt(&mut self) -> bool {
        if self.engine.advance() {
            return true;
        }
        let Some(token) = self.next_of_prompt() else {
            return false;
        };
        self.sampler.accept(token);
        self.engine.begin(token);
        self.engine.advance();
        true
    }

    fn next_of_prompt(&mut self) -> Option<u16> {
        self.beginning.take().or_else(|| self.prompt.next())
    }

    /// The text of a token; empty for one outside the vocabulary.
    ///
    /// ```
    /// use runtime::{Generate, Sampling};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let generate = Generate::new(&mut engine, &[0], Sampling::DEFAULT, 1)?;
    /// assert_eq!((generate.text(13), generate.text(65)), ("A", ""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(&self, token: u16) -> &'m str {
        let tokenizer = self.engine.model().tokenizer();
        tokenizer.decode(token).unwrap_or_default()
    }

    /// The text of the next token; `None` where it is the end token. Calls `between` after each layer of work.
    ///
    /// ```
    /// use runtime::{Generate, Sampling};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let mut generate = Generate::from_text(&mut engine, "ROME", Sampling::GREEDY, 1)?;
    /// assert_eq!(generate.next_piece(|| { /* feed the watchdog */ }), Some("O"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn next_piece(&mut self, between: impl FnMut()) -> Option<&'m str> {
        let token = self.next_token(between)?;
        Some(self.text(token))
    }

    fn next_token(&mut self, mut between: impl FnMut()) -> Option<u16> {
        loop {
            match self.advance() {
                Some(token) if self.is_end(token) => return None,
                Some(token) => return Some(token),
                None => between(),
            }
        }
    }

    /// The text of the tokens, piece by piece, as it is generated.
    ///
    /// ```
    /// use runtime::{Generate, Sampling};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let generate = Generate::from_text(&mut engine, "ROME", Sampling::GREEDY, 1)?;
    /// assert_eq!(generate.pieces().take(3).collect::<String>(), "O:\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pieces(mut self) -> impl Iterator<Item = &'m str> + use<'e, 'm, 's, P> {
        core::iter::from_fn(move || self.next_piece(|| ()))
    }

    /// Until one of `stop`, the end of the document or `max_tokens` generated tokens.
    ///
    /// ```
    /// use runtime::{Generate, Sampling, StopStrings};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let stop = StopStrings::<1>::new(&[":"])?;
    /// let generate = Generate::from_text(&mut engine, "ROME", Sampling::GREEDY, 1)?;
    /// let mut name = String::new();
    /// generate.until(stop, 20).finish(|text| name.push_str(text));
    /// assert_eq!(name, "O");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn until<'a, const N: usize>(
        self,
        stop: StopStrings<'a, N>,
        max_tokens: usize,
    ) -> Until<'e, 'm, 's, 'a, N, P> {
        Until::new(self, stop, max_tokens)
    }

    fn is_end(&self, token: u16) -> bool {
        self.engine.model().tokenizer().end() == Some(token)
    }

    /// The sampler, to [`resume`](Generate::resume) with later.
    ///
    /// ```
    /// use runtime::{Generate, Sampling};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let generate = Generate::new(&mut engine, &[0], Sampling::DEFAULT, 1)?;
    /// let saved = generate.into_sampler().snapshot(); // for after a sleep
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_sampler(self) -> Sampler {
        self.sampler
    }
}

impl<P: Iterator<Item = u16>> Iterator for Generate<'_, '_, '_, P> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        self.next_token(|| ())
    }
}

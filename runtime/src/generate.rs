//! Generating text, which can stop between layers.

use crate::engine::{Engine, TokenError};
use crate::sample::{Sampler, Sampling};

/// Generates until the document ends, which a model without an end token never does: `take` as many tokens as you want. The
/// ring of the KV cache lets it go on past the context.
///
/// As an iterator it gives tokens, [`Generate::pieces`] and [`Generate::next_piece`] their text; the end token is the end of
/// all three, and what is asked for behind it begins the next document, from an empty context. The first document begins so,
/// too, where the engine has no context: the end token goes in before the prompt. The escape token is never drawn. [`Generate::advance`] does
/// the same a layer at a time, for a firmware that feeds a watchdog or lets other tasks run in between.
///
/// Every token that it gave is in the engine's context, and whatever uses the engine next goes on behind it.
#[derive(Debug)]
pub struct Generate<'e, 'm, 's> {
    engine: &'e mut Engine<'m, 's>,
    /// The token that a document begins behind, before it is in the context.
    beginning: Option<u16>,
    /// The rest of it.
    prompt: &'e [u16],
    sampler: Sampler,
}

impl<'e, 'm, 's> Generate<'e, 'm, 's> {
    /// Continues `prompt`, which is added to whatever the engine's context holds. Computes nothing yet: the first token
    /// takes the time of the prompt.
    ///
    /// # Errors
    /// [`TokenError`] when the prompt is empty and the model has no end token to begin behind, or when the prompt has a token
    /// outside the vocabulary.
    pub fn new(
        engine: &'e mut Engine<'m, 's>,
        prompt: &'e [u16],
        sampling: Sampling,
        seed: u64,
    ) -> Result<Self, TokenError> {
        if prompt.is_empty() && engine.model().tokenizer().end().is_none() {
            return Err(TokenError::EmptyPrompt);
        }
        Self::resume(engine, prompt, Sampler::new(sampling, seed))
    }

    /// Goes on with what the engine's context holds and then `prompt`, which may be empty, drawing from `sampler`. In an
    /// engine without a context, an empty prompt is continued with any token.
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
        let end = engine.model().tokenizer().end();
        let beginning = end.filter(|end| !engine.has_context() && prompt.first() != Some(end));
        Ok(Self {
            engine,
            beginning,
            prompt,
            sampler,
        })
    }

    /// Does the work of one layer, of the prompt or of a generated token. Returns the next token when it is drawn, the end
    /// token too; call again until then.
    pub fn advance(&mut self) -> Option<u16> {
        if self.engine.advance() {
            return None;
        }
        if let Some(token) = self.next_of_prompt() {
            self.sampler.accept(token);
            self.engine.begin(token);
            self.engine.advance();
            return None;
        }
        // The escape token is the last one.
        let escape = self.engine.model().tokenizer().escape();
        let logits = self.engine.finish();
        let drawn = escape.and_then(|escape| logits.get(..escape.into()));
        let token = self.sampler.sample(drawn.unwrap_or(logits));
        if self.engine.model().tokenizer().end() == Some(token) {
            self.engine.reset();
        }
        // Its layers wait for the next call, or for whatever uses the engine after this.
        self.engine.begin(token);
        Some(token)
    }

    fn next_of_prompt(&mut self) -> Option<u16> {
        self.beginning.take().or_else(|| {
            let (&token, rest) = self.prompt.split_first()?;
            self.prompt = rest;
            Some(token)
        })
    }

    /// The text of a token; empty for one outside the vocabulary.
    pub fn text(&self, token: u16) -> &'m str {
        let tokenizer = self.engine.model().tokenizer();
        tokenizer.decode(token).unwrap_or_default()
    }

    /// The text of the next token; `None` where it is the end token. Calls `between` after each layer of work.
    pub fn next_piece(&mut self, between: impl FnMut()) -> Option<&'m str> {
        let token = self.next_token(between)?;
        Some(self.text(token))
    }

    fn next_token(&mut self, mut between: impl FnMut()) -> Option<u16> {
        loop {
            match self.advance() {
                Some(token) if self.engine.model().tokenizer().end() == Some(token) => return None,
                Some(token) => return Some(token),
                None => between(),
            }
        }
    }

    /// The text of the tokens, piece by piece, as it is generated.
    pub fn pieces(mut self) -> impl Iterator<Item = &'m str> + use<'e, 'm, 's> {
        core::iter::from_fn(move || self.next_piece(|| ()))
    }

    /// The sampler, to [`resume`](Generate::resume) with later.
    pub fn into_sampler(self) -> Sampler {
        self.sampler
    }
}

impl Iterator for Generate<'_, '_, '_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        self.next_token(|| ())
    }
}

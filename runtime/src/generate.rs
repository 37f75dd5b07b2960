//! An iterator of generated tokens, or of their text.

use crate::engine::{Engine, TokenError};
use crate::sample::{Sampler, Sampling};

/// Generates for ever: `take` as many tokens as you want. The ring of the KV cache lets it go on past the context.
#[derive(Debug)]
pub struct Generate<'e, 'm, 's> {
    engine: &'e mut Engine<'m, 's>,
    sampler: Sampler,
    /// Drawn, but not yet in the engine's context.
    pending: Option<u16>,
}

impl<'e, 'm, 's> Generate<'e, 'm, 's> {
    /// Continues `prompt`, which is added to whatever the engine's context holds.
    ///
    /// # Errors
    /// [`TokenError`] when the prompt is empty or has a token outside the vocabulary.
    pub fn new(
        engine: &'e mut Engine<'m, 's>,
        prompt: &[u16],
        sampling: Sampling,
        seed: u64,
    ) -> Result<Self, TokenError> {
        engine.prefill(prompt)?;
        Ok(Self {
            engine,
            sampler: Sampler::new(sampling, seed),
            pending: None,
        })
    }

    /// The text of the tokens, piece by piece, as it is generated.
    pub fn pieces(self) -> impl Iterator<Item = &'m str> + use<'e, 'm, 's> {
        let tokenizer = self.engine.model().tokenizer();
        self.map(move |token| tokenizer.decode(token).unwrap_or_default())
    }
}

impl Iterator for Generate<'_, '_, '_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let logits = match self.pending {
            Some(token) => self.engine.step(token).ok()?,
            None => self.engine.logits(),
        };
        let token = self.sampler.sample(logits);
        self.pending = Some(token);
        Some(token)
    }
}

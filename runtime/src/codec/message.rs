//! A message as symbols: coded one by one, each from the logits that the engine has for its place.

use super::alphabet::{Alphabet, Symbol};
use super::encoder::Encoder;
use super::{escape, units};
use crate::engine::Engine;
use formats::Tokenizer;
use units::Unit;

/// Where coding a text stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    alphabet: Alphabet,
    encoder: Encoder,
    /// Bytes of the text that are coded.
    at: usize,
}

/// What the text turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Coded {
    /// A packet of so many bytes, no longer than the text.
    Bytes(usize),
    /// Longer than the text.
    TooLong,
}

impl Message {
    /// At the start of a message: the engine's context becomes what every message begins behind.
    pub(super) fn begin(engine: &mut Engine<'_, '_>) -> Self {
        begin(engine);
        Self {
            alphabet: Alphabet::new(engine.model()),
            encoder: Encoder::new(),
            at: 0,
        }
    }

    /// Does the work of a layer, and between tokens codes a unit of `text` into `out`. `None` until the message is over.
    pub(super) fn advance(
        &mut self,
        engine: &mut Engine<'_, '_>,
        text: &[u8],
        out: &mut [u8],
    ) -> Option<Coded> {
        if engine.advance() {
            return None;
        }
        let tokenizer = engine.model().tokenizer();
        let rest = text.get(self.at..).unwrap_or_default();
        let (symbol, bytes) = self.code(&tokenizer, engine.finish(), rest, out);
        if self.encoder.settled() > text.len() {
            return Some(Coded::TooLong);
        }
        if symbol != Symbol::End {
            self.at += bytes;
            take(engine, symbol);
            return None;
        }
        let length = self.encoder.finish(out);
        Some(match length <= text.len() {
            true => Coded::Bytes(length),
            false => Coded::TooLong,
        })
    }

    /// Codes the first unit of `rest`, or the end of the message where nothing is left; what it was, and its bytes.
    pub(super) fn code(
        &mut self,
        tokenizer: &Tokenizer<'_>,
        logits: &[i32],
        rest: &[u8],
        out: &mut [u8],
    ) -> (Symbol, usize) {
        let (symbol, bytes) = match units::first(tokenizer, rest) {
            None => (Symbol::End, 0),
            Some((Unit::Token(token), bytes)) => (Symbol::Token(token), bytes),
            Some((Unit::Escaped, bytes)) => (Symbol::Escape, bytes),
        };
        let interval = self.alphabet.interval(logits, symbol);
        self.encoder.encode(interval, out);
        if symbol == Symbol::Escape {
            escape::encode(rest, &mut self.encoder, out);
        }
        (symbol, bytes)
    }

    /// Bytes of the packet if it ended here.
    pub(super) fn length(&self) -> usize {
        self.encoder.finish(&mut [])
    }

    /// Bytes of the packet that are settled.
    pub(super) const fn settled(&self) -> usize {
        self.encoder.settled()
    }
}

/// Makes the context what every message begins behind.
pub(super) fn begin(engine: &mut Engine<'_, '_>) {
    engine.reset();
    let start = engine.model().tokenizer().start();
    engine.begin(start);
}

/// Takes a symbol into the context. What the model has no token for changes nothing: the next symbol has the same logits.
pub(super) fn take(engine: &mut Engine<'_, '_>, symbol: Symbol) {
    let tokenizer = engine.model().tokenizer();
    let token = match symbol {
        Symbol::Token(token) => Some(token),
        Symbol::Escape => tokenizer.escape(),
        Symbol::End => None,
    };
    if let Some(token) = token {
        engine.begin(token);
    }
}

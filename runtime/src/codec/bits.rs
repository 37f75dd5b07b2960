use super::alphabet::{Alphabet, Symbol};
use super::message::{begin, take};
use super::{escape, units};
use crate::engine::Engine;
use units::Unit;

/// A part of a message and what it costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// Bytes of the text: a token's, an escaped character's or a raw byte's; 0 for the end of the message.
    pub bytes: usize,
    /// `-log2` of the share that the coder gives it, in 65,536ths of a bit; behind an escape also what the fixed table costs.
    pub bits: u32,
}

/// What each part of a message costs, the end of the message last. The sum is what [`compress`](super::compress) needs, which
/// adds some 2 or 3 bits at the end.
///
/// Costs a token of inference per token of the text; the engine's context is lost.
///
/// ```
/// # fn demo(engine: &mut runtime::Engine) {
/// let mut bits = runtime::codec::Bits::new(engine, b"On my way");
/// while let Some(part) = bits.next_part(|| { /* feed the watchdog */ }) {
///     // tint(part.bytes, part.bits >> 16)
///     # let _ = part;
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Bits<'b, 'm, 's> {
    engine: &'b mut Engine<'m, 's>,
    alphabet: Alphabet,
    /// What is left of the text; nothing behind its end.
    rest: Option<&'b [u8]>,
}

impl<'b, 'm, 's> Bits<'b, 'm, 's> {
    /// Of `text`, which may be any bytes. Clears the engine's context; computes nothing yet.
    pub fn new(engine: &'b mut Engine<'m, 's>, text: &'b [u8]) -> Self {
        begin(engine);
        let alphabet = Alphabet::new(engine.model());
        Self {
            engine,
            alphabet,
            rest: Some(text),
        }
    }

    /// The next part; `None` behind the end. Calls `between` after each layer of work.
    pub fn next_part(&mut self, mut between: impl FnMut()) -> Option<Part> {
        let text = self.rest?;
        while self.engine.advance() {
            between();
        }
        let tokenizer = self.engine.model().tokenizer();
        let (symbol, bytes, escaped) = match units::first(&tokenizer, text) {
            None => (Symbol::End, 0, 0),
            Some((Unit::Token(token), bytes)) => (Symbol::Token(token), bytes, 0),
            Some((Unit::Escaped, bytes)) => (Symbol::Escape, bytes, escape::bits(text)),
        };
        let interval = self.alphabet.interval(self.engine.finish(), symbol);
        self.rest = match symbol {
            Symbol::End => None,
            _ => text.get(bytes..),
        };
        take(self.engine, symbol);
        Some(Part {
            bytes,
            bits: interval.bits() + escaped,
        })
    }
}

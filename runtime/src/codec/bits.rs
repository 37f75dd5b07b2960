use super::alphabet::{Alphabet, Symbol};
use super::message::{begin, take};
use super::{escape, units};
use crate::engine::Engine;
use std::vec::Vec;
use units::Unit;

/// A part of a message and what it costs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Part {
    /// Bytes of the text: a token's, an escaped character's or a raw byte's; 0 for the end of the message.
    pub bytes: usize,
    /// `-log2` of its probability by the model, behind an escape also those of the fixed table.
    pub bits: f64,
}

/// What each part of `text` costs, the end of the message last: for hosts. The sum is what no coder of this model undercuts
/// on average; a packet of [`compress`](super::compress) has some 2 or 3 bits more.
///
/// Costs a token of inference per token of the text; the engine's context is lost.
pub fn bits(engine: &mut Engine<'_, '_>, text: &[u8]) -> Vec<Part> {
    let tokenizer = engine.model().tokenizer();
    let alphabet = Alphabet::new(engine.model());
    begin(engine);
    let (mut parts, mut rest) = (Vec::new(), text);
    loop {
        let (symbol, bytes, escaped) = match units::first(&tokenizer, rest) {
            None => (Symbol::End, 0, 0.0),
            Some((Unit::Token(token), bytes)) => (Symbol::Token(token), bytes, 0.0),
            Some((Unit::Escaped, bytes)) => (Symbol::Escape, bytes, escape::bits(rest)),
        };
        let bits = alphabet.bits(engine.finish(), symbol) + escaped;
        parts.push(Part { bytes, bits });
        if symbol == Symbol::End {
            return parts;
        }
        rest = rest.get(bytes..).unwrap_or_default();
        take(engine, symbol);
    }
}

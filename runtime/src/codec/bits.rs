use super::alphabet::{Alphabet, Symbol};
use super::message::{begin, take};
use super::{escape, units};
use crate::engine::Engine;
use units::Unit;

/// A part of a message and what it costs, in integers.
///
/// ```
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// let first = runtime::codec::Costs::new(&mut engine, b"ok").next_cost(|| ());
/// let first = first.expect("a message has at least an end");
/// assert_eq!(first.bytes, 1);
/// println!("some {} bits", first.bits >> 16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Cost {
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
/// let mut costs = runtime::codec::Costs::new(engine, b"On my way");
/// while let Some(cost) = costs.next_cost(|| { /* feed the watchdog */ }) {
///     // tint(cost.bytes, cost.bits >> 16)
///     # let _ = cost;
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Costs<'b, 'm, 's> {
    engine: &'b mut Engine<'m, 's>,
    alphabet: Alphabet,
    /// What is left of the text; nothing behind its end.
    rest: Option<&'b [u8]>,
}

impl<'b, 'm, 's> Costs<'b, 'm, 's> {
    /// Of `text`, which may be any bytes. Clears the engine's context; computes nothing yet.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// // The end costs something, too.
    /// let mut costs = runtime::codec::Costs::new(&mut engine, b"");
    /// assert_eq!(costs.next_cost(|| ()).map(|end| end.bytes), Some(0));
    /// assert_eq!(costs.next_cost(|| ()), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut costs = runtime::codec::Costs::new(&mut engine, b"o");
    /// let mut layers = 0;
    /// costs.next_cost(|| layers += 1);
    /// assert_eq!(layers, engine.model().dims().layers);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn next_cost(&mut self, mut between: impl FnMut()) -> Option<Cost> {
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
        Some(Cost {
            bytes,
            bits: interval.bits() + escaped,
        })
    }
}

/// A part of a message and what it costs.
///
/// ```
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// let parts = runtime::codec::bits(&mut engine, b"ok");
/// let dearest = parts.iter().max_by(|a, b| a.bits.total_cmp(&b.bits));
/// assert!(dearest.is_some_and(|part| part.bits > 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Part {
    /// As [`Cost::bytes`].
    pub bytes: usize,
    /// Bits.
    pub bits: f64,
}

/// All [`Costs`] of `text`, in bits: for hosts.
///
/// Costs a token of inference per token of the text; the engine's context is lost.
///
/// ```
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// let parts = runtime::codec::bits(&mut engine, b"lord");
/// let bits: f64 = parts.iter().map(|part| part.bits).sum();
/// assert!(bits < 32.0); // fewer than the text has
/// assert_eq!(parts.len(), 5); // four characters and the end
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "alloc")]
pub fn bits(engine: &mut Engine<'_, '_>, text: &[u8]) -> alloc::vec::Vec<Part> {
    let mut costs = Costs::new(engine, text);
    core::iter::from_fn(|| costs.next_cost(|| ()))
        .map(|cost| Part {
            bytes: cost.bytes,
            bits: f64::from(cost.bits) / 65_536.0,
        })
        .collect()
}

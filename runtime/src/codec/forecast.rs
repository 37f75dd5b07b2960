use super::alphabet::Symbol;
use super::message::{Message, take};
use super::units::is_settled;
use crate::engine::Engine;
use formats::tokenizer::MAX_PIECE_BYTES;

/// How long the packet would be, while a message is typed.
///
/// A token is computed once, when the text behind it can no longer change it: at most one per character, less with longer
/// pieces.
///
/// ```
/// # fn demo(engine: &mut runtime::Engine) {
/// let mut forecast = runtime::codec::Forecast::new(engine, || ());
/// for key in ["O", "n", " ", "m", "y", " ", "w", "a", "y"] {
///     forecast.push(key.as_bytes(), || { /* feed the watchdog */ });
///     // show(forecast.bytes(), 233)
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Forecast<'e, 'm, 's> {
    engine: &'e mut Engine<'m, 's>,
    message: Message,
    /// Text that is not coded, since what follows may change its first token.
    open: [u8; MAX_PIECE_BYTES],
    /// How much of it there is.
    open_bytes: usize,
    /// Bytes of the text.
    text_bytes: usize,
}

impl<'e, 'm, 's> Forecast<'e, 'm, 's> {
    /// Of an empty message. Clears the engine's context and computes a token; calls `between` after each layer.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let forecast = runtime::codec::Forecast::new(&mut engine, || ());
    /// assert_eq!(forecast.bytes(), 1); // an empty message
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(engine: &'e mut Engine<'m, 's>, between: impl FnMut()) -> Self {
        let message = Message::begin(engine);
        let mut forecast = Self {
            engine,
            message,
            open: [0; MAX_PIECE_BYTES],
            open_bytes: 0,
            text_bytes: 0,
        };
        forecast.compute(between);
        forecast
    }

    /// The message goes on with `text`, of any length. Calls `between` after each layer. A text that changes in front of its end
    /// needs a new forecast.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut forecast = runtime::codec::Forecast::new(&mut engine, || ());
    /// forecast.push(b"m", || ());
    /// forecast.push("y ♥".as_bytes(), || ()); // what the model does not know, too
    /// assert!(forecast.bytes() > 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push(&mut self, text: &[u8], mut between: impl FnMut()) {
        for &byte in text {
            if let Some(place) = self.open.get_mut(self.open_bytes) {
                *place = byte;
                self.open_bytes += 1;
            }
            self.text_bytes += 1;
            self.settle(&mut between);
        }
    }

    /// Bytes of the packet if the message were sent now, without a frame. Computes no token.
    ///
    /// Exact where the last token cannot become a longer one: always for a model of characters. Elsewhere an estimate, while 60
    /// English messages were typed within a byte at 97 of 100 letters and within 3 at all: what is behind the first open token, and
    /// the end, is taken to be as likely as in its place.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut forecast = runtime::codec::Forecast::new(&mut engine, || ());
    /// forecast.push(b"my lord", || ());
    /// let left = 20 - forecast.bytes();
    /// assert!(left > 20 - 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bytes(&self) -> usize {
        let tokenizer = self.engine.model().tokenizer();
        let mut message = self.message;
        let mut rest = self.open();
        loop {
            let logits = self.engine.logits();
            let (symbol, bytes) = message.code(&tokenizer, logits, rest, &mut []);
            if symbol == Symbol::End {
                break;
            }
            rest = rest.get(bytes..).unwrap_or_default();
        }
        let coded = message.length();
        if coded > self.text_bytes {
            // As it is, behind a byte.
            return self.text_bytes + 1;
        }
        coded
    }

    fn open(&self) -> &[u8] {
        self.open.get(..self.open_bytes).unwrap_or_default()
    }

    /// Codes what more text cannot change.
    fn settle(&mut self, between: &mut impl FnMut()) {
        let tokenizer = self.engine.model().tokenizer();
        while self.open_bytes != 0 && is_settled(&tokenizer, self.open()) {
            let open = self.open.get(..self.open_bytes).unwrap_or_default();
            let (symbol, bytes) =
                self.message
                    .code(&tokenizer, self.engine.logits(), open, &mut []);
            // What is left moves to the front.
            let mut at = 0;
            while let Some(&byte) = self.open.get(at + bytes) {
                if let Some(place) = self.open.get_mut(at) {
                    *place = byte;
                }
                at += 1;
            }
            self.open_bytes -= bytes;
            take(self.engine, symbol);
            self.compute(&mut *between);
        }
    }

    fn compute(&mut self, mut between: impl FnMut()) {
        while self.engine.advance() {
            between();
        }
        self.engine.finish();
    }
}

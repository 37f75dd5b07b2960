use super::alphabet::{Alphabet, Symbol};
use super::decoder::Decoder;
use super::error::CodecError;
use super::escape;
use super::frame::Form;
use super::message::{Coded, Message, begin, take};
use super::units::Cuts;
use crate::engine::Engine;

/// Reads a packet, a layer of the model at a time; see [`Compress`](super::Compress).
///
/// ```
/// # fn demo(engine: &mut runtime::Engine, packet: &[u8]) -> Result<(), runtime::codec::CodecError> {
/// let mut text = [0; 400];
/// let mut decompress = runtime::codec::Decompress::new(engine, packet, &mut text);
/// let length = loop {
///     if let Some(length) = decompress.advance() {
///         break length?;
///     }
///     // feed the watchdog
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "computes nothing until it is asked to"]
pub struct Decompress<'c, 'm, 's> {
    engine: &'c mut Engine<'m, 's>,
    /// Behind the byte in front.
    packet: &'c [u8],
    text: &'c mut [u8],
    /// Bytes of the whole packet.
    packet_bytes: usize,
    /// Bytes of the text so far.
    length: usize,
    work: Work,
}

#[derive(Debug)]
enum Work {
    /// The text is decoded.
    Decode {
        alphabet: Alphabet,
        decoder: Decoder,
        cuts: Cuts,
    },
    /// The text is there; a compressor must not make it shorter.
    Check(Message),
}

impl<'c, 'm, 's> Decompress<'c, 'm, 's> {
    /// As [`decompress`](super::decompress), which has computed nothing yet. Clears the engine's context.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut text = [0; 20];
    /// // A text that the model would only make longer is stored.
    /// let mut decompress = runtime::codec::Decompress::new(&mut engine, &[0xFF, b'#'], &mut text);
    /// while decompress.advance().is_none() {}
    /// assert_eq!(text[0], b'#');
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(engine: &'c mut Engine<'m, 's>, packet: &'c [u8], text: &'c mut [u8]) -> Self {
        // A bare packet has nothing in front that could be wrong.
        let body = Form::Bare.open(packet).unwrap_or((false, packet));
        Self::of(engine, packet.len(), body, text)
    }

    /// As [`decompress_framed`](super::decompress_framed), which has computed nothing yet. Clears the engine's context.
    ///
    /// ```
    /// use runtime::codec::{CodecError, Decompress};
    ///
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut text = [0; 20];
    /// let refused = Decompress::framed(&mut engine, &[0x80], &mut text).unwrap_err();
    /// assert_eq!(refused, CodecError::OtherKind { found: 2 });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CodecError::OtherModel`], [`CodecError::OtherKind`], and [`CodecError::Damaged`] for a packet without a frame.
    pub fn framed(
        engine: &'c mut Engine<'m, 's>,
        packet: &'c [u8],
        text: &'c mut [u8],
    ) -> Result<Self, CodecError> {
        let body = Form::framed(engine.model()).open(packet)?;
        Ok(Self::of(engine, packet.len(), body, text))
    }

    fn of(
        engine: &'c mut Engine<'m, 's>,
        packet_bytes: usize,
        (stored, packet): (bool, &'c [u8]),
        text: &'c mut [u8],
    ) -> Self {
        let mut length = 0;
        let work = if stored {
            for (place, &byte) in text.iter_mut().zip(packet) {
                *place = byte;
                length += 1;
            }
            Work::Check(Message::begin(engine))
        } else {
            begin(engine);
            Work::Decode {
                alphabet: Alphabet::new(engine.model()),
                decoder: Decoder::new(packet),
                cuts: Cuts::new(),
            }
        };
        Self {
            engine,
            packet,
            text,
            packet_bytes,
            length,
            work,
        }
    }

    /// Does the work of one layer. Returns the length of the text when it is complete; not to be called again then.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut text = [0; 20];
    /// # let mut decompress = runtime::codec::Decompress::new(&mut engine, &[], &mut text);
    /// // No packet is empty.
    /// let refused = std::iter::repeat_with(|| decompress.advance()).find_map(|done| done);
    /// assert!(refused.is_some_and(|length| length.is_err()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`decompress`](super::decompress).
    pub fn advance(&mut self) -> Option<Result<usize, CodecError>> {
        let ended = match &mut self.work {
            // It did not fit.
            Work::Check(_) if self.length < self.packet.len() => Err(self.too_small()),
            Work::Check(message) => {
                let text = self.text.get(..self.length).unwrap_or_default();
                match message.advance(self.engine, text, &mut [])? {
                    Coded::TooLong => Ok(()),
                    Coded::Bytes(_) => Err(self.damaged()),
                }
            }
            Work::Decode { .. } => {
                if self.engine.advance() {
                    return None;
                }
                match self.decode() {
                    Ok(false) => return None,
                    Ok(true) => Ok(()),
                    Err(error) => Err(error),
                }
            }
        };
        Some(ended.map(|()| self.length))
    }

    /// Decodes one symbol; whether it is the end.
    fn decode(&mut self) -> Result<bool, CodecError> {
        let (damaged, too_small) = (self.damaged(), self.too_small());
        let Work::Decode {
            alphabet,
            decoder,
            cuts,
        } = &mut self.work
        else {
            return Ok(true);
        };
        let tokenizer = self.engine.model().tokenizer();
        let logits = self.engine.finish();
        let total = alphabet.total(logits);
        let place = decoder.place(total);
        let (symbol, interval) = alphabet.at(logits, place, total);
        decoder.narrow(interval, self.packet);
        // No packet ends with more bytes settled than it has.
        if decoder.settled() > self.packet.len() {
            return Err(damaged);
        }
        let escaped;
        let unit = match symbol {
            Symbol::End => {
                let text = self.text.get(..self.length).unwrap_or_default();
                let whole = decoder.ends(self.packet)
                    && cuts.ended(&tokenizer, text)
                    // Otherwise it would have been stored.
                    && self.packet.len() <= self.length;
                return if whole { Ok(true) } else { Err(damaged) };
            }
            Symbol::Token(token) => tokenizer.decode(token).unwrap_or_default().as_bytes(),
            Symbol::Escape => {
                escaped = escape::decode(decoder, self.packet).ok_or(damaged)?;
                // What a token covers is never escaped.
                if tokenizer.longest(escaped.bytes()).is_some() {
                    return Err(damaged);
                }
                escaped.bytes()
            }
        };
        let end = self.length + unit.len();
        let places = self.text.get_mut(self.length..end).ok_or(too_small)?;
        for (place, &byte) in places.iter_mut().zip(unit) {
            *place = byte;
        }
        self.length = end;
        if !cuts.grown(&tokenizer, self.text.get(..end).unwrap_or_default()) {
            return Err(self.damaged());
        }
        take(self.engine, symbol);
        Ok(false)
    }

    const fn damaged(&self) -> CodecError {
        CodecError::Damaged {
            packet: self.packet_bytes,
            text: self.length,
        }
    }

    const fn too_small(&self) -> CodecError {
        CodecError::OutputTooSmall {
            have: self.text.len(),
        }
    }

    /// Does the rest at once. Calls `between` after each layer of work.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let (mut packet, mut text) = ([0; 20], [0; 20]);
    /// # let length = runtime::codec::compress(&mut engine, b"ROMEO:", &mut packet)?;
    /// # let packet = &packet[..length];
    /// let decompress = runtime::codec::Decompress::new(&mut engine, packet, &mut text);
    /// let length = decompress.finish(|| { /* feed the watchdog */ })?;
    /// assert_eq!(&text[..length], b"ROMEO:");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`decompress`](super::decompress).
    pub fn finish(mut self, mut between: impl FnMut()) -> Result<usize, CodecError> {
        loop {
            if let Some(length) = self.advance() {
                return length;
            }
            between();
        }
    }
}

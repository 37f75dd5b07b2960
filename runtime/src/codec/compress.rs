use super::error::CodecError;
use super::frame::Form;
use super::message::{Coded, Message};
use crate::engine::Engine;

/// Compresses a message, a layer of the model at a time: feed a watchdog or let other tasks run in between.
///
/// ```
/// # fn demo(engine: &mut runtime::Engine) -> Result<(), runtime::codec::CodecError> {
/// let mut packet = [0; 233];
/// let mut compress = runtime::codec::Compress::new(engine, b"ok", &mut packet);
/// let length = loop {
///     if let Some(length) = compress.advance() {
///         break length?;
///     }
///     // feed the watchdog
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "computes nothing until it is asked to"]
pub struct Compress<'c, 'm, 's> {
    engine: &'c mut Engine<'m, 's>,
    text: &'c [u8],
    packet: &'c mut [u8],
    form: Form,
    message: Message,
}

impl<'c, 'm, 's> Compress<'c, 'm, 's> {
    /// As [`compress`](super::compress), which has computed nothing yet. Clears the engine's context.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut packet = [0; 20];
    /// let mut compress = runtime::codec::Compress::new(&mut engine, b"ok", &mut packet);
    /// assert_eq!(compress.advance(), None); // the first layer of many
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(engine: &'c mut Engine<'m, 's>, text: &'c [u8], packet: &'c mut [u8]) -> Self {
        Self::of(engine, text, packet, Form::Bare)
    }

    /// As [`compress_framed`](super::compress_framed), which has computed nothing yet. Clears the engine's context.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut packet = [0; 20];
    /// let id = engine.model().id() as u8 & 0x3F;
    /// let mut compress = runtime::codec::Compress::framed(&mut engine, b"ok", &mut packet);
    /// while compress.advance().is_none() {}
    /// assert_eq!(packet[0] & 0x3F, id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn framed(engine: &'c mut Engine<'m, 's>, text: &'c [u8], packet: &'c mut [u8]) -> Self {
        let form = Form::framed(engine.model());
        Self::of(engine, text, packet, form)
    }

    fn of(
        engine: &'c mut Engine<'m, 's>,
        text: &'c [u8],
        packet: &'c mut [u8],
        form: Form,
    ) -> Self {
        let message = Message::begin(engine);
        Self {
            engine,
            text,
            packet,
            form,
            message,
        }
    }

    /// Does the work of one layer. Returns the length of the packet when it is complete; not to be called again then.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut packet = [0; 20];
    /// # let mut compress = runtime::codec::Compress::new(&mut engine, b"ok", &mut packet);
    /// // As many layers as a tick has time for.
    /// let length = (0..4).find_map(|_| compress.advance()).transpose()?;
    /// assert_eq!(length, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`compress`](super::compress).
    pub fn advance(&mut self) -> Option<Result<usize, CodecError>> {
        let have = self.packet.len();
        let mut body = &mut *self.packet;
        let mut front = 0;
        if let Some(frame) = self.form.coded() {
            let Some((first, rest)) = body.split_first_mut() else {
                return Some(Err(CodecError::OutputTooSmall { have }));
            };
            *first = frame;
            (body, front) = (rest, 1);
        }
        match self.message.advance(self.engine, self.text, body) {
            Some(Coded::TooLong) => Some(self.store()),
            Some(Coded::Bytes(length)) if length <= body.len() => Some(Ok(front + length)),
            None if self.message.settled() <= body.len() => None,
            _ => Some(Err(CodecError::OutputTooSmall { have })),
        }
    }

    /// The text as it is.
    fn store(&mut self) -> Result<usize, CodecError> {
        let have = self.packet.len();
        let too_small = CodecError::OutputTooSmall { have };
        let (first, rest) = self.packet.split_first_mut().ok_or(too_small)?;
        if rest.len() < self.text.len() {
            return Err(too_small);
        }
        *first = self.form.stored();
        for (place, &byte) in rest.iter_mut().zip(self.text) {
            *place = byte;
        }
        Ok(self.text.len() + 1)
    }

    /// Does the rest at once. Calls `between` after each layer of work.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// # let mut packet = [0; 20];
    /// let compress = runtime::codec::Compress::new(&mut engine, b"ROMEO:", &mut packet);
    /// let length = compress.finish(|| { /* feed the watchdog */ })?;
    /// assert!(length < 6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`compress`](super::compress).
    pub fn finish(mut self, mut between: impl FnMut()) -> Result<usize, CodecError> {
        loop {
            if let Some(length) = self.advance() {
                return length;
            }
            between();
        }
    }
}

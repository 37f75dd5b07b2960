/// Why a message cannot be compressed, or a packet not be read.
///
/// ```
/// use runtime::codec::{CodecError, compress};
///
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// assert_eq!(compress(&mut engine, b"ok", &mut []), Err(CodecError::OutputTooSmall { have: 0 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CodecError {
    /// The output has too little room.
    #[error(
        "the output has room for {have} bytes, which is too little: a packet needs at most the text's length and 1"
    )]
    OutputTooSmall {
        /// Bytes there is room for.
        have: usize,
    },
    /// No compressor that has this model makes such a packet.
    #[error(
        "the packet of {packet} bytes is damaged, or of another model (seen after {text} bytes of text): ask for it again, \
         with the same model file on both sides"
    )]
    Damaged {
        /// Bytes of the packet.
        packet: usize,
        /// Bytes of text in front of the place where it was seen.
        text: usize,
    },
    /// The frame names another model.
    #[error(
        "the packet is of the model {found:#04x}, this one is {expected:#04x} (the id's lowest six bits): use the same model \
         file on both sides"
    )]
    OtherModel {
        /// Of this model.
        expected: u8,
        /// Of the packet's.
        found: u8,
    },
    /// The frame says something that this version does not know.
    #[error(
        "the packet is of kind {found}, this version reads 0 and 1: update the receiver, or it is no framed packet"
    )]
    OtherKind {
        /// The two bits of the frame.
        found: u8,
    },
}

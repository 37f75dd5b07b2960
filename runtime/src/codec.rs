//! Messages as packets and back: lossless compression by the model's own probabilities. Integers only, so that a packet
//! of one machine is read by every other one that has the same model file.
//!
//! `docs/messages.md` specifies the bytes (version 1, frozen).
//!
//! | module | subject |
//! |---|---|
//! | `compress` | [`Compress`]: text to packet, a layer at a time |
//! | `decompress` | [`Decompress`]: packet to text |
//! | `forecast` | [`Forecast`]: the packet's length while a message is typed |
//! | `bits` | [`Costs`]: what each part of a message costs |
//! | `frame` | the byte in front of a framed packet |
//! | `message` | a message as symbols, coded from its start to its end |
//! | `units` | a text as tokens, escaped characters and raw bytes; whether a text was cut as a compressor cuts it |
//! | `alphabet` | logits to intervals |
//! | `escape` | the fixed table for characters that the model does not know |
//! | `encoder`, `decoder` | the range coder |
//!
//! ```
//! # fn demo(engine: &mut runtime::Engine) -> Result<(), runtime::codec::CodecError> {
//! use runtime::codec::{compress, decompress};
//!
//! let (mut packet, mut text) = ([0; 233], [0; 400]);
//! let length = compress(engine, b"On my way, be there in 10", &mut packet)?;
//! // radio.send(&packet[..length])
//! let length = decompress(engine, &packet[..length], &mut text)?;
//! assert_eq!(&text[..length], b"On my way, be there in 10");
//! # Ok(())
//! # }
//! ```
//!
//! **Damage.** A packet is accepted exactly if compressing its text gives the same bytes. That refuses most damaged
//! packets and most packets of other models, not all: a link that must know adds a checksum. Whatever the packet, nothing
//! panics, nothing is written outside of the output, and decoding ends, at the latest where the output is full.

mod alphabet;
mod bits;
mod compress;
mod decoder;
mod decompress;
mod encoder;
mod error;
mod escape;
mod forecast;
mod frame;
mod message;
mod units;

pub use bits::{Cost, Costs};
#[cfg(feature = "alloc")]
pub use bits::{Part, bits};
pub use compress::Compress;
pub use decompress::Decompress;
pub use error::CodecError;
pub use forecast::Forecast;

use crate::engine::Engine;

/// A packet of this first byte holds its text as it is.
const STORED: u8 = 0xFF;

/// Compresses `text`, which may be any bytes, into `packet`: the length of the packet, at most that of the text and 1.
///
/// Costs a token of inference per token of the text; the engine's context is lost.
///
/// ```
/// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// let mut packet = [0; 20];
/// let length = runtime::codec::compress(&mut engine, b"my lord", &mut packet)?;
/// assert!(length < 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CodecError::OutputTooSmall`]; what is in `packet` is then undefined. The text's length and 1 are always enough.
pub fn compress(
    engine: &mut Engine<'_, '_>,
    text: &[u8],
    packet: &mut [u8],
) -> Result<usize, CodecError> {
    Compress::new(engine, text, packet).finish(|| ())
}

/// The text of a packet of [`compress`], into `text`: its length.
///
/// Costs a token of inference per token of the text; the engine's context is lost.
///
/// ```
/// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// # let mut packet = [0; 20];
/// # let length = runtime::codec::compress(&mut engine, b"my lord", &mut packet)?;
/// # let packet = &packet[..length];
/// let mut text = [0; 20];
/// let length = runtime::codec::decompress(&mut engine, packet, &mut text)?;
/// assert_eq!(&text[..length], b"my lord");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CodecError::OutputTooSmall`] and [`CodecError::Damaged`]; what is in `text` is then undefined.
pub fn decompress(
    engine: &mut Engine<'_, '_>,
    packet: &[u8],
    text: &mut [u8],
) -> Result<usize, CodecError> {
    Decompress::new(engine, packet, text).finish(|| ())
}

/// As [`compress`], behind a byte that says how the text is packed and, in six bits, by which model.
///
/// ```
/// # fn demo(engine: &mut runtime::Engine) -> Result<(), runtime::codec::CodecError> {
/// use runtime::codec::{compress_framed, decompress_framed};
///
/// let (mut packet, mut text) = ([0; 233], [0; 400]);
/// let length = compress_framed(engine, b"ok", &mut packet)?;
/// // Another model file refuses it, but for one of 64.
/// let length = decompress_framed(engine, &packet[..length], &mut text)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`compress`].
pub fn compress_framed(
    engine: &mut Engine<'_, '_>,
    text: &[u8],
    packet: &mut [u8],
) -> Result<usize, CodecError> {
    Compress::framed(engine, text, packet).finish(|| ())
}

/// The text of a packet of [`compress_framed`].
///
/// ```
/// use runtime::codec::{CodecError, decompress_framed};
///
/// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// # let mut packet = [0; 20];
/// # let length = runtime::codec::compress_framed(&mut engine, b"ok", &mut packet)?;
/// # let packet = &packet[..length];
/// let mut text = [0; 20];
/// match decompress_framed(&mut engine, packet, &mut text) {
///     Ok(length) => assert_eq!(&text[..length], b"ok"),
///     Err(CodecError::OtherModel { found, .. }) => println!("of the model {found:#04x}"),
///     Err(error) => println!("{error}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`decompress`], and [`CodecError::OtherModel`] and [`CodecError::OtherKind`].
pub fn decompress_framed(
    engine: &mut Engine<'_, '_>,
    packet: &[u8],
    text: &mut [u8],
) -> Result<usize, CodecError> {
    Decompress::framed(engine, packet, text)?.finish(|| ())
}

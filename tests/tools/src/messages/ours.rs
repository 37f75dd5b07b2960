//! The codec of `runtime` with a model file: every packet is read back.

use super::texts::Messages;
use formats::{Model, ParseError};
use runtime::codec::{CodecError, compress, decompress};
use runtime::{Engine, HeapState};

/// What a model needs on a device, and its packets.
#[derive(Debug)]
pub struct Measured {
    /// Bytes of RAM.
    pub ram: usize,
    /// Bytes, by file and message.
    pub packets: Vec<Vec<usize>>,
}

/// Why a model was not measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// No model.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// No packet.
    #[error("{message:?}: {error}")]
    Codec {
        /// Of which message.
        message: String,
        /// Why.
        error: CodecError,
    },
    /// Another message came back.
    #[error("{message:?} did not come back from its packet")]
    Lost {
        /// Which message.
        message: String,
    },
}

/// Packs and reads all messages, each alone.
///
/// # Errors
/// [`MeasureError`].
pub fn measure(file: &[u8], tests: &[Messages]) -> Result<Measured, MeasureError> {
    let model = Model::parse(file)?;
    let mut state = HeapState::new(&model.plan());
    // The buffers are of the plan's size.
    let Ok(mut engine) = Engine::new(model, state.buffers()) else {
        unreachable!()
    };
    let mut packet_of = |message: &String| {
        let codec = |error| MeasureError::Codec {
            message: message.clone(),
            error,
        };
        let mut packet = vec![0; message.len() + 1];
        let length = compress(&mut engine, message.as_bytes(), &mut packet).map_err(codec)?;
        let mut text = vec![0; message.len()];
        let read = decompress(&mut engine, &packet[..length], &mut text).map_err(codec)?;
        if text[..read] != *message.as_bytes() {
            return Err(MeasureError::Lost {
                message: message.clone(),
            });
        }
        Ok(length)
    };
    let packets = tests
        .iter()
        .map(|test| test.messages.iter().map(&mut packet_of).collect());
    Ok(Measured {
        packets: packets.collect::<Result<_, _>>()?,
        ram: model.plan().ram(),
    })
}

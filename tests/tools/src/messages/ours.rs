//! The codec of `runtime` with a model file: every packet is read back.

use super::texts::Messages;
use formats::{Model, ParseError};
use runtime::codec::{CodecError, bits, compress, decompress};
use runtime::{Engine, HeapState};

/// What a model needs on a device, and its packets.
#[derive(Debug)]
pub struct Measured {
    /// Bytes of RAM.
    pub ram: usize,
    /// Bytes, by file and message.
    pub packets: Vec<Vec<usize>>,
    /// Bits of a packet beyond what the model's probabilities ask for, by file: the mean over its messages.
    pub overhead: Vec<f64>,
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
        let parts = bits(&mut engine, message.as_bytes());
        Ok((length, parts.iter().map(|part| part.bits).sum::<f64>()))
    };
    let mut measured = Measured {
        ram: model.plan().ram(),
        packets: Vec::new(),
        overhead: Vec::new(),
    };
    for test in tests {
        let of_file = test.messages.iter().map(&mut packet_of);
        let (packets, bits): (Vec<usize>, Vec<f64>) =
            of_file.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let sent = 8.0 * packets.iter().sum::<usize>() as f64;
        let asked: f64 = bits.iter().sum();
        measured
            .overhead
            .push((sent - asked) / packets.len() as f64);
        measured.packets.push(packets);
    }
    Ok(measured)
}

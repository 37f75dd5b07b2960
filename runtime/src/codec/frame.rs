//! The byte in front of a framed packet: how the text is packed, and six bits of the model's id.

use super::STORED;
use super::error::CodecError;
use formats::Model;

/// The kinds, in the two highest bits.
const CODED: u8 = 0;
const TEXT: u8 = 1;

/// What stands in front of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// Nothing in front of coded bytes, [`STORED`] in front of a text.
    Bare,
    /// A byte with the kind and these six bits.
    Framed(u8),
}

impl Form {
    /// Framed, for a model.
    pub(super) fn framed(model: &Model<'_>) -> Self {
        Self::Framed(model.id() as u8 & 0x3F)
    }

    /// The byte in front of coded bytes.
    pub(super) const fn coded(self) -> Option<u8> {
        match self {
            Self::Bare => None,
            Self::Framed(id) => Some(CODED << 6 | id),
        }
    }

    /// The byte in front of a text.
    pub(super) const fn stored(self) -> u8 {
        match self {
            Self::Bare => STORED,
            Self::Framed(id) => TEXT << 6 | id,
        }
    }

    /// Whether what follows is a text, and what follows.
    ///
    /// # Errors
    /// [`CodecError`] for a frame that this model cannot read.
    pub(super) fn open(self, packet: &[u8]) -> Result<(bool, &[u8]), CodecError> {
        let damaged = CodecError::Damaged {
            packet: packet.len(),
            text: 0,
        };
        let Self::Framed(expected) = self else {
            return Ok(match packet.split_first() {
                Some((&STORED, text)) => (true, text),
                _ => (false, packet),
            });
        };
        let (&frame, rest) = packet.split_first().ok_or(damaged)?;
        let (kind, found) = (frame >> 6, frame & 0x3F);
        if kind > TEXT {
            return Err(CodecError::OtherKind { found: kind });
        }
        if found != expected {
            return Err(CodecError::OtherModel { expected, found });
        }
        // What is stored has a frame of its own.
        if kind == CODED && rest.first() == Some(&STORED) {
            return Err(damaged);
        }
        Ok((kind == TEXT, rest))
    }
}

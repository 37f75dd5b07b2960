//! What `compress`, `decompress` and `forecast` share: packets as text, messages from everywhere, figures.

use crate::export::model_file::ModelFileError;
use crate::util::base91;
use crate::util::files::{self, FileError};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::ValueEnum;
use runtime::codec::CodecError;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How a packet is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Encoding {
    /// Two digits per byte.
    Hex,
    /// Four characters per three bytes, with padding.
    Base64,
    /// Sixteen characters per thirteen bytes (basE91).
    Base91,
    /// The bytes themselves: one message only.
    Raw,
}

/// Why no message becomes a packet, or no packet a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PacketError {
    /// The file is no model.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// The messages' file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A packet is refused.
    #[error("packet {line}: {error}")]
    Codec {
        /// Which one, from 1.
        line: usize,
        /// Why.
        error: CodecError,
    },
    /// A packet is not written as `--as` says.
    #[error("packet {line} is not {encoding}: say with --as how packets are written")]
    Encoding {
        /// Which one, from 1.
        line: usize,
        /// What `--as` says.
        encoding: &'static str,
    },
    /// Standard output is closed, or standard input cannot be read.
    #[error("cannot read or write: {0}")]
    Text(#[from] io::Error),
}

impl Encoding {
    /// A packet as text, or itself.
    pub fn write(self, packet: &[u8]) -> Vec<u8> {
        match self {
            Self::Hex => super::inspect::hex(packet).into_bytes(),
            Self::Base64 => BASE64_STANDARD.encode(packet).into_bytes(),
            Self::Base91 => base91::encode(packet).into_bytes(),
            Self::Raw => packet.to_vec(),
        }
    }

    /// The packet that stands on `line`, counted from 1.
    ///
    /// # Errors
    /// [`PacketError::Encoding`].
    pub fn read(self, text: &[u8], line: usize) -> Result<Vec<u8>, PacketError> {
        let (encoding, packet) = match self {
            Self::Raw => return Ok(text.to_vec()),
            Self::Hex => ("hex", str::from_utf8(text).ok().and_then(from_hex)),
            Self::Base64 => ("base64", BASE64_STANDARD.decode(text.trim_ascii()).ok()),
            Self::Base91 => {
                let text = str::from_utf8(text.trim_ascii()).ok();
                ("base91", text.and_then(base91::decode))
            }
        };
        packet.ok_or(PacketError::Encoding { line, encoding })
    }
}

/// Hex digits, with or without spaces between bytes.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    Some(
        pairs
            .iter()
            .map(|[high, low]| (high << 4 | low) as u8)
            .collect(),
    )
}

/// One message or packet from the command line, or what a file or standard input holds: a line each, or all at once.
///
/// # Errors
/// [`PacketError::File`] and [`PacketError::Text`].
pub fn given(
    one: Option<&str>,
    file: Option<&PathBuf>,
    whole: bool,
) -> Result<Vec<Vec<u8>>, PacketError> {
    if let Some(one) = one {
        return Ok(vec![one.as_bytes().to_vec()]);
    }
    let bytes = match file.filter(|path| *path != Path::new("-")) {
        Some(path) => files::read(path)?,
        None => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes)?;
            bytes
        }
    };
    if whole {
        return Ok(vec![bytes]);
    }
    let lines = bytes
        .strip_suffix(b"\n")
        .unwrap_or(&bytes)
        .split(|&byte| byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec());
    Ok(if bytes.is_empty() {
        Vec::new()
    } else {
        lines.collect()
    })
}

/// How much shorter packets are than texts, in per cent; negative where they are longer.
pub fn saved_percent(text: usize, packet: usize) -> f64 {
    if text == 0 {
        return 0.0;
    }
    100.0 * (1.0 - packet as f64 / text as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_back_from_text() {
        let packet = [0x00, 0xFF, 0x10, 0x7F, 0x0A];
        for encoding in [
            Encoding::Hex,
            Encoding::Base64,
            Encoding::Base91,
            Encoding::Raw,
        ] {
            let text = encoding.write(&packet);
            assert_eq!(encoding.read(&text, 1).unwrap(), packet);
            if encoding != Encoding::Raw {
                assert!(encoding.read(b"\xE4", 1).is_err());
            }
        }
        assert_eq!(Encoding::Hex.read(b" 00 ff10 7F0a\r", 1).unwrap(), packet);
        assert!(Encoding::Hex.read(b"00f", 1).is_err());
        assert!(Encoding::Base64.read(b"AP8Q", 1).is_ok());
    }

    #[test]
    fn saved_is_a_share_of_the_text() {
        assert_eq!([saved_percent(40, 10), saved_percent(0, 1)], [75.0, 0.0]);
    }
}

//! The 48 bytes in front of a model file: fixed offsets, little-endian, readable in a `const`.

use crate::dims::Dims;
use crate::error::ParseError;
use crate::foreign::FIRST_BYTES;
use crc::{CRC_32_ISO_HDLC, Crc};

/// The version of the format that this crate writes, and the newest that it reads.
///
/// ```
/// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
/// assert!((1..=formats::FORMAT_VERSION).contains(&formats::Header::read(file)?.version));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const FORMAT_VERSION: u16 = 2;
/// The first version that was released.
const FIRST_VERSION: u16 = 1;
/// The first eight bytes of every model file.
///
/// ```
/// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
/// assert!(file.starts_with(&formats::header::MAGIC));
/// ```
pub const MAGIC: [u8; 8] = *b"AUTARKY\n";
/// Bytes of the header.
///
/// ```
/// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
/// // The rest is not needed to know what the model needs.
/// let start = &file[..formats::HEADER_BYTES];
/// assert_eq!(formats::Header::read(start)?.dims.layers, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const HEADER_BYTES: usize = 48;

/// CRC-32 as in zip and Ethernet (ISO-HDLC).
pub(crate) const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// Where the header's own checksum stands: over all bytes before it.
const HEADER_CRC_AT: usize = 44;

/// What the first [`HEADER_BYTES`] of a model file say.
///
/// ```
/// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
/// let header = formats::Header::read(file)?;
/// assert_eq!((header.version, header.dims.vocab_size), (1, 65));
/// assert_eq!(header.payload_bytes as usize, file.len() - formats::HEADER_BYTES);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    /// The version of the format, from 1 to [`FORMAT_VERSION`].
    pub version: u16,
    /// The model's dimensions, checked.
    pub dims: Dims,
    /// Bytes that follow the header.
    pub payload_bytes: u32,
    /// CRC-32 of the bytes that follow the header.
    pub payload_crc: u32,
}

impl Header {
    /// Reads and checks the header at the start of `file`; what follows is not looked at.
    ///
    /// As a `const fn` it sizes a firmware's buffers at compile time:
    ///
    /// ```
    /// use formats::Header;
    ///
    /// const MODEL: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// const HEADER: Header = match Header::read(MODEL) {
    ///     Ok(header) => header,
    ///     Err(_) => panic!("not a model file that this build reads"),
    /// };
    /// static CHANNELS: [i32; HEADER.dims.d_model as usize] = [0; _];
    /// ```
    ///
    /// # Errors
    /// [`ParseError::TooShort`], [`ParseError::Magic`], [`ParseError::Newer`], [`ParseError::Unreleased`],
    /// [`ParseError::ByteOrder`], [`ParseError::HeaderCrc`], [`ParseError::Dims`] or [`ParseError::Reserved`].
    pub const fn read(file: &[u8]) -> Result<Self, ParseError> {
        let Some(bytes) = file.first_chunk::<HEADER_BYTES>() else {
            return Err(ParseError::TooShort {
                need: HEADER_BYTES,
                have: file.len(),
            });
        };
        let mut i = 0;
        while i < MAGIC.len() {
            if bytes[i] != MAGIC[i] {
                return Err(ParseError::Magic {
                    found: first_bytes(bytes),
                });
            }
            i += 1;
        }
        let version = u16_at(bytes, 8);
        if let Err(error) = check_version(version) {
            return Err(error);
        }
        let (covered, _) = bytes.split_at(HEADER_CRC_AT);
        let (stored, computed) = (u32_at(bytes, HEADER_CRC_AT), CRC.checksum(covered));
        if stored != computed {
            return Err(ParseError::HeaderCrc { stored, computed });
        }
        let dims = Dims {
            vocab_size: u16_at(bytes, 10),
            d_model: u16_at(bytes, 12),
            layers: u16_at(bytes, 14),
            heads: u16_at(bytes, 16),
            kv_heads: u16_at(bytes, 18),
            d_ff: u16_at(bytes, 20),
            context: u16_at(bytes, 22),
            weight_trits: bytes[24],
            head_trits: bytes[25],
            kv_trits: bytes[26],
            embedding_trits: match version {
                1 => 0,
                _ => bytes[27],
            },
            token_shift: [u16_at(bytes, 28), u16_at(bytes, 30), u16_at(bytes, 32)],
        };
        if let Err(error) = dims.check() {
            return Err(ParseError::Dims(error));
        }
        if bytes[27] != dims.embedding_trits || bytes[34] != 0 || bytes[35] != 0 {
            return Err(ParseError::Reserved);
        }
        Ok(Self {
            version,
            dims,
            payload_bytes: u32_at(bytes, 36),
            payload_crc: u32_at(bytes, 40),
        })
    }

    /// The bytes of this header, checksum included. Cannot panic: a device that needs a model's id comes by.
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// assert_eq!(formats::Header::read(file)?.to_bytes(), file[..48]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let d = &self.dims;
        let [m0, m1, m2, m3, m4, m5, m6, m7] = MAGIC;
        let [shift_1, shift_2, shift_3] = d.token_shift;
        let [p0, p1, p2, p3] = self.payload_bytes.to_le_bytes();
        let [c0, c1, c2, c3] = self.payload_crc.to_le_bytes();
        let pair = |low, high| u16::from_le_bytes([low, high]);
        let words = [
            pair(m0, m1),
            pair(m2, m3),
            pair(m4, m5),
            pair(m6, m7),
            self.version,
            d.vocab_size,
            d.d_model,
            d.layers,
            d.heads,
            d.kv_heads,
            d.d_ff,
            d.context,
            pair(d.weight_trits, d.head_trits),
            pair(d.kv_trits, d.embedding_trits),
            shift_1,
            shift_2,
            shift_3,
            0,
            pair(p0, p1),
            pair(p2, p3),
            pair(c0, c1),
            pair(c2, c3),
        ];
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        let crc = CRC.checksum(bytes.get(..HEADER_CRC_AT).unwrap_or_default());
        if let Some(last) = bytes.last_chunk_mut() {
            *last = crc.to_le_bytes();
        }
        bytes
    }

    /// What names this file in other formats: the checksum in the last four bytes of the header. It depends on every byte
    /// of the file.
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// let id = formats::Header::read(file)?.id();
    /// assert_eq!(id.to_le_bytes(), file[44..48]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> u32 {
        u32_at(&self.to_bytes(), HEADER_CRC_AT)
    }

    /// Bytes of the whole file, as flash holds it.
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// assert_eq!(formats::Header::read(file)?.file_bytes(), file.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn file_bytes(&self) -> usize {
        HEADER_BYTES.saturating_add(self.payload_bytes as usize)
    }
}

const fn check_version(found: u16) -> Result<(), ParseError> {
    const SWAPPED: u16 = FORMAT_VERSION.swap_bytes();
    const SWAPPED_FIRST: u16 = FIRST_VERSION.swap_bytes();
    let supported = FORMAT_VERSION;
    match found {
        FIRST_VERSION..=FORMAT_VERSION => Ok(()),
        SWAPPED | SWAPPED_FIRST => Err(ParseError::ByteOrder {
            found,
            supported: found.swap_bytes(),
        }),
        ..FIRST_VERSION => Err(ParseError::Unreleased {
            found,
            first: FIRST_VERSION,
        }),
        _ => Err(ParseError::Newer { found, supported }),
    }
}

const fn first_bytes(bytes: &[u8; HEADER_BYTES]) -> [u8; FIRST_BYTES] {
    let mut first = [0; FIRST_BYTES];
    let mut i = 0;
    while i < FIRST_BYTES {
        first[i] = bytes[i];
        i += 1;
    }
    first
}

const fn u16_at(bytes: &[u8; HEADER_BYTES], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

const fn u32_at(bytes: &[u8; HEADER_BYTES], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dims::tests::DIMS;

    const HEADER: Header = Header {
        version: FORMAT_VERSION,
        dims: DIMS,
        payload_bytes: 1000,
        payload_crc: 0x1234_5678,
    };

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Header::read(&HEADER.to_bytes()), Ok(HEADER));
    }

    #[test]
    fn each_damage_has_its_own_error() {
        let bytes = HEADER.to_bytes();
        assert_eq!(
            Header::read(&bytes[..47]),
            Err(ParseError::TooShort { need: 48, have: 47 })
        );
        for at in 0..HEADER_BYTES {
            for bit in 0..8 {
                let mut damaged = bytes;
                damaged[at] ^= 1 << bit;
                let error = Header::read(&damaged).unwrap_err();
                match at {
                    0..8 => assert!(matches!(error, ParseError::Magic { .. })),
                    8..10 => assert!(matches!(
                        error,
                        ParseError::Newer { .. } | ParseError::Unreleased { .. }
                    )),
                    _ => assert!(matches!(error, ParseError::HeaderCrc { .. })),
                }
            }
        }
    }
}

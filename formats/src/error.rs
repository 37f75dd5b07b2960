//! Everything that can be wrong with a model file, with the numbers and what to do.

use crate::dims::DimsError;
use crate::foreign::{FIRST_BYTES, describe};
use crate::tokenizer::TokenizerError;

/// Why a file is no model that this build can run.
///
/// ```
/// let mut file = [0; 48];
/// file[..4].copy_from_slice(b"GGUF");
/// let error = formats::Model::parse(&file).unwrap_err();
/// assert_eq!(error.to_string(), "this is not an Autarky model file but a GGUF model of llama.cpp");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ParseError {
    /// The file ends inside the header.
    #[error(
        "the file has {have} bytes, a model file has at least {need}: was it copied completely?"
    )]
    TooShort {
        /// Bytes of a header.
        need: usize,
        /// Bytes there are.
        have: usize,
    },
    /// The file does not start as a model file does: another program wrote it.
    #[error(fmt = describe)]
    Magic {
        /// What it starts with, by which well-known formats are recognised and named.
        found: [u8; FIRST_BYTES],
    },
    /// A version of the format that did not exist when this build was made.
    #[error(
        "written by format {found}, this build reads up to format {supported}: use a newer release, or export the \
         checkpoint again with this one"
    )]
    Newer {
        /// The file's version.
        found: u16,
        /// The newest version that this build reads.
        supported: u16,
    },
    /// A version older than the first one: none was ever released.
    #[error(
        "written by format {found}, which was never released (the first is {first}): export the checkpoint again"
    )]
    Unreleased {
        /// The file's version.
        found: u16,
        /// The first version.
        first: u16,
    },
    /// The version's two bytes stand the other way round.
    #[error(
        "the version is {found:#06x}, which is {supported} with its bytes swapped: the file was written big-endian, a \
         model file is little-endian on every machine"
    )]
    ByteOrder {
        /// The file's version as it stands.
        found: u16,
        /// What it is with its bytes swapped.
        supported: u16,
    },
    /// The header is damaged.
    #[error(
        "the header is damaged (checksum {computed:08x}, expected {stored:08x}): copy the file again"
    )]
    HeaderCrc {
        /// What the file says.
        stored: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// Bytes that version 1 keeps zero are not.
    #[error("reserved bytes of the header are not zero: the file was not written by format 1")]
    Reserved,
    /// The dimensions make no model.
    #[error("the dimensions make no model: {0}")]
    Dims(#[from] DimsError),
    /// The file is shorter or longer than its header says.
    #[error("the header announces {need} bytes, the file has {have}: was it copied completely?")]
    Length {
        /// Bytes that the header announces.
        need: usize,
        /// Bytes there are.
        have: usize,
    },
    /// The payload is damaged.
    #[error(
        "the model is damaged (checksum {computed:08x}, expected {stored:08x}): copy the file again"
    )]
    PayloadCrc {
        /// What the header says.
        stored: u32,
        /// What the bytes give.
        computed: u32,
    },
    /// The body is not what postcard wrote for this version.
    #[error("the body cannot be decoded: the file was not written by this format")]
    Body,
    /// Bytes are left over behind the body.
    #[error("{bytes} bytes are left over behind the body: the file was not written by this format")]
    Trailing {
        /// Bytes left over.
        bytes: usize,
    },
    /// A tensor has not the size that the dimensions give.
    #[error("tensor {tensor} has {have} bytes, the dimensions ask for {need}")]
    TensorSize {
        /// The tensor.
        tensor: &'static str,
        /// Bytes that the dimensions give.
        need: usize,
        /// Bytes there are.
        have: usize,
    },
    /// A two-bit field holds 3, which is no trit.
    #[error("tensor {tensor} has an invalid trit in byte {offset}")]
    Trit {
        /// The tensor.
        tensor: &'static str,
        /// The byte, from the start of the tensor.
        offset: usize,
    },
    /// A scale's shift is too large.
    #[error("scale {index} of {tensor} is the byte {byte:#04x}, whose shift is over the limit")]
    Scale {
        /// The tensor.
        tensor: &'static str,
        /// Which scale.
        index: usize,
        /// Its byte.
        byte: u8,
    },
    /// A relative-position bias is out of range.
    #[error("relative bias {index} is {value}, the limit is {limit} either way")]
    Bias {
        /// Which bias.
        index: usize,
        /// What it is, in sixteenths of a bit.
        value: i16,
        /// The largest magnitude allowed.
        limit: i16,
    },
    /// The residual stream of this model could overflow.
    #[error(
        "the residual stream can reach {bound} in {channels} channels, whose sum must stay below {limit}: the scales \
         are too large"
    )]
    Overflow {
        /// The largest magnitude that the weights and scales allow.
        bound: u64,
        /// Channels of the stream.
        channels: u16,
        /// The limit of the sum.
        limit: u64,
    },
    /// The tokenizer makes no vocabulary.
    #[error("the tokenizer is wrong: {0}")]
    Tokenizer(#[from] TokenizerError),
}

//! [`Model::parse`], the one checked door: a file checked from the first byte to the last, at once, or in pieces with a
//! watchdog fed in between.

use crate::body::{Body, Tensors};
use crate::dims::{Dims, MAX_ACTIVATION, SUM_LIMIT};
use crate::error::ParseError;
use crate::header::{CRC, HEADER_BYTES, Header};
use crate::model::{MAX_RELATIVE_BIAS, Model};
use crate::scale::Scale;
use crate::trits::find_invalid;

impl<'a> Model<'a> {
    /// Checks `file` from the first byte to the last: magic, version, checksums, dimensions, the size of every
    /// tensor, every trit, scale and bias, the vocabulary, and that no sum can overflow. What it returns can neither
    /// fail nor panic. Costs a walk over the file and copies nothing.
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// assert_eq!(formats::Model::parse(file)?.dims().layers, 4);
    /// let mut damaged = file.to_vec();
    /// damaged[1000] ^= 1;
    /// let error = formats::Model::parse(&damaged).unwrap_err();
    /// assert!(matches!(error, formats::ParseError::PayloadCrc { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A [`ParseError`] for each thing that can be wrong. Never panics, whatever the bytes.
    pub fn parse(file: &'a [u8]) -> Result<Self, ParseError> {
        Parse::new(file)?.finish()
    }

    /// [`Model::parse`] of a model at the start of `bytes`, such as a partition of flash, whatever follows it; and the bytes
    /// that it takes.
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// let partition = [&file[..], &[0xFF; 4096]].concat(); // erased flash behind it
    /// let (model, used) = formats::Model::parse_prefix(&partition)?;
    /// assert_eq!((model.dims().layers, used), (4, file.len()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A [`ParseError`] for each thing that can be wrong; [`ParseError::Length`] when `bytes` ends inside the model.
    pub fn parse_prefix(bytes: &'a [u8]) -> Result<(Self, usize), ParseError> {
        let parse = Parse::prefix(bytes)?;
        let used = parse.file_bytes();
        Ok((parse.finish()?, used))
    }
}

/// A file on its way to a [`Model`].
///
/// ```
/// # fn demo(file: &[u8], feed_the_watchdog: impl Fn()) -> Result<(), formats::ParseError> {
/// let mut parse = formats::Parse::new(file)?;
/// let model = loop {
///     if let Some(model) = parse.advance(4096)? {
///         break model;
///     }
///     feed_the_watchdog();
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Parse<'a> {
    header: Header,
    payload: &'a [u8],
    stage: Stage<'a>,
}

#[derive(Clone)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is no allocator, and the larger one comes in any case"
)]
enum Stage<'a> {
    /// The checksum of the payload, up to this byte.
    Payload(crc::Digest<'static, u32>, usize),
    /// The matrices, from this one and this byte of it.
    Trits(Body<'a>, usize, usize),
}

impl core::fmt::Debug for Parse<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut parse = f.debug_struct("Parse");
        parse.field("header", &self.header);
        parse.finish_non_exhaustive()
    }
}

impl<'a> Parse<'a> {
    /// Checks the header of `file` and its length.
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// assert!(formats::Parse::new(file).is_ok());
    /// let error = formats::Parse::new(&file[..1000]).unwrap_err();
    /// assert_eq!(error, formats::ParseError::Length { need: 188_336, have: 1000 });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Header::read`], and [`ParseError::Length`].
    pub fn new(file: &'a [u8]) -> Result<Self, ParseError> {
        let header = Header::read(file)?;
        if file.len() != header.file_bytes() {
            return Err(ParseError::Length {
                need: header.file_bytes(),
                have: file.len(),
            });
        }
        Ok(Self {
            header,
            payload: file.get(HEADER_BYTES..).unwrap_or_default(),
            stage: Stage::Payload(CRC.digest(), 0),
        })
    }

    /// The model at the start of `bytes`, such as a partition of flash, whatever follows it; its length:
    /// [`file_bytes`](Self::file_bytes).
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// let partition = [&file[..], &[0xFF; 4096]].concat();
    /// assert_eq!(formats::Parse::prefix(&partition)?.file_bytes(), file.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Header::read`]; [`ParseError::Length`] when `bytes` ends inside the model.
    pub fn prefix(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let need = Header::read(bytes)?.file_bytes();
        Self::new(bytes.get(..need).unwrap_or(bytes))
    }

    /// The length of the whole file, in bytes.
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// assert_eq!(formats::Parse::new(file)?.file_bytes(), file.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn file_bytes(&self) -> usize {
        self.header.file_bytes()
    }

    /// Walks over up to `bytes` bytes more of the checksum or of the matrices, at least one. Tokenizer, scales and biases, a few
    /// kilobytes, are checked at once. Returns the model when nothing is left; call again until then. The file is walked over
    /// twice.
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// let mut parse = formats::Parse::new(file)?;
    /// let mut pauses = 0;
    /// while parse.advance(65_536)?.is_none() {
    ///     pauses += 1;
    /// }
    /// assert_eq!(pauses, 9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A [`ParseError`] for each thing that can be wrong behind the header.
    pub fn advance(&mut self, bytes: usize) -> Result<Option<Model<'a>>, ParseError> {
        let bytes = bytes.max(1);
        match &mut self.stage {
            Stage::Payload(crc, at) => {
                let rest = self.payload.get(*at..).unwrap_or_default();
                let piece = rest.get(..bytes).unwrap_or(rest);
                crc.update(piece);
                *at += piece.len();
                if piece.len() == rest.len() {
                    let (stored, computed) = (self.header.payload_crc, crc.clone().finalize());
                    if stored != computed {
                        return Err(ParseError::PayloadCrc { stored, computed });
                    }
                    self.stage = Stage::Trits(decode(&self.header, self.payload)?, 0, 0);
                }
            }
            Stage::Trits(body, matrix, at) => {
                let Some((tensor, trits)) = matrices(&self.header.dims, &body.tensors)
                    .get(*matrix)
                    .copied()
                else {
                    check_values(&self.header.dims, &body.tensors)?;
                    return Ok(Some(Model::checked(self.header, *body)));
                };
                let rest = trits.get(*at..).unwrap_or_default();
                let piece = rest.get(..bytes).unwrap_or(rest);
                if let Some(offset) = find_invalid(piece) {
                    let offset = *at + offset;
                    return Err(ParseError::Trit { tensor, offset });
                }
                *at += piece.len();
                if piece.len() == rest.len() {
                    (*matrix, *at) = (*matrix + 1, 0);
                }
            }
        }
        Ok(None)
    }

    /// The rest at once.
    ///
    /// ```
    /// # let file = include_bytes!("../../firmware-examples/models/microbit.aut");
    /// let mut parse = formats::Parse::new(file)?;
    /// parse.advance(4096)?;
    /// assert_eq!(parse.finish()?.dims().layers, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`advance`](Self::advance).
    pub fn finish(mut self) -> Result<Model<'a>, ParseError> {
        loop {
            if let Some(model) = self.advance(usize::MAX)? {
                return Ok(model);
            }
        }
    }
}

/// The body, with a vocabulary and tensors of the right size.
fn decode<'a>(header: &Header, payload: &'a [u8]) -> Result<Body<'a>, ParseError> {
    let (body, rest) = Body::read(header.version, payload).ok_or(ParseError::Body)?;
    if !rest.is_empty() {
        return Err(ParseError::Trailing { bytes: rest.len() });
    }
    body.tokenizer.check(header.dims.vocab_size)?;
    check_sizes(&header.dims, &body.tensors)?;
    Ok(body)
}

const fn matrices<'a>(dims: &Dims, body: &Tensors<'a>) -> [(&'static str, &'a [u8]); 6] {
    let embedding: &[u8] = match dims.embedding_trits {
        0 => &[],
        _ => body.embedding,
    };
    [
        ("embedding", embedding),
        ("qkv", body.qkv),
        ("o_proj", body.o_proj),
        ("up_proj", body.up_proj),
        ("down_proj", body.down_proj),
        ("lm_head", body.lm_head),
    ]
}

/// Scales, biases, and that no sum can overflow.
fn check_values(dims: &Dims, body: &Tensors<'_>) -> Result<(), ParseError> {
    let scales = [
        ("score_scales", body.score_scales),
        ("o_proj_scales", body.o_proj_scales),
        ("down_proj_scales", body.down_proj_scales),
        ("lm_head_scales", body.lm_head_scales),
    ];
    for (tensor, bytes) in scales {
        let bad = bytes
            .iter()
            .enumerate()
            .find(|&(_, &byte)| Scale::from_byte(byte).is_none());
        if let Some((index, &byte)) = bad {
            return Err(ParseError::Scale {
                tensor,
                index,
                byte,
            });
        }
    }
    for (index, bias) in body.relative_bias.as_chunks().0.iter().enumerate() {
        let value = i16::from_le_bytes(*bias);
        if value.unsigned_abs() > MAX_RELATIVE_BIAS.unsigned_abs() {
            return Err(ParseError::Bias {
                index,
                value,
                limit: MAX_RELATIVE_BIAS,
            });
        }
    }
    let bound = residual_bound(dims, body);
    if bound.saturating_mul(dims.d_model.into()) >= SUM_LIMIT {
        return Err(ParseError::Overflow {
            bound,
            channels: dims.d_model,
            limit: SUM_LIMIT,
        });
    }
    Ok(())
}

fn check_sizes(dims: &Dims, body: &Tensors<'_>) -> Result<(), ParseError> {
    let (vocab_size, d, layers) = (
        usize::from(dims.vocab_size),
        usize::from(dims.d_model),
        usize::from(dims.layers),
    );
    let need = [
        dims.embedding_bytes(),
        layers * dims.qkv_bytes(),
        layers * dims.o_proj_bytes(),
        layers * dims.up_proj_bytes(),
        layers * dims.down_proj_bytes(),
        layers * usize::from(dims.heads),
        layers * d,
        layers * d,
        layers * dims.relative_bias_bytes(),
        dims.lm_head_bytes(),
        vocab_size,
    ];
    for ((tensor, bytes), need) in body.named().into_iter().zip(need) {
        if bytes.len() != need {
            return Err(ParseError::TensorSize {
                tensor,
                need,
                have: bytes.len(),
            });
        }
    }
    Ok(())
}

/// The largest magnitude that a channel of the residual stream can reach: the embedding's, and for each half-block
/// that of its largest row scale.
fn residual_bound(dims: &Dims, body: &Tensors<'_>) -> u64 {
    let d = usize::from(dims.d_model);
    let half_block = |scales: &[u8], inputs: u16| {
        let sum = u64::from(dims.max_weight().unsigned_abs())
            * u64::from(MAX_ACTIVATION.unsigned_abs())
            * u64::from(inputs);
        let largest = |layer: &[u8]| {
            layer
                .iter()
                .map(|&byte| scaled_bound(byte, sum))
                .max()
                .unwrap_or(0)
        };
        scales.chunks(d).map(largest).sum::<u64>()
    };
    dims.embedding_bound()
        + half_block(body.o_proj_scales, dims.d_model)
        + half_block(body.down_proj_scales, dims.d_ff)
}

/// `sum` by a scale, rounded up.
fn scaled_bound(byte: u8, sum: u64) -> u64 {
    let (mantissa, shift) = (u64::from(byte & 3) + 4, byte >> 2);
    ((sum * mantissa) >> shift) + 1
}

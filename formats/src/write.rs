//! From integer weights to the bytes of a model file.

use crate::body::{Body, Provenance, SelfTest, Tensors};
use crate::dims::Dims;
use crate::error::ParseError;
use crate::header::{CRC, FORMAT_VERSION, Header};
use crate::model::Model;
use crate::scale::Scale;
use crate::tokenizer::Tokenizer;
use crate::trits::pack;
use alloc::vec::Vec;

/// The numbers of a model, unpacked.
///
/// ```
/// use formats::{Scale, write::{LayerWeights, Weights}};
///
/// // Two tokens, four channels.
/// fn around(block: LayerWeights, scale: Scale) -> Weights {
///     Weights {
///         embedding: vec![1; 2 * 4],
///         layers: vec![block],
///         lm_head: vec![1; 2 * 4],
///         lm_head_scales: vec![scale; 2],
///     }
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Weights {
    /// `[vocab_size, d_model]`, in steps of `1 <<` [`Dims::embedding_shift`] of the residual stream.
    pub embedding: Vec<i8>,
    /// The blocks, first to last.
    pub layers: Vec<LayerWeights>,
    /// `[vocab_size, d_model]` of `head_trits`.
    pub lm_head: Vec<i8>,
    /// `[vocab_size]`.
    pub lm_head_scales: Vec<Scale>,
}

/// The numbers of one block, unpacked, row-major; matrices of `weight_trits`.
///
/// ```
/// use formats::{Scale, write::LayerWeights};
///
/// // Four channels, one head, a hidden layer of eight, a context of four.
/// let scale = Scale::new(4, 8).ok_or("out of range")?;
/// let block = LayerWeights {
///     qkv: vec![0; 12 * 4],
///     o_proj: vec![1; 4 * 4],
///     up_proj: vec![0; 8 * 4],
///     down_proj: vec![-1; 4 * 8],
///     score_scales: vec![scale; 1],
///     o_proj_scales: vec![scale; 4],
///     down_proj_scales: vec![scale; 4],
///     relative_bias: vec![0; 4],
/// };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayerWeights {
    /// `[qkv_rows, d_model]`: the query heads, the key heads, the value heads.
    pub qkv: Vec<i8>,
    /// `[d_model, d_model]`.
    pub o_proj: Vec<i8>,
    /// `[d_ff, d_model]`.
    pub up_proj: Vec<i8>,
    /// `[d_model, d_ff]`.
    pub down_proj: Vec<i8>,
    /// `[heads]`.
    pub score_scales: Vec<Scale>,
    /// `[d_model]`.
    pub o_proj_scales: Vec<Scale>,
    /// `[d_model]`.
    pub down_proj_scales: Vec<Scale>,
    /// `[heads, context]`, in sixteenths of a bit.
    pub relative_bias: Vec<i16>,
}

/// Why weights cannot be written.
///
/// ```
/// # use formats::{Dims, Provenance, Scale, SelfTest, Tokenizer, write::{LayerWeights, Weights, WriteError, write}};
/// # let dims = Dims {
/// #     vocab_size: 2, d_model: 4, layers: 1, heads: 1, kv_heads: 1, d_ff: 8, context: 4, weight_trits: 1, head_trits: 1,
/// #     kv_trits: 1, embedding_trits: 0, token_shift: [0; 3],
/// # };
/// # let scale = Scale::new(4, 8).ok_or("out of range")?;
/// # let block = LayerWeights {
/// #     qkv: vec![0; 12 * 4],
/// #     o_proj: vec![1; 4 * 4],
/// #     up_proj: vec![0; 8 * 4],
/// #     down_proj: vec![-1; 4 * 8],
/// #     score_scales: vec![scale; 1],
/// #     o_proj_scales: vec![scale; 4],
/// #     down_proj_scales: vec![scale; 4],
/// #     relative_bias: vec![0; 4],
/// # };
/// # let weights = Weights {
/// #     embedding: vec![1; 2 * 4],
/// #     layers: vec![block],
/// #     lm_head: vec![1; 2 * 4],
/// #     lm_head_scales: vec![scale; 2],
/// # };
/// let short = Weights { lm_head: vec![1; 7], ..weights };
/// let tokenizer = Tokenizer::Characters("ab");
/// let error = write(&dims, tokenizer, Provenance::default(), SelfTest::default(), &short).unwrap_err();
/// assert_eq!(error.to_string(), "lm_head has 7 numbers, the dimensions ask for 8");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WriteError {
    /// A tensor has not the shape that the dimensions give.
    #[error("{tensor} has {have} numbers, the dimensions ask for {need}")]
    Shape {
        /// The tensor.
        tensor: &'static str,
        /// Numbers that the dimensions give.
        need: usize,
        /// Numbers there are.
        have: usize,
    },
    /// The file would not be accepted when read.
    #[error("the model cannot be written: {0}")]
    Refused(#[from] ParseError),
}

/// The bytes of the model file.
///
/// ```
/// # use formats::{Dims, Provenance, Scale, SelfTest, Tokenizer, write::{LayerWeights, Weights, WriteError, write}};
/// # let dims = Dims {
/// #     vocab_size: 2, d_model: 4, layers: 1, heads: 1, kv_heads: 1, d_ff: 8, context: 4, weight_trits: 1, head_trits: 1,
/// #     kv_trits: 1, embedding_trits: 0, token_shift: [0; 3],
/// # };
/// # let scale = Scale::new(4, 8).ok_or("out of range")?;
/// # let block = LayerWeights {
/// #     qkv: vec![0; 12 * 4],
/// #     o_proj: vec![1; 4 * 4],
/// #     up_proj: vec![0; 8 * 4],
/// #     down_proj: vec![-1; 4 * 8],
/// #     score_scales: vec![scale; 1],
/// #     o_proj_scales: vec![scale; 4],
/// #     down_proj_scales: vec![scale; 4],
/// #     relative_bias: vec![0; 4],
/// # };
/// let weights = Weights {
///     embedding: vec![1; 2 * 4],
///     layers: vec![block],
///     lm_head: vec![1; 2 * 4],
///     lm_head_scales: vec![scale; 2],
/// };
/// let tokenizer = Tokenizer::Characters("ab");
/// let file = write(&dims, tokenizer, Provenance::default(), SelfTest::default(), &weights)?;
/// assert_eq!(formats::Model::parse(&file)?.lm_head().get(1, 3), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WriteError::Shape`] when a tensor does not fit `dims`; [`WriteError::Refused`] when the result is not what
/// [`Model::parse`] accepts (dimensions, vocabulary, ranges).
///
/// # Panics
/// When a weight is larger than the trits that `dims` gives it.
pub fn write(
    dims: &Dims,
    tokenizer: Tokenizer<'_>,
    provenance: Provenance<'_>,
    self_test: SelfTest,
    weights: &Weights,
) -> Result<Vec<u8>, WriteError> {
    dims.check().map_err(ParseError::from)?;
    let (vocab_size, d, d_ff) = (
        dims.vocab_size.into(),
        dims.d_model.into(),
        usize::from(dims.d_ff),
    );
    let heads = usize::from(dims.heads);
    shape("layers", weights.layers.len(), dims.layers.into())?;
    let stack = |name, part: fn(&LayerWeights) -> &[i8], rows: usize, cols: usize| {
        let mut packed = Vec::new();
        for layer in &weights.layers {
            packed.extend(matrix(name, part(layer), rows, cols, dims.weight_trits)?);
        }
        Ok::<_, WriteError>(packed)
    };
    let stack_scales = |name, part: fn(&LayerWeights) -> &[Scale], count: usize| {
        let mut bytes = Vec::new();
        for layer in &weights.layers {
            bytes.extend(scales(name, part(layer), count)?);
        }
        Ok::<_, WriteError>(bytes)
    };
    let mut relative_bias = Vec::new();
    for layer in &weights.layers {
        shape(
            "relative_bias",
            layer.relative_bias.len(),
            heads * usize::from(dims.context),
        )?;
        relative_bias.extend(
            layer
                .relative_bias
                .iter()
                .flat_map(|bias| bias.to_le_bytes()),
        );
    }
    shape("embedding", weights.embedding.len(), vocab_size * d)?;
    let embedding = match dims.embedding_trits {
        0 => weights
            .embedding
            .iter()
            .map(|value| value.cast_unsigned())
            .collect(),
        trits => pack(&weights.embedding, vocab_size, d, trits),
    };

    let tensors = Tensors {
        embedding: &embedding,
        qkv: &stack("qkv", |layer| &layer.qkv, dims.qkv_rows(), d)?,
        o_proj: &stack("o_proj", |layer| &layer.o_proj, d, d)?,
        up_proj: &stack("up_proj", |layer| &layer.up_proj, d_ff, d)?,
        down_proj: &stack("down_proj", |layer| &layer.down_proj, d, d_ff)?,
        score_scales: &stack_scales("score_scales", |layer| &layer.score_scales, heads)?,
        o_proj_scales: &stack_scales("o_proj_scales", |layer| &layer.o_proj_scales, d)?,
        down_proj_scales: &stack_scales("down_proj_scales", |layer| &layer.down_proj_scales, d)?,
        relative_bias: &relative_bias,
        lm_head: &matrix("lm_head", &weights.lm_head, vocab_size, d, dims.head_trits)?,
        lm_head_scales: &scales("lm_head_scales", &weights.lm_head_scales, vocab_size)?,
    };
    let body = Body {
        tokenizer,
        provenance,
        self_test,
        tensors,
    };
    seal(dims, &body)
}

/// The same model with another provenance and self-test: what is known only after it has run. It becomes one of the newest
/// format.
///
/// ```
/// use formats::{Model, Provenance, write::with_provenance};
///
/// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// let provenance = Provenance { licence: "public domain", ..*model.provenance() };
/// let file = with_provenance(&model, provenance, model.self_test())?;
/// let newer = Model::parse(&file)?;
/// assert_eq!((newer.provenance().licence, newer.header().version), ("public domain", 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WriteError::Refused`], which only a provenance too large for the header's length can cause.
pub fn with_provenance(
    model: &Model<'_>,
    provenance: Provenance<'_>,
    self_test: SelfTest,
) -> Result<Vec<u8>, WriteError> {
    seal(
        model.dims(),
        &Body {
            provenance,
            self_test,
            ..*model.body()
        },
    )
}

fn seal(dims: &Dims, body: &Body<'_>) -> Result<Vec<u8>, WriteError> {
    let payload = postcard::to_allocvec(body).map_err(|_| ParseError::Body)?;
    let payload_bytes = u32::try_from(payload.len()).map_err(|_| ParseError::Body)?;
    let header = Header {
        version: FORMAT_VERSION,
        dims: *dims,
        payload_bytes,
        payload_crc: CRC.checksum(&payload),
    };
    let mut file = header.to_bytes().to_vec();
    file.extend(payload);
    Model::parse(&file)?;
    Ok(file)
}

fn shape(tensor: &'static str, have: usize, need: usize) -> Result<(), WriteError> {
    if have != need {
        return Err(WriteError::Shape { tensor, need, have });
    }
    Ok(())
}

fn matrix(
    name: &'static str,
    values: &[i8],
    rows: usize,
    cols: usize,
    trits: u8,
) -> Result<Vec<u8>, WriteError> {
    shape(name, values.len(), rows * cols)?;
    Ok(pack(values, rows, cols, trits))
}

fn scales(name: &'static str, scales: &[Scale], count: usize) -> Result<Vec<u8>, WriteError> {
    shape(name, scales.len(), count)?;
    Ok(scales.iter().map(|scale| scale.to_byte()).collect())
}

//! The views into a checked file, which cannot fail.

use crate::body::{Body, Provenance, SelfTest};
use crate::dims::Dims;
use crate::header::Header;
use crate::plan::MemoryPlan;
use crate::tokenizer::Tokenizer;
use crate::trits::{TritMatrix, plane_bytes, tile_row_bytes};

/// The largest magnitude of a relative-position bias, in sixteenths of a bit.
pub const MAX_RELATIVE_BIAS: i16 = 1 << 14;

/// A model in place: views into the bytes of its file, checked once.
#[derive(Clone, Copy, Debug)]
pub struct Model<'a> {
    header: Header,
    body: Body<'a>,
}

impl<'a> Model<'a> {
    /// The header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// What names this file in other formats: [`Header::id`].
    pub fn id(&self) -> u32 {
        self.header.id()
    }

    /// The dimensions.
    pub const fn dims(&self) -> &Dims {
        &self.header.dims
    }

    /// The RAM that an engine for this model needs.
    pub const fn plan(&self) -> MemoryPlan {
        MemoryPlan::new(&self.header.dims)
    }

    /// Text to tokens and back.
    pub const fn tokenizer(&self) -> Tokenizer<'a> {
        self.body.tokenizer
    }

    /// Where the model comes from.
    pub const fn provenance(&self) -> &Provenance<'a> {
        &self.body.provenance
    }

    /// What the engine must compute on any machine.
    pub const fn self_test(&self) -> SelfTest {
        self.body.self_test
    }

    /// The embedding `[vocab_size, d_model]`, in steps of `1 <<` [`Dims::embedding_shift`].
    pub const fn embedding(&self) -> Embedding<'a> {
        match self.header.dims.embedding_trits {
            0 => Embedding::Bytes(self.body.tensors.embedding),
            _ => Embedding::Trits(self.vocabulary_matrix(self.body.tensors.embedding)),
        }
    }

    /// The blocks, first to last.
    pub fn layers(&self) -> Layers<'a> {
        let (dims, body) = (self.dims(), &self.body.tensors);
        let (d, d_ff) = (usize::from(dims.d_model), usize::from(dims.d_ff));
        let matrices = |bytes, rows, cols| MatrixStack {
            bytes,
            layer_bytes: plane_bytes(rows, cols) * usize::from(dims.weight_trits),
            plane_bytes: plane_bytes(rows, cols),
            tile_row_bytes: tile_row_bytes(cols),
        };
        Layers {
            qkv: matrices(body.qkv, dims.qkv_rows(), d),
            o_proj: matrices(body.o_proj, d, d),
            up_proj: matrices(body.up_proj, d_ff, d),
            down_proj: matrices(body.down_proj, d, d_ff),
            score_scales: Stack {
                bytes: body.score_scales,
                layer_bytes: dims.heads.into(),
            },
            o_proj_scales: Stack {
                bytes: body.o_proj_scales,
                layer_bytes: d,
            },
            down_proj_scales: Stack {
                bytes: body.down_proj_scales,
                layer_bytes: d,
            },
            relative_bias: Stack {
                bytes: body.relative_bias,
                layer_bytes: dims.relative_bias_bytes(),
            },
        }
    }

    /// The output head, `[vocab_size, d_model]`.
    pub const fn lm_head(&self) -> TritMatrix<'a> {
        self.vocabulary_matrix(self.body.tensors.lm_head)
    }

    /// A row for each token.
    const fn vocabulary_matrix(&self, planes: &'a [u8]) -> TritMatrix<'a> {
        let (vocab_size, d) = (
            self.header.dims.vocab_size as usize,
            self.header.dims.d_model as usize,
        );
        TritMatrix::new(planes, plane_bytes(vocab_size, d), tile_row_bytes(d))
    }

    /// The scales of the logits, `[vocab_size]`, as bytes of [`Scale`](crate::Scale).
    pub const fn lm_head_scales(&self) -> &'a [u8] {
        self.body.tensors.lm_head_scales
    }

    /// Every tensor's name and bytes, in the order of the file.
    pub fn tensors(&self) -> [(&'static str, &'a [u8]); 11] {
        self.body.tensors.named()
    }

    pub(crate) const fn checked(header: Header, body: Body<'a>) -> Self {
        Self { header, body }
    }

    #[cfg(feature = "std")]
    pub(crate) const fn body(&self) -> &Body<'a> {
        &self.body
    }
}

/// The numbers of an embedding.
#[derive(Clone, Copy, Debug)]
pub enum Embedding<'a> {
    /// One i8 each, row-major.
    Bytes(&'a [u8]),
    /// Packed trits.
    Trits(TritMatrix<'a>),
}

/// One block: matrices `[rows, cols]`, scales as bytes of [`Scale`](crate::Scale).
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// `[qkv_rows, d_model]`: the query heads, the key heads, the value heads.
    pub qkv: TritMatrix<'a>,
    /// `[d_model, d_model]`.
    pub o_proj: TritMatrix<'a>,
    /// `[d_ff, d_model]`.
    pub up_proj: TritMatrix<'a>,
    /// `[d_model, d_ff]`.
    pub down_proj: TritMatrix<'a>,
    /// `[heads]`.
    pub score_scales: &'a [u8],
    /// `[d_model]`.
    pub o_proj_scales: &'a [u8],
    /// `[d_model]`.
    pub down_proj_scales: &'a [u8],
    /// i16 little-endian `[heads, context]`, in sixteenths of a bit.
    pub relative_bias: &'a [u8],
}

/// The blocks of a model, first to last. Stepping neither multiplies nor divides.
#[derive(Clone, Debug)]
pub struct Layers<'a> {
    qkv: MatrixStack<'a>,
    o_proj: MatrixStack<'a>,
    up_proj: MatrixStack<'a>,
    down_proj: MatrixStack<'a>,
    score_scales: Stack<'a>,
    o_proj_scales: Stack<'a>,
    down_proj_scales: Stack<'a>,
    relative_bias: Stack<'a>,
}

impl<'a> Iterator for Layers<'a> {
    type Item = Layer<'a>;

    fn next(&mut self) -> Option<Layer<'a>> {
        Some(Layer {
            qkv: self.qkv.next()?,
            o_proj: self.o_proj.next()?,
            up_proj: self.up_proj.next()?,
            down_proj: self.down_proj.next()?,
            score_scales: self.score_scales.next()?,
            o_proj_scales: self.o_proj_scales.next()?,
            down_proj_scales: self.down_proj_scales.next()?,
            relative_bias: self.relative_bias.next()?,
        })
    }
}

/// Bytes of equal length, one run a layer.
#[derive(Clone, Debug)]
struct Stack<'a> {
    bytes: &'a [u8],
    layer_bytes: usize,
}

impl<'a> Stack<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let (layer, rest) = self.bytes.split_at_checked(self.layer_bytes)?;
        self.bytes = rest;
        Some(layer)
    }
}

/// Matrices of equal shape, one a layer.
#[derive(Clone, Debug)]
struct MatrixStack<'a> {
    bytes: &'a [u8],
    layer_bytes: usize,
    plane_bytes: usize,
    tile_row_bytes: usize,
}

impl<'a> MatrixStack<'a> {
    fn next(&mut self) -> Option<TritMatrix<'a>> {
        let (layer, rest) = self.bytes.split_at_checked(self.layer_bytes)?;
        self.bytes = rest;
        Some(TritMatrix::new(
            layer,
            self.plane_bytes,
            self.tile_row_bytes,
        ))
    }
}

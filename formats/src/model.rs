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
///
/// ```
/// use formats::Model;
///
/// let model = Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// assert_eq!((model.dims().layers, model.plan().ram()), (4, 13_452));
/// assert_eq!(model.tokenizer().decode(30), Some("R"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Model<'a> {
    header: Header,
    body: Body<'a>,
}

impl<'a> Model<'a> {
    /// The header.
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// assert_eq!(model.header().file_bytes(), 188_336);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// What names this file in other formats: [`Header::id`].
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// assert_eq!(model.id(), 0x601a_a873);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> u32 {
        self.header.id()
    }

    /// The dimensions.
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// assert_eq!((model.dims().d_model, model.dims().context), (128, 128));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn dims(&self) -> &Dims {
        &self.header.dims
    }

    /// The RAM that an engine for this model needs.
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// assert_eq!(model.plan(), formats::MemoryPlan::new(model.dims()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn plan(&self) -> MemoryPlan {
        MemoryPlan::new(&self.header.dims)
    }

    /// Text to tokens and back.
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// let tokens = model.tokenizer().encode("To be").collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(tokens, [32, 53, 1, 40, 43]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn tokenizer(&self) -> Tokenizer<'a> {
        self.body.tokenizer
    }

    /// Where the model comes from.
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// assert_eq!((model.provenance().preset, model.provenance().seed), ("microbit", 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn provenance(&self) -> &Provenance<'a> {
        &self.body.provenance
    }

    /// What the engine must compute on any machine.
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// assert_eq!(model.self_test().steps, 16);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn self_test(&self) -> SelfTest {
        self.body.self_test
    }

    /// The embedding `[vocab_size, d_model]`, in steps of `1 <<` [`Dims::embedding_shift`].
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// let formats::model::Embedding::Bytes(bytes) = model.embedding() else { panic!("an embedding of trits") };
    /// assert_eq!(bytes.len(), 65 * 128);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn embedding(&self) -> Embedding<'a> {
        match self.header.dims.embedding_trits {
            0 => Embedding::Bytes(self.body.tensors.embedding),
            _ => Embedding::Trits(self.vocabulary_matrix(self.body.tensors.embedding)),
        }
    }

    /// The blocks, first to last.
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// assert_eq!(model.layers().count(), 4);
    /// assert!(model.layers().all(|layer| layer.score_scales.len() == 4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// // A row for each token, padded to whole tiles.
    /// assert_eq!(model.lm_head().bytes().len(), 80 * 128 / 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// let scales = model.lm_head_scales();
    /// assert_eq!((scales.len(), formats::Scale::from_byte(scales[0])), (65, formats::Scale::new(4, 4)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn lm_head_scales(&self) -> &'a [u8] {
        self.body.tensors.lm_head_scales
    }

    /// Every tensor's name and bytes, in the order of the file.
    ///
    /// ```
    /// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
    /// let [(name, bytes), ..] = model.tensors();
    /// assert_eq!((name, bytes.len()), ("embedding", 8320));
    /// let all: usize = model.tensors().iter().map(|(_, bytes)| bytes.len()).sum();
    /// assert!(all < 188_336);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tensors(&self) -> [(&'static str, &'a [u8]); 11] {
        self.body.tensors.named()
    }

    pub(crate) const fn checked(header: Header, body: Body<'a>) -> Self {
        Self { header, body }
    }

    #[cfg(feature = "alloc")]
    pub(crate) const fn body(&self) -> &Body<'a> {
        &self.body
    }
}

/// The numbers of an embedding.
///
/// ```
/// use formats::{Model, model::Embedding};
///
/// let bytes = Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// assert!(matches!(bytes.embedding(), Embedding::Bytes([2, ..])));
/// let trits = Model::parse(include_bytes!("../../firmware-examples/models/base-pieces.aut"))?;
/// assert!(matches!(trits.embedding(), Embedding::Trits(matrix) if matrix.get(0, 0) == Some(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Embedding<'a> {
    /// One i8 each, row-major.
    Bytes(&'a [u8]),
    /// Packed trits.
    Trits(TritMatrix<'a>),
}

/// One block: matrices `[rows, cols]`, scales as bytes of [`Scale`](crate::Scale).
///
/// ```
/// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// let layer: formats::Layer = model.layers().next().ok_or("no layers")?;
/// assert_eq!((layer.qkv.get(0, 0), layer.qkv.get(0, 1)), (Some(0), Some(-1)));
/// assert_eq!(layer.relative_bias[..2], 8_i16.to_le_bytes()); // half a bit for the token itself
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// let mut layers = model.layers();
/// let [first, second] = [layers.next(), layers.next()].map(|layer| layer.map(|layer| layer.score_scales));
/// assert_eq!(first, Some(&[18, 18, 17, 18][..]));
/// assert_ne!(first, second);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

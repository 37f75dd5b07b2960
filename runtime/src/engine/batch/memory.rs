//! What a batch works in.

use super::bias::Bias;
use crate::cache::Slot;
use crate::lut::batch::{LANES, Scratch};
use alloc::vec;
use alloc::vec::Vec;
use formats::Dims;
use formats::dims::{TOKEN_SHIFT_REACH, pad_cols, pad_rows};

/// What `Engine::prefill_batch` and `Engine::logits_of_each` work in, beside the engine's own state: on the heap,
/// some 200 KB for a small model. It holds nothing between calls and serves any engine of the same dimensions.
///
/// ```
/// # fn demo(engine: &mut runtime::Engine, tokens: &[u16]) -> Result<(), runtime::TokenError> {
/// let mut batch = runtime::Batch::new(engine.model().dims());
/// let logits = engine.prefill_batch(tokens, &mut batch)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Batch {
    pub(super) dims: Dims,
    /// `[d_model]`.
    pub(super) residual: Vec<[i32; LANES]>,
    /// `[d_model]`: the input of a half-block.
    pub(super) normed: Vec<[i8; LANES]>,
    /// Queries, keys and values, or the hidden layer.
    pub(super) wide: Vec<[i8; LANES]>,
    /// Attention weights by slot.
    pub(super) weights: Vec<[i8; LANES]>,
    /// As long as the widest product.
    pub(super) acc: Vec<[i32; LANES]>,
    pub(super) bias: Bias,
    /// One token's key, value or query.
    pub(super) vector: Vec<i8>,
    pub(super) places: Vec<Place>,
    pub(super) scratch: Scratch,
}

/// Where a token of the batch goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) slot: Slot,
    pub(super) token_shift_slots: [usize; TOKEN_SHIFT_REACH],
}

impl Batch {
    /// Working memory for models of these dimensions.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// let batch = runtime::Batch::new(&poet::HEADER.dims);
    /// ```
    pub fn new(dims: &Dims) -> Self {
        let (d_model, d_ff) = (usize::from(dims.d_model), usize::from(dims.d_ff));
        let (context, vocab_size) = (usize::from(dims.context), usize::from(dims.vocab_size));
        let widest = [dims.qkv_rows(), d_ff, d_model, context, vocab_size];
        let widest = widest.into_iter().max().unwrap_or(0);
        Self {
            dims: *dims,
            residual: vec![[0; LANES]; d_model],
            normed: vec![[0; LANES]; d_model],
            wide: vec![[0; LANES]; dims.qkv_rows().max(d_ff)],
            weights: vec![[0; LANES]; pad_cols(context)],
            acc: vec![[0; LANES]; pad_rows(widest)],
            bias: Bias::new(context),
            vector: vec![0; dims.head_dim()],
            places: Vec::with_capacity(LANES),
            scratch: Scratch::new(),
        }
    }
}

//! The dimensions of a model and their limits.
//!
//! ```
//! use formats::dims::{MAX_CONTEXT, MAX_D_FF, MAX_D_MODEL, MAX_LAYERS};
//!
//! let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
//! assert!(dims.d_model <= MAX_D_MODEL && dims.d_ff <= MAX_D_FF);
//! assert!(dims.layers <= MAX_LAYERS && dims.context <= MAX_CONTEXT);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod serial;
mod sizes;

use crate::trits::{TILE_COLS, TILE_ROWS, max_value};

/// Most tokens of a vocabulary.
pub const MAX_VOCAB_SIZE: u16 = 4096;
/// Widest residual stream.
pub const MAX_D_MODEL: u16 = 1024;
/// Most layers.
pub const MAX_LAYERS: u16 = 64;
/// Most query heads.
pub const MAX_HEADS: u16 = 64;
/// Widest hidden layer of the MLP.
pub const MAX_D_FF: u16 = 4096;
/// Longest attention window, in tokens.
pub const MAX_CONTEXT: u16 = 4096;
/// Most trits of a weight.
pub const MAX_WEIGHT_TRITS: u8 = 5;
/// Most trits of a number in the KV cache.
pub const MAX_KV_TRITS: u8 = 2;
/// Most trits of a number of the embedding.
pub const MAX_EMBEDDING_TRITS: u8 = 3;
/// Every sum of magnitudes that goes into an abs-mean norm stays below this, so that no i32 overflows on the way.
pub const SUM_LIMIT: u64 = 1 << 28;
/// The largest magnitude of an activation: the inputs of every matrix-vector product.
pub const MAX_ACTIVATION: i32 = 31;
/// How many tokens back the token shift can reach.
pub const TOKEN_SHIFT_REACH: usize = 3;

/// The dimensions of a model. [`Dims::check`] says whether they make one; the sizes of those that do not saturate, none
/// of them panics.
///
/// Deserialize accepts those of a model alone.
///
/// ```
/// use formats::Dims;
///
/// const DIMS: Dims = Dims {
///     vocab_size: 65,
///     d_model: 128,
///     layers: 4,
///     heads: 4,
///     kv_heads: 1,
///     d_ff: 512,
///     context: 128,
///     weight_trits: 1,
///     head_trits: 1,
///     kv_trits: 1,
///     embedding_trits: 0,
///     token_shift: [64, 0, 0],
/// };
/// const _: () = assert!(DIMS.check().is_ok());
/// assert_eq!(DIMS.parameters(), 707_921);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
// The derived functions become associated ones, which the traits in `serial` call.
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Dims {
    /// Tokens of the vocabulary, 1..=[`MAX_VOCAB_SIZE`].
    pub vocab_size: u16,
    /// Channels of the residual stream, a multiple of 4 for each head, up to [`MAX_D_MODEL`].
    pub d_model: u16,
    /// Transformer blocks, 1..=[`MAX_LAYERS`].
    pub layers: u16,
    /// Query heads, 1..=[`MAX_HEADS`], dividing `d_model`.
    pub heads: u16,
    /// Key and value heads, dividing `heads` (grouped-query attention, arXiv:2305.13245).
    pub kv_heads: u16,
    /// Channels of the MLP's hidden layer, a multiple of 4 up to [`MAX_D_FF`].
    pub d_ff: u16,
    /// Tokens that attention sees, the current one included, 1..=[`MAX_CONTEXT`].
    pub context: u16,
    /// Trits of a weight of the blocks' matrices, 1..=[`MAX_WEIGHT_TRITS`].
    pub weight_trits: u8,
    /// Trits of a weight of the output head, 1..=[`MAX_WEIGHT_TRITS`].
    pub head_trits: u8,
    /// Trits of a number in the KV cache, 1..=[`MAX_KV_TRITS`].
    pub kv_trits: u8,
    /// Trits of a number of the embedding, up to [`MAX_EMBEDDING_TRITS`]; 0 for a byte each, as in format 1.
    pub embedding_trits: u8,
    /// Token shift: `token_shift[i]` channels of each half-block's input come from `i + 1` tokens back, block after
    /// block from channel 0. The sum is at most `d_model`.
    pub token_shift: [u16; TOKEN_SHIFT_REACH],
}

/// Dimensions that make no model.
///
/// ```
/// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
/// let error = formats::Dims { heads: 3, ..dims }.check().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "d_model is 128, it must be a multiple of 12 (a head has a multiple of 4 channels)",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DimsError {
    /// A dimension is outside its limits.
    #[error("{name} is {value}, it must be between {min} and {max}")]
    OutOfRange {
        /// The dimension.
        name: &'static str,
        /// What it is.
        value: u16,
        /// The least it may be.
        min: u16,
        /// The most it may be.
        max: u16,
    },
    /// One dimension must divide another and does not.
    #[error("{name} is {value}, it must be a multiple of {divisor} ({why})")]
    NotMultiple {
        /// The dimension.
        name: &'static str,
        /// What it is.
        value: u16,
        /// What it must be a multiple of.
        divisor: u16,
        /// Why it must.
        why: &'static str,
    },
    /// The sums of a matrix-vector product could overflow in the abs-mean norm behind it.
    #[error(
        "the magnitudes of {what} can add up to {bound}, they must stay below {limit}: use fewer trits or narrower layers"
    )]
    SumTooLarge {
        /// Of which vector.
        what: &'static str,
        /// What they can add up to.
        bound: u64,
        /// What they must stay below.
        limit: u64,
    },
    /// The token shift takes more channels than there are.
    #[error("the token shift takes {channels} channels, d_model has {d_model}")]
    TokenShiftTooWide {
        /// Channels it takes.
        channels: u32,
        /// Channels there are.
        d_model: u16,
    },
}

const fn range(name: &'static str, value: u16, max: u16) -> Result<(), DimsError> {
    if value < 1 || value > max {
        return Err(DimsError::OutOfRange {
            name,
            value,
            min: 1,
            max,
        });
    }
    Ok(())
}

const fn multiple(
    name: &'static str,
    value: u16,
    divisor: u16,
    why: &'static str,
) -> Result<(), DimsError> {
    if !value.is_multiple_of(divisor) {
        return Err(DimsError::NotMultiple {
            name,
            value,
            divisor,
            why,
        });
    }
    Ok(())
}

/// Whether `rows` sums of `cols` products with weights up to `max_weight` stay within the bound of the abs-mean norm.
const fn sums(
    what: &'static str,
    rows: usize,
    cols: usize,
    max_weight: i32,
) -> Result<(), DimsError> {
    let bound = rows as u64 * cols as u64 * (MAX_ACTIVATION * max_weight) as u64;
    if bound >= SUM_LIMIT {
        return Err(DimsError::SumTooLarge {
            what,
            bound,
            limit: SUM_LIMIT,
        });
    }
    Ok(())
}

/// `?` in a `const fn`.
macro_rules! check {
    ($result:expr) => {
        if let Err(error) = $result {
            return Err(error);
        }
    };
}

impl Dims {
    /// Whether these dimensions make a model.
    ///
    /// ```
    /// use formats::{Dims, DimsError};
    ///
    /// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.check(), Ok(()));
    /// let error = Dims { layers: 65, ..dims }.check();
    /// assert!(matches!(error, Err(DimsError::OutOfRange { name: "layers", max: 64, .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The first [`DimsError`] found.
    pub const fn check(&self) -> Result<(), DimsError> {
        check!(range("vocab_size", self.vocab_size, MAX_VOCAB_SIZE));
        check!(range("d_model", self.d_model, MAX_D_MODEL));
        check!(range("layers", self.layers, MAX_LAYERS));
        check!(range("heads", self.heads, MAX_HEADS));
        check!(range("kv_heads", self.kv_heads, self.heads));
        check!(range("d_ff", self.d_ff, MAX_D_FF));
        check!(range("context", self.context, MAX_CONTEXT));
        check!(range(
            "weight_trits",
            self.weight_trits as u16,
            MAX_WEIGHT_TRITS as u16
        ));
        check!(range(
            "head_trits",
            self.head_trits as u16,
            MAX_WEIGHT_TRITS as u16
        ));
        check!(range("kv_trits", self.kv_trits as u16, MAX_KV_TRITS as u16));
        if self.embedding_trits > MAX_EMBEDDING_TRITS {
            return Err(DimsError::OutOfRange {
                name: "embedding_trits",
                value: self.embedding_trits as u16,
                min: 0,
                max: MAX_EMBEDDING_TRITS as u16,
            });
        }
        check!(multiple(
            "heads",
            self.heads,
            self.kv_heads,
            "query heads share key and value heads evenly"
        ));
        check!(multiple(
            "d_model",
            self.d_model,
            self.heads * 4,
            "a head has a multiple of 4 channels"
        ));
        check!(multiple("d_ff", self.d_ff, 4, "a byte holds four weights"));
        let channels = self.token_shift_channels();
        if channels > self.d_model as u32 {
            return Err(DimsError::TokenShiftTooWide {
                channels,
                d_model: self.d_model,
            });
        }
        let (d, head_dim) = (self.d_model as usize, self.head_dim());
        check!(sums(
            "the hidden layer",
            self.d_ff as usize,
            d,
            self.max_weight()
        ));
        check!(sums("a query head", head_dim, d, self.max_weight()));
        check!(sums(
            "an attention head",
            head_dim,
            self.context as usize,
            max_value(self.kv_trits)
        ));
        Ok(())
    }
}

/// `n` rounded up to whole rows of a tile.
///
/// ```
/// assert_eq!(formats::dims::pad_rows(65), 80);
/// ```
pub const fn pad_rows(n: usize) -> usize {
    n.next_multiple_of(TILE_ROWS)
}

/// `n` rounded up to whole columns of a tile.
///
/// ```
/// assert_eq!(formats::dims::pad_cols(65), 68);
/// ```
pub const fn pad_cols(n: usize) -> usize {
    n.next_multiple_of(TILE_COLS)
}

#[cfg(test)]
pub(crate) mod tests;

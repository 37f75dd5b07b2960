//! What a model needs, from its header alone: known before flashing, or to the compiler.

use crate::dims::{Dims, pad_cols};
use crate::trits::{TILE_ROWS, tiles};

/// Groups of four inputs whose lookup tables are held at once, unless [`MemoryPlan::with_lut_groups`] says otherwise.
///
/// ```
/// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
/// assert_eq!(formats::MemoryPlan::new(&dims).lut_count(), formats::plan::LUT_GROUPS + 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const LUT_GROUPS: usize = 8;
/// Bytes of a group's table: a byte of weights is the index, and the largest valid one is 170.
///
/// ```
/// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
/// let plan = formats::MemoryPlan::new(&dims);
/// assert_eq!(plan.lookup_tables, plan.lut_count() * formats::plan::LUT_BYTES);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const LUT_BYTES: usize = 172;

const WORD: usize = size_of::<i32>();

/// The RAM of an engine, in bytes, by part, and the buffer lengths that make it up.
///
/// Every part is exact: it is what the engine's buffers take. The stack of the call and of the firmware around it
/// is not in it.
///
/// ```
/// use formats::{Header, MemoryPlan};
///
/// const HEADER: Header = match Header::read(include_bytes!("../../firmware-examples/models/microbit.aut")) {
///     Ok(header) => header,
///     Err(_) => panic!("not a model file that this build reads"),
/// };
/// const PLAN: MemoryPlan = MemoryPlan::new(&HEADER.dims);
/// const _: () = assert!(PLAN.ram() <= 14 * 1024, "the model does not fit");
/// assert_eq!((PLAN.kv_cache, PLAN.lookup_tables), (8192, 1548));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MemoryPlan {
    /// The residual stream: i32 `[d_model]`.
    pub residual: usize,
    /// The sums of the widest matrix-vector product, and the logits: i32.
    pub accumulators: usize,
    /// Inputs of matrix-vector products: i8.
    pub activations: usize,
    /// What the token shift remembers: i8.
    pub token_shift: usize,
    /// Keys and values of the last `context` tokens: packed trits.
    pub kv_cache: usize,
    /// Lookup tables of one chunk of inputs, and a spare one.
    pub lookup_tables: usize,
}

impl MemoryPlan {
    /// The plan of a model with these dimensions.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
    /// // More context, more RAM.
    /// let shorter = formats::MemoryPlan::new(&formats::Dims { context: 64, ..dims });
    /// assert_eq!((shorter.ram(), formats::MemoryPlan::new(&dims).ram()), (9356, 13_452));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn new(dims: &Dims) -> Self {
        let (d, d_ff, layers) = (
            dims.d_model as usize,
            dims.d_ff as usize,
            dims.layers as usize,
        );
        let context = dims.context as usize;
        let widest = [dims.qkv_rows(), d_ff, d, context, dims.vocab_size as usize];
        let (keys, values) = dims.kv_head_bytes();
        Self {
            residual: d.saturating_mul(WORD),
            accumulators: tiles(max(&widest), TILE_ROWS).saturating_mul(TILE_ROWS * WORD),
            activations: d + max(&[d_ff, d + max(&[pad_cols(context), dims.head_dim()])]),
            token_shift: (2 * layers).saturating_mul(dims.token_shift_history()),
            kv_cache: layers
                .saturating_mul(dims.kv_heads as usize)
                .saturating_mul(keys.saturating_add(values)),
            lookup_tables: (LUT_GROUPS + 1) * LUT_BYTES,
        }
    }

    /// The same with lookup tables for `groups` groups of four inputs (at least 1) at once: more take more RAM and
    /// fewer instructions. `d_model / 4` is enough for most of the gain.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
    /// let plan = formats::MemoryPlan::new(&dims);
    /// let faster = plan.with_lut_groups(32);
    /// assert_eq!((faster.lut_count(), faster.ram() - plan.ram()), (33, 24 * 172));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn with_lut_groups(self, groups: usize) -> Self {
        let groups = if groups == 0 { 1 } else { groups };
        Self {
            lookup_tables: (groups + 1) * LUT_BYTES,
            ..self
        }
    }

    /// How many lookup tables the engine's state holds.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(formats::MemoryPlan::new(&dims).lut_count(), 9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn lut_count(&self) -> usize {
        self.lookup_tables / LUT_BYTES
    }

    /// Bytes of RAM in all.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
    /// let plan = formats::MemoryPlan::new(&dims);
    /// assert_eq!(plan.ram(), plan.parts().iter().map(|(_, bytes)| bytes).sum());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn ram(&self) -> usize {
        self.residual
            .saturating_add(self.accumulators)
            .saturating_add(self.activations)
            .saturating_add(self.token_shift)
            .saturating_add(self.kv_cache)
            .saturating_add(self.lookup_tables)
    }

    /// How many i32 the engine's state holds.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
    /// let plan = formats::MemoryPlan::new(&dims);
    /// assert_eq!(4 * plan.words(), plan.residual + plan.accumulators);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn words(&self) -> usize {
        self.residual.saturating_add(self.accumulators) / WORD
    }

    /// How many i8 the engine's state holds.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
    /// let plan = formats::MemoryPlan::new(&dims);
    /// assert_eq!(plan.bytes(), plan.activations + plan.token_shift);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn bytes(&self) -> usize {
        self.activations.saturating_add(self.token_shift)
    }

    /// The parts by name, in bytes.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
    /// let parts = formats::MemoryPlan::new(&dims).parts();
    /// assert_eq!(parts.iter().max_by_key(|(_, bytes)| bytes), Some(&("KV cache", 8192)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn parts(&self) -> [(&'static str, usize); 6] {
        [
            ("residual stream", self.residual),
            ("accumulators", self.accumulators),
            ("activations", self.activations),
            ("token shift", self.token_shift),
            ("KV cache", self.kv_cache),
            ("lookup tables", self.lookup_tables),
        ]
    }
}

const fn max(values: &[usize]) -> usize {
    let mut largest = 0;
    let mut i = 0;
    while i < values.len() {
        if values[i] > largest {
            largest = values[i];
        }
        i += 1;
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dims::tests::DIMS;

    const PLAN: MemoryPlan = MemoryPlan::new(&DIMS);
    const _: () = assert!(PLAN.ram() <= 16 * 1024, "the microbit shape must fit 16 KB");

    #[test]
    fn the_parts_of_a_known_shape() {
        assert_eq!(PLAN.residual, 512);
        assert_eq!(PLAN.accumulators, 2048);
        assert_eq!(PLAN.activations, 128 + 512);
        assert_eq!(PLAN.token_shift, 4 * 2 * 64);
        assert_eq!(PLAN.kv_cache, 8192);
        assert_eq!(PLAN.lookup_tables, 9 * 172);
        assert_eq!(PLAN.with_lut_groups(32).lut_count(), 33);
        assert_eq!(
            PLAN.ram(),
            PLAN.parts().iter().map(|(_, bytes)| bytes).sum()
        );
    }
}

//! What a model needs, from its header alone: known before flashing, or to the compiler.

use crate::dims::{Dims, pad_cols, pad_rows};

/// Groups of four inputs whose tables of sums are held at once, unless [`MemoryPlan::with_chunk`] says otherwise.
pub const CHUNK_GROUPS: usize = 8;
/// Bytes of a group's table: a byte of weights is the index, and the largest valid one is 170.
pub const TABLE_BYTES: usize = 172;

const WORD: usize = size_of::<i32>();

/// The RAM of an engine, in bytes, by part, and the buffer lengths that make it up.
///
/// Every part is exact: it is what the engine's buffers take. The stack of the call and of the firmware around it
/// is not in it.
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
    /// Tables of sums of one chunk of inputs, and a spare one.
    pub tables: usize,
}

impl MemoryPlan {
    /// The plan of a model with these dimensions.
    pub const fn new(dims: &Dims) -> Self {
        let (d, hidden, layers) = (
            dims.d_model as usize,
            dims.hidden as usize,
            dims.layers as usize,
        );
        let context = dims.context as usize;
        let widest = [dims.qkv_rows(), hidden, d, context, dims.vocab as usize];
        let (keys, values) = dims.kv_head_bytes();
        Self {
            residual: d * WORD,
            accumulators: pad_rows(max(&widest)) * WORD,
            activations: d + max(&[hidden, d + max(&[pad_cols(context), dims.head_dim()])]),
            token_shift: layers * 2 * dims.shift_history(),
            kv_cache: layers * dims.kv_heads as usize * (keys + values),
            tables: (CHUNK_GROUPS + 1) * TABLE_BYTES,
        }
    }

    /// The same with tables of sums for `groups` groups of four inputs (at least 1) at once: more take more RAM and
    /// fewer instructions. `d_model / 4` is enough for most of the gain.
    pub const fn with_chunk(self, groups: usize) -> Self {
        let groups = if groups == 0 { 1 } else { groups };
        Self {
            tables: (groups + 1) * TABLE_BYTES,
            ..self
        }
    }

    /// How many tables of sums the engine's state holds.
    pub const fn table_count(&self) -> usize {
        self.tables / TABLE_BYTES
    }

    /// Bytes of RAM in all.
    pub const fn ram(&self) -> usize {
        self.residual
            + self.accumulators
            + self.activations
            + self.token_shift
            + self.kv_cache
            + self.tables
    }

    /// How many i32 the engine's state holds.
    pub const fn words(&self) -> usize {
        (self.residual + self.accumulators) / WORD
    }

    /// How many i8 the engine's state holds.
    pub const fn bytes(&self) -> usize {
        self.activations + self.token_shift
    }

    /// The parts by name, in bytes.
    pub const fn parts(&self) -> [(&'static str, usize); 6] {
        [
            ("residual stream", self.residual),
            ("accumulators", self.accumulators),
            ("activations", self.activations),
            ("token shift", self.token_shift),
            ("KV cache", self.kv_cache),
            ("tables of sums", self.tables),
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
        assert_eq!(PLAN.tables, 9 * 172);
        assert_eq!(PLAN.with_chunk(32).table_count(), 33);
        assert_eq!(
            PLAN.ram(),
            PLAN.parts().iter().map(|(_, bytes)| bytes).sum()
        );
    }
}

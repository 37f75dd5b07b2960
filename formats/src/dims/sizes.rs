//! Every size that follows from the dimensions. Those of dimensions that make no model saturate.

use super::Dims;
use crate::trits::{max_value, plane_bytes};

impl Dims {
    /// Channels of a head; 0 when there are no heads.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.head_dim(), 32);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn head_dim(&self) -> usize {
        match self.d_model.checked_div(self.heads) {
            Some(channels) => channels as usize,
            None => 0,
        }
    }

    /// Rows of the joint query, key and value matrix: `heads + 2 * kv_heads` heads, in this order.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!((dims.heads, dims.kv_heads), (4, 1));
    /// assert_eq!(dims.qkv_rows(), 6 * dims.head_dim());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn qkv_rows(&self) -> usize {
        (self.heads as usize + 2 * self.kv_heads as usize).saturating_mul(self.head_dim())
    }

    /// Channels that the token shift replaces.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// let dims = formats::Dims { token_shift: [64, 32, 16], ..dims };
    /// assert_eq!(dims.token_shift_channels(), 112);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn token_shift_channels(&self) -> u32 {
        self.token_shift[0] as u32 + self.token_shift[1] as u32 + self.token_shift[2] as u32
    }

    /// Bytes of the token-shift history of one half-block.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// // A byte for each token that a channel looks back.
    /// let dims = formats::Dims { token_shift: [64, 32, 16], ..dims };
    /// assert_eq!(dims.token_shift_history(), 64 + 2 * 32 + 3 * 16);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn token_shift_history(&self) -> usize {
        self.token_shift[0] as usize
            + 2 * self.token_shift[1] as usize
            + 3 * self.token_shift[2] as usize
    }

    /// Bytes of the embedding `[vocab_size, d_model]`.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.embedding_bytes(), 65 * 128);
    /// let packed = formats::Dims { embedding_trits: 2, ..dims };
    /// assert_eq!(packed.embedding_bytes(), 2 * 80 * 128 / 4); // rows padded to 16, four trits in a byte
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn embedding_bytes(&self) -> usize {
        let (rows, cols) = (self.vocab_size as usize, self.d_model as usize);
        match self.embedding_trits {
            0 => rows.saturating_mul(cols),
            trits => plane_bytes(rows, cols).saturating_mul(trits as usize),
        }
    }

    /// The embedding counts in steps of `1 << embedding_shift` of the residual stream.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// // Fewer trits, larger steps.
    /// let one = formats::Dims { embedding_trits: 1, ..dims };
    /// let three = formats::Dims { embedding_trits: 3, ..dims };
    /// assert_eq!((one.embedding_shift(), three.embedding_shift()), (6, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn embedding_shift(&self) -> u32 {
        match self.embedding_trits {
            0 => 2,
            1 => 6,
            2 => 5,
            _ => 3,
        }
    }

    /// The largest number of the embedding that training gives, in its steps; the smallest is its negative.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.max_embedding(), 127); // bytes
    /// assert_eq!(formats::Dims { embedding_trits: 2, ..dims }.max_embedding(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn max_embedding(&self) -> i32 {
        match self.embedding_trits {
            0 => i8::MAX as i32,
            trits => max_value(trits),
        }
    }

    /// No number of the embedding has a larger magnitude, in residual LSBs: one step more than the largest, since an i8 reaches
    /// one step further down than up.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.embedding_bound(), 128 << dims.embedding_shift());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn embedding_bound(&self) -> u64 {
        (self.max_embedding().unsigned_abs() as u64 + 1) << self.embedding_shift()
    }

    /// Bytes of one layer's joint query, key and value matrix `[qkv_rows, d_model]`.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.qkv_bytes(), 192 * 128 / 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn qkv_bytes(&self) -> usize {
        self.weight_bytes(self.qkv_rows(), self.d_model as usize)
    }

    /// Bytes of one layer's attention output matrix `[d_model, d_model]`.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.o_proj_bytes(), 128 * 128 / 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn o_proj_bytes(&self) -> usize {
        self.weight_bytes(self.d_model as usize, self.d_model as usize)
    }

    /// Bytes of one layer's MLP input matrix `[d_ff, d_model]`.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.up_proj_bytes(), 512 * 128 / 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn up_proj_bytes(&self) -> usize {
        self.weight_bytes(self.d_ff as usize, self.d_model as usize)
    }

    /// Bytes of one layer's MLP output matrix `[d_model, d_ff]`.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.down_proj_bytes(), 128 * 512 / 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn down_proj_bytes(&self) -> usize {
        self.weight_bytes(self.d_model as usize, self.d_ff as usize)
    }

    /// Bytes of the output head `[vocab_size, d_model]`.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.lm_head_bytes(), 80 * 128 / 4); // 65 rows padded to 80
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn lm_head_bytes(&self) -> usize {
        plane_bytes(self.vocab_size as usize, self.d_model as usize)
            .saturating_mul(self.head_trits as usize)
    }

    /// Bytes of one layer's relative-position biases `[heads, context]`, two each.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.relative_bias_bytes(), 4 * 128 * 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn relative_bias_bytes(&self) -> usize {
        (self.heads as usize)
            .saturating_mul(self.context as usize)
            .saturating_mul(2)
    }

    const fn weight_bytes(&self, rows: usize, cols: usize) -> usize {
        plane_bytes(rows, cols).saturating_mul(self.weight_trits as usize)
    }

    /// Learned numbers of the model: weights, embedding, scales, biases.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.parameters(), 707_921);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn parameters(&self) -> u64 {
        let d = self.d_model as u64;
        let per_layer = (self.qkv_rows() as u64 + d + 2 * self.d_ff as u64)
            .saturating_mul(d)
            .saturating_add(2 * d + self.heads as u64 * (1 + self.context as u64));
        (self.layers as u64)
            .saturating_mul(per_layer)
            .saturating_add(self.vocab_size as u64 * (2 * d + 1))
    }

    /// The largest magnitude of a weight of the blocks' matrices.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// assert_eq!(dims.max_weight(), 1);
    /// assert_eq!(formats::Dims { weight_trits: 3, ..dims }.max_weight(), 13);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn max_weight(&self) -> i32 {
        max_value(self.weight_trits)
    }

    /// Bytes of the keys (or the values) of one head of one layer: `[context, head_dim]` or its transpose, padded
    /// to tiles both ways.
    ///
    /// ```
    /// # let dims = formats::Header::read(include_bytes!("../../../firmware-examples/models/microbit.aut"))?.dims;
    /// let (keys, values) = dims.kv_head_bytes();
    /// assert_eq!((keys, values), (128 * 32 / 4, 32 * 128 / 4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn kv_head_bytes(&self) -> (usize, usize) {
        let (context, head_dim, trits) = (
            self.context as usize,
            self.head_dim(),
            self.kv_trits as usize,
        );
        (
            plane_bytes(context, head_dim).saturating_mul(trits),
            plane_bytes(head_dim, context).saturating_mul(trits),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dims::tests::DIMS;

    #[test]
    fn sizes_of_a_known_shape() {
        assert_eq!(DIMS.check(), Ok(()));
        assert_eq!(DIMS.head_dim(), 32);
        assert_eq!(DIMS.qkv_rows(), 192);
        assert_eq!(DIMS.qkv_bytes(), 192 * 128 / 4);
        assert_eq!(DIMS.lm_head_bytes(), 80 * 128 / 4);
        assert_eq!(DIMS.embedding_bytes(), 65 * 128);
        let two = Dims {
            embedding_trits: 2,
            ..DIMS
        };
        assert_eq!(two.embedding_bytes(), 2 * 80 * 128 / 4);
        assert_eq!((DIMS.embedding_bound(), two.embedding_bound()), (512, 160));
        assert_eq!(DIMS.kv_head_bytes(), (1024, 1024));
        assert_eq!(DIMS.parameters(), 707_921);
    }

    #[test]
    fn sizes_of_what_makes_no_model_do_not_panic() {
        for (wide, narrow) in [(0, 0), (0, u8::MAX), (u16::MAX, 0), (u16::MAX, u8::MAX)] {
            let all = Dims {
                vocab_size: wide,
                d_model: wide,
                layers: wide,
                heads: wide,
                kv_heads: wide,
                d_ff: wide,
                context: wide,
                weight_trits: narrow,
                head_trits: narrow,
                kv_trits: narrow,
                embedding_trits: narrow,
                token_shift: [wide; 3],
            };
            let headless = Dims { heads: 0, ..all };
            let one_head = Dims { heads: 1, ..all };
            for dims in [all, headless, one_head] {
                assert!(dims.check().is_err());
                let (keys, values) = dims.kv_head_bytes();
                let sizes = [
                    dims.qkv_bytes(),
                    dims.o_proj_bytes(),
                    dims.up_proj_bytes(),
                    dims.down_proj_bytes(),
                    dims.lm_head_bytes(),
                    dims.embedding_bytes(),
                    dims.relative_bias_bytes(),
                    dims.token_shift_history(),
                    keys,
                    values,
                ];
                assert!(wide != 0 || sizes == [0; 10]);
                assert!(dims.max_weight() >= 0);
                let plan = crate::MemoryPlan::new(&dims);
                assert!(plan.ram() >= plan.lookup_tables);
                let _ = (dims.parameters(), dims.head_dim(), plan.words());
            }
        }
    }
}

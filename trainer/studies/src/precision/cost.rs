//! What a token costs, counted from the shape.

use formats::Dims;

/// Additions that the engine makes for a token with a full context, or multiplications and additions of a float model:
/// one for every trit of every weight of a matrix, zero or not, and in attention for every trit of every key and value
/// of the cache that a head reads. Norms, scales, the token shift and the weighting of planes are left out.
pub fn additions(dims: &Dims, trits: Option<[u8; 2]>) -> u64 {
    let [weight, head, kv] = match trits {
        Some([weight, head]) => [weight, head, dims.kv_trits].map(u64::from),
        None => [1; 3],
    };
    let (d, hidden) = (u64::from(dims.d_model), u64::from(dims.d_ff));
    let matrices = (dims.qkv_rows() as u64 + d + 2 * hidden) * d;
    // Scores read the keys, the mixture the values.
    let attention = 2 * d * u64::from(dims.context);
    u64::from(dims.layers) * (matrices * weight + attention * kv)
        + u64::from(dims.vocab_size) * d * head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trit_of_a_weight_is_an_addition() {
        let dims = Dims {
            vocab_size: 10,
            d_model: 8,
            layers: 3,
            heads: 2,
            kv_heads: 1,
            d_ff: 16,
            context: 5,
            weight_trits: 2,
            head_trits: 3,
            kv_trits: 2,
            embedding_trits: 0,
            token_shift: [0; 3],
        };
        // Queries 8, keys 4, values 4; output 8; up and down 16 each: 56 rows of 8.
        let attention = 2 * 8 * 5;
        assert_eq!(additions(&dims, None), 3 * (56 * 8 + attention) + 80);
        let ternary = additions(&dims, Some([2, 3]));
        assert_eq!(ternary, 3 * (56 * 8 * 2 + attention * 2) + 240);
    }
}

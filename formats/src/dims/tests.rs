//! A known shape, and each rule that can be broken.

use super::*;

/// The `microbit` shape.
pub(crate) const DIMS: Dims = Dims {
    vocab_size: 65,
    d_model: 128,
    layers: 4,
    heads: 4,
    kv_heads: 1,
    d_ff: 512,
    context: 128,
    weight_trits: 1,
    head_trits: 1,
    kv_trits: 1,
    embedding_trits: 0,
    token_shift: [64, 0, 0],
};

#[test]
fn each_broken_rule_is_named() {
    let error = |change: fn(&mut Dims)| {
        let mut dims = DIMS;
        change(&mut dims);
        dims.check().unwrap_err()
    };
    assert!(matches!(
        error(|d| d.vocab_size = 0),
        DimsError::OutOfRange {
            name: "vocab_size",
            value: 0,
            ..
        }
    ));
    assert!(matches!(
        error(|d| d.layers = 65),
        DimsError::OutOfRange {
            name: "layers",
            max: 64,
            ..
        }
    ));
    assert!(matches!(
        error(|d| d.kv_heads = 3),
        DimsError::NotMultiple {
            name: "heads",
            divisor: 3,
            ..
        }
    ));
    assert!(matches!(
        error(|d| d.d_model = 130),
        DimsError::NotMultiple {
            name: "d_model",
            divisor: 16,
            ..
        }
    ));
    assert!(matches!(
        error(|d| d.d_ff = 510),
        DimsError::NotMultiple { name: "d_ff", .. }
    ));
    assert!(matches!(
        error(|d| d.kv_trits = 3),
        DimsError::OutOfRange {
            name: "kv_trits",
            ..
        }
    ));
    assert!(matches!(
        error(|d| d.embedding_trits = 4),
        DimsError::OutOfRange {
            value: 4,
            max: 3,
            ..
        }
    ));
    assert!(matches!(
        error(|d| d.token_shift = [64, 64, 1]),
        DimsError::TokenShiftTooWide { channels: 129, .. }
    ));
}

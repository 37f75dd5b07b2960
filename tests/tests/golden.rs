//! Files of every released format version are read for ever, and compute what they always did.
//!
//! `golden/format-1.aut` is `random_model(&GOLDEN, 42)` as first written; `golden/format-1.logits` holds its logits.

use formats::{Dims, Model};
use tests::{random_model, with_engine};

const GOLDEN: Dims = Dims {
    vocab: 5,
    d_model: 8,
    layers: 1,
    heads: 2,
    kv_heads: 1,
    hidden: 12,
    context: 6,
    weight_trits: 1,
    head_trits: 2,
    kv_trits: 2,
    shift: [3, 1, 0],
};
const FILE: &[u8] = include_bytes!("../golden/format-1.aut");
const LOGITS: &str = include_str!("../golden/format-1.logits");

/// One line a step: the logits of feeding 0, 1, 2, 3, 4, 0, 1, ...
fn logits(file: &[u8]) -> String {
    with_engine(file, |engine| {
        (0..GOLDEN.vocab)
            .cycle()
            .take(20)
            .map(|token| {
                let logits = engine.step(token).unwrap().iter().map(i32::to_string);
                logits.collect::<Vec<_>>().join(" ") + "\n"
            })
            .collect()
    })
}

#[test]
fn format_1_is_read_and_computes_the_same() {
    let model = Model::parse(FILE).unwrap();
    assert_eq!(*model.dims(), GOLDEN);
    assert_eq!(logits(FILE), LOGITS);
    with_engine(FILE, |engine| {
        assert_eq!(runtime::selftest::self_test(engine), Ok(16))
    });
}

#[test]
fn the_writer_still_writes_format_1() {
    assert_eq!(random_model(&GOLDEN, 42), FILE);
}

/// Not a check: writes the golden files of a new format version. `cargo test -p tests --test golden -- --ignored`
#[test]
#[ignore = "writes golden files; only for a new format version"]
fn write_golden_files() {
    let file = random_model(&GOLDEN, 42);
    std::fs::write("golden/format-1.aut", &file).unwrap();
    std::fs::write("golden/format-1.logits", logits(&file)).unwrap();
}

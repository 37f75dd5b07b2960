//! Files of every released format version are read for ever, and compute what they always did.
//!
//! `golden/format-1.aut` is `random_model(&GOLDEN, 42)` as first written; `golden/format-1.logits` holds its logits.
//! `golden/format-2.aut` is `random_pieces_model(&GOLDEN_2, 42)`.

use formats::write::with_provenance;
use formats::{Dims, Model};
use tests::fuzzing::build::CRC;
use tests::{MICROBIT, ODD, random_model, random_pieces_model, with_engine};

const GOLDEN: Dims = Dims {
    vocab_size: 5,
    d_model: 8,
    layers: 1,
    heads: 2,
    kv_heads: 1,
    d_ff: 12,
    context: 6,
    weight_trits: 1,
    head_trits: 2,
    kv_trits: 2,
    embedding_trits: 0,
    token_shift: [3, 1, 0],
};
const GOLDEN_2: Dims = Dims {
    vocab_size: 9,
    embedding_trits: 2,
    ..GOLDEN
};
const FILE: &[u8] = include_bytes!("../golden/format-1.aut");
const LOGITS: &str = include_str!("../golden/format-1.logits");
const FILE_2: &[u8] = include_bytes!("../golden/format-2.aut");
const LOGITS_2: &str = include_str!("../golden/format-2.logits");

/// CRC-32 of forty steps' logits of `random_model(.., 1)` of three shapes.
const PINNED: [u32; 3] = [3_380_669_764, 934_792_837, 1_207_306_393];

/// One line a step: the logits of feeding 0, 1, 2, 3, 4, 0, 1, ...
fn logits(file: &[u8]) -> String {
    with_engine(file, |engine| {
        (0..engine.model().dims().vocab_size)
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
fn format_2_is_read_and_computes_the_same() {
    let model = Model::parse(FILE_2).unwrap();
    assert_eq!(*model.dims(), GOLDEN_2);
    assert_eq!((model.header().version, model.id()), (2, 0x1915_DED6));
    let tokenizer = model.tokenizer();
    let tokens = tokenizer.encode("!!! x##$").collect::<Result<Vec<_>, _>>();
    assert_eq!(tokens, Ok(vec![3, 2, 0, 8, 6, 6, 8]));
    assert_eq!(logits(FILE_2), LOGITS_2);
    with_engine(FILE_2, |engine| {
        assert_eq!(runtime::selftest::self_test(engine), Ok(16))
    });
}

#[test]
fn the_writer_still_writes_format_2() {
    assert_eq!(random_pieces_model(&GOLDEN_2, 42), FILE_2);
}

/// What was known in format 1 is written as format 2 with the same logits.
#[test]
fn a_file_of_format_1_becomes_one_of_format_2() {
    let old = Model::parse(FILE).unwrap();
    let new = with_provenance(&old, *old.provenance(), old.self_test()).unwrap();
    let parsed = Model::parse(&new).unwrap();
    assert_eq!((old.header().version, parsed.header().version), (1, 2));
    assert_eq!(parsed.tensors(), old.tensors());
    assert_eq!(new, random_model(&GOLDEN, 42));
    assert_eq!(logits(&new), LOGITS);
}

/// What the golden file is too small for: several layers, planes of trits, shifts over three tokens, one trit in the
/// cache, a head for each key.
#[test]
fn other_shapes_compute_the_same_for_ever() {
    let narrow_cache = Dims {
        kv_trits: 1,
        embedding_trits: 0,
        kv_heads: 2,
        ..ODD
    };
    let crc = |dims: &Dims| {
        with_engine(&random_model(dims, 1), |engine| {
            let mut crc = CRC.digest();
            for token in (0..dims.vocab_size).cycle().take(40) {
                for logit in engine.step(token).unwrap() {
                    crc.update(&logit.to_le_bytes());
                }
            }
            crc.finalize()
        })
    };
    assert_eq!([crc(&ODD), crc(&narrow_cache), crc(&MICROBIT)], PINNED);
}

/// Not a check: writes the golden files of a new format version, when it is asked to.
/// `AUTARKY_WRITE_GOLDEN=1 cargo test -p tests --test golden -- --ignored`
#[test]
#[ignore = "writes golden files; only for a new format version"]
fn write_golden_files() {
    if std::env::var_os("AUTARKY_WRITE_GOLDEN").is_none() {
        return;
    }
    let file = random_pieces_model(&GOLDEN_2, 42);
    std::fs::write("golden/format-2.aut", &file).unwrap();
    std::fs::write("golden/format-2.logits", logits(&file)).unwrap();
}

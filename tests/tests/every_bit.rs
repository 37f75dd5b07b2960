//! A really trained model, every bit of it flipped and every cut made: refused by its checksums; with the checksums
//! repaired, refused all the same or run without harm.

mod program;

use formats::header::HEADER_BYTES;
use formats::{Model, ParseError};
use program::Home;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tests::fuzzing::build::repair;
use tests::fuzzing::{Outcome, run};

/// As small as a model that learns something can be: all its bits are tried.
const CONFIG: &str = r#"
[vocabulary]
kind = "pieces"
size = 80

[model]
layers = 1
heads = 2
kv_heads = 1
d_model = 8
hidden = 8
context = 8
weight_trits = 1
head_trits = 1
kv_trits = 2
embedding_trits = 2
shift = [4, 0, 0]

[train]
steps = 60
batch = 4
shards = 1
warmup = 5
learning_rate = 1e-2
"#;
/// Tokens that an accepted file must run, past its context.
const TOKENS: usize = 12;

static MODEL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let home = Home::new();
    std::fs::write(home.path("tiny.toml"), CONFIG).unwrap();
    home.ok(&[
        "train",
        "--config",
        "tiny.toml",
        "--data",
        "text.txt",
        "--out",
        "run",
    ]);
    std::fs::read(home.path("run/model.aut")).unwrap()
});

#[test]
fn every_flipped_bit_is_refused() {
    let mut file = MODEL.clone();
    for at in 0..file.len() {
        for bit in 0..8 {
            file[at] ^= 1 << bit;
            let error = Model::parse(&file).expect_err("a damaged file");
            let by_checksum = matches!(
                error,
                ParseError::HeaderCrc { .. } | ParseError::PayloadCrc { .. }
            );
            assert!(by_checksum || at < 10, "bit {bit} of byte {at}: {error}");
            file[at] ^= 1 << bit;
        }
    }
    Model::parse(&file).unwrap();
    println!("{} bits flipped, all refused", 8 * file.len());
}

#[test]
fn every_truncation_is_refused() {
    let file = &*MODEL;
    for have in 0..file.len() {
        let need = if have < HEADER_BYTES {
            HEADER_BYTES
        } else {
            file.len()
        };
        let expected = if have < HEADER_BYTES {
            ParseError::TooShort { need, have }
        } else {
            ParseError::Length { need, have }
        };
        assert_eq!(Model::parse(&file[..have]).unwrap_err(), expected);
    }
    println!("{} truncations, all refused", file.len());
}

/// Repairs each of `files` and counts what becomes of them: how many ran, and how many were refused for what.
fn refused_or_run(
    what: &str,
    files: impl Iterator<Item = Vec<u8>>,
) -> (u32, BTreeMap<String, u32>) {
    let (mut tried, mut ran, mut refused) = (0, 0, BTreeMap::new());
    for mut file in files {
        repair(&mut file);
        tried += 1;
        match Model::parse(&file) {
            Ok(_) => {
                assert_eq!(run(&file, TOKENS), Outcome::Ran);
                ran += 1;
            }
            Err(error) => {
                let name = format!("{error:?}");
                let name = name.split([' ', '(']).next().unwrap_or_default().to_owned();
                *refused.entry(name).or_insert(0) += 1;
            }
        }
    }
    let all: u32 = refused.values().sum();
    println!(
        "{what} behind repaired checksums: {tried} tried, {ran} ran, {all} refused, 0 panics; {refused:?}"
    );
    assert_eq!(ran + all, tried);
    (ran, refused)
}

#[test]
fn every_flipped_bit_behind_repaired_checksums_is_refused_or_runs() {
    let file = &*MODEL;
    let flipped = (0..8 * file.len()).map(|bit| {
        let mut file = file.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        file
    });
    let (ran, refused) = refused_or_run("flipped bits", flipped);
    assert!(ran > 0);
    for check in [
        "Bias",
        "Body",
        "Dims",
        "Reserved",
        "Scale",
        "TensorSize",
        "Tokenizer",
        "Trailing",
        "Trit",
    ] {
        assert!(refused.contains_key(check), "{check} of {refused:?}");
    }
}

#[test]
fn every_truncation_behind_repaired_checksums_is_refused() {
    let cut = (0..MODEL.len()).map(|length| MODEL[..length].to_vec());
    let (ran, _) = refused_or_run("truncations", cut);
    assert_eq!(ran, 0);
}

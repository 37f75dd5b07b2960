//! The smallest and the largest, nothing and too much: every model within the limits computes what wide integers do.

use formats::dims::{MAX_CONTEXT, MAX_D_MODEL, MAX_HEADS, MAX_HIDDEN, MAX_LAYERS, MAX_VOCAB};
use formats::write::{Weights, write};
use formats::{Dims, Model, Provenance, Scale, SelfTest, Tokenizer};
use runtime::{Generate, Sampler, Sampling, TokenError};
use tests::oracle::Oracle;
use tests::{ODD, characters, random_model, random_tokens, random_weights, with_engine};

/// One of everything.
const SMALLEST: Dims = Dims {
    vocab: 1,
    d_model: 4,
    layers: 1,
    heads: 1,
    kv_heads: 1,
    hidden: 4,
    context: 1,
    weight_trits: 1,
    head_trits: 1,
    kv_trits: 1,
    shift: [0; 3],
};

/// Engine and oracle side by side over `tokens`, from an empty context.
fn compare(file: &[u8], tokens: &[u16]) {
    let mut oracle = Oracle::new(Model::parse(file).unwrap());
    with_engine(file, |engine| {
        for (i, &token) in tokens.iter().enumerate() {
            let logits: Vec<i64> = engine
                .step(token)
                .unwrap()
                .iter()
                .map(|&logit| logit.into())
                .collect();
            assert_eq!(
                logits,
                oracle.step(token),
                "token {i} of {:?}",
                engine.model().dims()
            );
        }
    });
}

/// Random weights with `change`s.
fn file(dims: &Dims, change: impl FnOnce(&mut Weights)) -> Vec<u8> {
    let mut weights = random_weights(dims, 1);
    change(&mut weights);
    let characters = characters(dims.vocab);
    let tokenizer = Tokenizer::Characters(&characters);
    write(
        dims,
        tokenizer,
        Provenance::default(),
        SelfTest::default(),
        &weights,
    )
    .unwrap()
}

#[test]
fn ordinary_models_compute_what_wide_integers_do() {
    for dims in [ODD, SMALLEST, tests::MICROBIT] {
        compare(&random_model(&dims, 1), &random_tokens(dims.vocab, 40, 2));
    }
}

//! What tests of several packages share: models that run without training, random weights of any shape.
//!
//! | module | subject |
//! |---|---|
//! | [`fuzzing`] | what fuzzers feed; model files from any bytes |
//! | [`oracle`] | the arithmetic a second time, in wide integers with every bound asserted |

pub mod fuzzing;
pub mod oracle;

/// The snippets of the README compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// So does that of docs/messages.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/messages.md")]
struct Messages;

use formats::tokenizer::Pieces;
use formats::trits::max_value;
use formats::write::{LayerWeights, Weights, write};
use formats::{Dims, Model, Provenance, Scale, SelfTest, Tokenizer};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use runtime::{Engine, HeapState};

/// A small shape with something of everything: odd sizes, shared heads, planes, shifts over three tokens.
pub const ODD: Dims = Dims {
    vocab_size: 11,
    d_model: 24,
    layers: 2,
    heads: 2,
    kv_heads: 1,
    d_ff: 36,
    context: 10,
    weight_trits: 2,
    head_trits: 3,
    kv_trits: 2,
    embedding_trits: 0,
    token_shift: [8, 4, 2],
};

/// The shape that fits a micro:bit.
pub const MICROBIT: Dims = Dims {
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

/// The shape of the preset `base`: every head has its own keys and values, of two trits.
pub const BASE: Dims = Dims {
    kv_heads: 4,
    kv_trits: 2,
    embedding_trits: 0,
    ..MICROBIT
};

/// Random weights with scales as training starts from: the residual stream stays in its usual range.
pub fn random_weights(dims: &Dims, seed: u64) -> Weights {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = move |low: i32, high: i32| {
        let span = (high - low + 1) as u64;
        low + (random.next_u64() % span) as i32
    };
    let (vocab, d, hidden) = (
        usize::from(dims.vocab_size),
        usize::from(dims.d_model),
        usize::from(dims.d_ff),
    );
    let heads = usize::from(dims.heads);
    let weight = max_value(dims.weight_trits);
    let mut numbers = |count: usize, max: i32| {
        (0..count)
            .map(|_| draw(-max, max) as i8)
            .collect::<Vec<i8>>()
    };
    let embedding = numbers(vocab * d, dims.max_embedding().min(60));
    let matrices: Vec<[Vec<i8>; 4]> = (0..dims.layers)
        .map(|_| {
            [dims.qkv_rows() * d, d * d, hidden * d, d * hidden].map(|count| numbers(count, weight))
        })
        .collect();
    let head = numbers(vocab * d, max_value(dims.head_trits));
    let mut scales = |count: usize, shift: u8| {
        let scale = |_| Scale::new(draw(4, 7) as u8, shift + draw(0, 1) as u8);
        (0..count)
            .map(scale)
            .collect::<Option<Vec<_>>>()
            .expect("shifts far below the limit")
    };
    let layers = matrices
        .into_iter()
        .map(|[qkv, output, up, down]| LayerWeights {
            qkv,
            o_proj: output,
            up_proj: up,
            down_proj: down,
            score_scales: scales(heads, 2),
            o_proj_scales: scales(d, 3),
            down_proj_scales: scales(d, 4),
            relative_bias: (0..heads * usize::from(dims.context))
                .map(|i| -((i * 37 % 200) as i16))
                .collect(),
        })
        .collect();
    Weights {
        embedding,
        layers,
        lm_head: head,
        lm_head_scales: scales(vocab, 4),
    }
}

/// The first `vocab` characters from the space on: a vocabulary.
pub fn characters(vocab: u16) -> String {
    (0..u32::from(vocab))
        .filter_map(|i| char::from_u32(0x20 + i))
        .collect()
}

/// A model file of random weights, with a self-test in it.
///
/// # Panics
/// When `dims` make no model.
pub fn random_model(dims: &Dims, seed: u64) -> Vec<u8> {
    let characters = characters(dims.vocab_size);
    random_model_of(dims, Tokenizer::Characters(&characters), seed)
}

/// As [`random_model`], of pieces: every second one repeats the character before it, and an end and an escape.
///
/// # Panics
/// When `dims` make no model, or one of fewer than 2 or more than 128 tokens.
pub fn random_pieces_model(dims: &Dims, seed: u64) -> Vec<u8> {
    let names = characters(dims.vocab_size);
    let names = names
        .chars()
        .flat_map(|c| [c.to_string(), format!("{c}{c}")]);
    let (mut ends, mut text) = (Vec::new(), String::new());
    for piece in names.take(usize::from(dims.vocab_size) - 2) {
        text += &piece;
        ends.extend((text.len() as u16).to_le_bytes());
    }
    let pieces = Pieces::new(&ends, &text, true, true);
    random_model_of(dims, Tokenizer::Pieces(pieces), seed)
}

fn random_model_of(dims: &Dims, tokenizer: Tokenizer<'_>, seed: u64) -> Vec<u8> {
    let weights = random_weights(dims, seed);
    let provenance = Provenance {
        seed,
        corpus: "none, the weights are random",
        preset: "random",
        ..Provenance::default()
    };
    let file =
        |self_test| write(dims, tokenizer, provenance, self_test, &weights).expect("a model");
    let unsigned = file(SelfTest::default());
    let logits_crc = with_engine(&unsigned, |engine| {
        runtime::selftest::logits_crc(engine, 16)
    });
    file(SelfTest {
        steps: 16,
        logits_crc,
    })
}

/// Runs `work` with an engine for a model file.
///
/// # Panics
/// When `file` is no model.
pub fn with_engine<T>(file: &[u8], work: impl FnOnce(&mut Engine<'_, '_>) -> T) -> T {
    let model = Model::parse(file).expect("a model file");
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size");
    work(&mut engine)
}

/// `count` tokens that follow no pattern.
pub fn random_tokens(vocab: u16, count: usize, seed: u64) -> Vec<u16> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|_| (random.next_u64() % u64::from(vocab)) as u16)
        .collect()
}

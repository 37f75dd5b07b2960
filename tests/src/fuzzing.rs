//! What fuzzers feed, as plain functions: each takes any bytes and panics where a promise does not hold.
//!
//! `tests/fuzz` runs them under libFuzzer, `tests/tests/fuzzing.rs` with a few thousand seeded inputs each. Those of the
//! trainer's readers are in `tests/tests/trainer_inputs`, since this library does without the trainer.

pub mod build;
pub mod mutate;
mod packet;
pub mod seeds;

use crate::oracle::Oracle;
use build::CRC;
use formats::tokenizer::Pieces;
use formats::{Model, Tokenizer};
pub use packet::packet;
use runtime::selftest::self_test;
use runtime::{Batch, Engine, HeapState, Sampler, Sampling};

/// Tokens that whatever is accepted must generate.
pub const TOKENS: usize = 200;
/// Of these, the first ones are computed a second time in wide integers, ...
const COMPARED: usize = 40;
/// ... as long as they cost no more multiplications than this; a fuzzer needs many small models, not a few large ones.
const COMPARED_PRODUCTS: u64 = 400_000;
/// Tokens at once, more than the vectors have lanes, ...
const BATCHED: usize = 50;
/// ... for models of no more parameters than this.
const BATCHED_PARAMETERS: u64 = 20_000;
/// Self-tests of more steps are left out: a file may ask for 65,535.
const MAX_SELF_TEST: u16 = 32;

/// What a file turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Refused with an error.
    Refused,
    /// Accepted, and it ran.
    Ran,
}

/// [`Model::parse`] of the bytes as they are and with their magic, version, length and checksums repaired. What it
/// accepts has every part that its dimensions announce; what it refuses says why.
pub fn parse(input: &[u8]) -> Outcome {
    let mut repaired = input.to_vec();
    build::repair(&mut repaired);
    let outcomes = [input, &repaired].map(|file| match Model::parse(file) {
        Ok(model) => {
            assert_eq!(file.len(), model.header().file_bytes());
            assert_eq!(model.layers().count(), usize::from(model.dims().layers));
            assert_eq!(model.tokenizer().check(model.dims().vocab_size), Ok(()));
            assert!(model.plan().ram() > 0);
            let tensors: usize = model.tensors().iter().map(|(_, bytes)| bytes.len()).sum();
            assert!(tensors < file.len());
            Outcome::Ran
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            Outcome::Refused
        }
    });
    outcomes[1]
}

/// A file repaired as in [`parse`] (first byte even), or built from the bytes so that its lengths fit ([`build::model`]),
/// runs [`TOKENS`] tokens when it is accepted.
pub fn generate(input: &[u8]) -> Outcome {
    let (first, rest) = input.split_first().unwrap_or((&0, &[]));
    let mut file;
    if first.is_multiple_of(2) {
        file = rest.to_vec();
        build::repair(&mut file);
    } else {
        file = build::model(rest);
    }
    run(&file, TOKENS)
}

/// Generates `tokens` tokens with a file if it is accepted: of the vocabulary, with logits that wide integers give too.
///
/// # Panics
/// When it does not.
pub fn run(file: &[u8], tokens: usize) -> Outcome {
    let Ok(model) = Model::parse(file) else {
        return Outcome::Refused;
    };
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size");
    if model.self_test().steps <= MAX_SELF_TEST {
        // Damaged weights compute something else than the file says; all that counts here is that it ends.
        let _ = self_test(&mut engine);
    }
    let compared = (COMPARED_PRODUCTS / model.dims().parameters()).min(COMPARED as u64);
    let mut oracle = (compared > 0).then(|| Oracle::new(model));
    // Any setting, within its range or not.
    let [temperature, top_k, top_p, seed] = CRC.checksum(file).to_le_bytes();
    let sampling = Sampling {
        temperature: 8 * u16::from(temperature),
        top_k: u16::from(top_k) / 8,
        top_p,
        min_p: seed / 2,
        repetition_penalty: u16::from(top_k) / 4,
        repetition_window: temperature,
    };
    let mut sampler = Sampler::new(sampling, seed.into());
    let mut token = 0;
    for i in 0..tokens {
        let logits = engine.step(token).expect("a token of the vocabulary");
        if let Some(oracle) = oracle.as_mut().filter(|_| (i as u64) < compared) {
            let logits: Vec<i64> = logits.iter().map(|&logit| logit.into()).collect();
            assert_eq!(logits, oracle.step(token), "token {i}");
        }
        token = sampler.sample(logits);
        assert!(token < model.dims().vocab_size);
        assert!(model.tokenizer().decode(token).is_some());
    }
    batched(&mut engine);
    Outcome::Ran
}

/// Many tokens at once: the logits are those of one after the other.
///
/// # Panics
/// When they are not.
fn batched(engine: &mut Engine<'_, '_>) {
    let dims = *engine.model().dims();
    if dims.parameters() > BATCHED_PARAMETERS {
        return;
    }
    let tokens: Vec<u16> = (0..dims.vocab_size)
        .cycle()
        .step_by(3)
        .take(BATCHED)
        .collect();
    engine.reset();
    let stepped: Vec<Vec<i32>> = tokens
        .iter()
        .map(|&token| {
            engine
                .step(token)
                .expect("a token of the vocabulary")
                .to_vec()
        })
        .collect();
    engine.reset();
    let mut stepped = stepped.iter();
    let each = |logits: &[i32]| assert_eq!(Some(logits), stepped.next().map(Vec::as_slice));
    engine
        .logits_of_each(&tokens, &mut Batch::new(&dims), each)
        .expect("tokens of the vocabulary");
    assert_eq!(stepped.next(), None);
}

/// Pieces of any text that end anywhere: what is a vocabulary gives any text back, but for what it escapes.
fn pieces(ends: [u8; 2], joined: &str, text: &str) {
    let [step, kind] = ends;
    let (end, escape) = (kind & 1 != 0, kind & 2 != 0);
    // Runs of one to four characters.
    let mut at = 0;
    let ends: Vec<u8> = (0u8..)
        .map_while(|i| {
            let length = usize::from(step.wrapping_mul(i) >> 3 & 3) + 1;
            let run: usize = joined[at..].chars().take(length).map(char::len_utf8).sum();
            at += run;
            (run > 0).then_some((at as u16).to_le_bytes())
        })
        .take(255)
        .flatten()
        .collect();
    let joined = &joined[..at];
    let tokenizer = Tokenizer::Pieces(Pieces::new(&ends, joined, end, escape));
    let vocab = ends.len() / 2 + usize::from(end) + usize::from(escape);
    let accepted = tokenizer.check(vocab as u16).is_ok();
    let mut tokens = tokenizer.encode(text);
    while let Some(token) = tokens.next() {
        let read = &text[..tokens.offset()];
        match token {
            Ok(token) if Some(token) == tokenizer.escape() => {}
            Ok(token) => {
                let piece = tokenizer.decode(token).expect("a token of the vocabulary");
                assert!(!accepted || read.ends_with(piece));
            }
            Err(error) => assert!(!escape && text[error.offset..].starts_with(error.character)),
        }
    }
    assert_eq!(tokens.offset(), text.len());
    assert_eq!(tokenizer.decode(u16::MAX), None);
}

/// A vocabulary and a text, both any: what is a vocabulary decodes each token that it encodes to the same character.
pub fn tokenizer(input: &[u8]) -> Outcome {
    let (&length, rest) = input.split_first_chunk().unwrap_or((&[0; 2], &[]));
    let at = usize::from(u16::from_le_bytes(length)).min(rest.len());
    let (characters, text) = rest.split_at(at);
    let (characters, text) = (
        String::from_utf8_lossy(characters),
        String::from_utf8_lossy(text),
    );
    let vocab = characters.chars().count() as u16;
    let outcome = |characters: &str| {
        let tokenizer = Tokenizer::Characters(characters);
        let accepted = tokenizer.check(vocab).is_ok();
        for (encoded, (offset, character)) in tokenizer.encode(&text).zip(text.char_indices()) {
            match encoded {
                Ok(token) => {
                    let decoded = tokenizer.decode(token).expect("a token of the vocabulary");
                    assert!(decoded.chars().eq([character]));
                }
                Err(error) => {
                    assert_eq!((error.character, error.offset), (character, offset));
                    assert!(!characters.contains(character));
                }
            }
        }
        assert_eq!(tokenizer.decode(vocab), None);
        assert_eq!(tokenizer.decode(u16::MAX), None);
        accepted
    };
    let mut sorted: Vec<char> = characters.chars().collect();
    sorted.sort_unstable();
    let sorted: String = sorted.into_iter().collect();
    pieces(length, &characters, &text);
    pieces(length, &sorted, &text);
    let ordered = outcome(&sorted);
    if outcome(&characters) || ordered {
        Outcome::Ran
    } else {
        Outcome::Refused
    }
}

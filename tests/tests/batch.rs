//! Many tokens at once give the same bits as one after the other, and leave the engine in the same state.

use formats::Dims;
use runtime::{Batch, Engine, TokenError};
use tests::{MICROBIT, ODD, random_model, random_tokens, with_engine};

/// Every head with its own keys and values, of two trits.
const BASE: Dims = Dims {
    kv_heads: 4,
    kv_trits: 2,
    ..MICROBIT
};
/// A context that no vector register divides, with a history of all reaches.
const LONG: Dims = Dims {
    context: 150,
    d_ff: 100,
    ..ODD
};

fn stepped(engine: &mut Engine<'_, '_>, tokens: &[u16]) -> Vec<Vec<i32>> {
    tokens
        .iter()
        .map(|&token| engine.step(token).unwrap().to_vec())
        .collect()
}

#[test]
fn the_logits_of_each_token_are_those_of_a_step() {
    for (dims, seed) in [(ODD, 1), (MICROBIT, 2), (BASE, 3), (LONG, 4)] {
        let file = random_model(&dims, seed);
        let mut batch = Batch::new(&dims);
        // BatchSampler that fill the ring exactly, in parts of odd lengths, and go on past its end.
        for parts in [
            &[128, 40][..],
            &[1, 31, 2, 64, 30, 70],
            &[100, 7, 100],
            &[9, 150, 300],
        ] {
            let tokens = random_tokens(dims.vocab_size, parts.iter().sum(), seed + 10);
            let expected = with_engine(&file, |engine| stepped(engine, &tokens));
            with_engine(&file, |engine| {
                let mut logits = Vec::new();
                let mut rest = &tokens[..];
                for &length in parts {
                    let (now, later) = rest.split_at(length);
                    engine
                        .logits_of_each(now, &mut batch, |of| logits.push(of.to_vec()))
                        .unwrap();
                    rest = later;
                }
                assert!(logits == expected, "{dims:?} in parts of {parts:?}");
                assert_eq!(engine.logits(), *expected.last().unwrap());
            });
        }
    }
}

#[test]
fn steps_and_batches_can_take_turns() {
    let file = random_model(&BASE, 5);
    let tokens = random_tokens(BASE.vocab_size, 400, 6);
    let expected = with_engine(&file, |engine| stepped(engine, &tokens));
    with_engine(&file, |engine| {
        let mut batch = Batch::new(&BASE);
        let mut at = 0;
        for turn in 0.. {
            let end = at + [3, 50, 8, 90][turn % 4];
            if end > tokens.len() {
                break;
            }
            assert_eq!(engine.step(tokens[at]).unwrap(), expected[at]);
            let logits = engine
                .prefill_batch(&tokens[at + 1..end], &mut batch)
                .unwrap();
            assert_eq!(logits, expected[end - 1], "up to {end}");
            at = end;
        }
    });
}

#[test]
fn a_reset_engine_and_a_used_batch_start_afresh() {
    let file = random_model(&ODD, 7);
    let tokens = random_tokens(ODD.vocab_size, 60, 8);
    let fresh = with_engine(&file, |engine| engine.prefill(&tokens).unwrap().to_vec());
    with_engine(&file, |engine| {
        let mut batch = Batch::new(&ODD);
        engine.prefill_batch(&tokens[20..], &mut batch).unwrap();
        engine.reset();
        assert_eq!(engine.prefill_batch(&tokens, &mut batch).unwrap(), fresh);
    });
}

#[test]
fn unknown_tokens_and_empty_prompts_are_refused_and_change_nothing() {
    let file = random_model(&ODD, 9);
    with_engine(&file, |engine| {
        let mut batch = Batch::new(&ODD);
        let before = engine.step(1).unwrap().to_vec();
        let mut tokens = [1; 40];
        tokens[39] = 11;
        let unknown = TokenError::Unknown {
            token: 11,
            vocab_size: 11,
        };
        assert_eq!(
            engine.prefill_batch(&tokens, &mut batch).unwrap_err(),
            unknown
        );
        let shown = engine.logits_of_each(&tokens, &mut batch, |_| panic!("shown"));
        assert_eq!(shown.unwrap_err(), unknown);
        assert_eq!(
            engine.prefill_batch(&[], &mut batch).unwrap_err(),
            TokenError::EmptyPrompt
        );
        assert_eq!(engine.logits(), before);
    });
}

#[test]
#[should_panic(expected = "other dimensions")]
fn a_batch_of_another_hidden_layer_is_refused() {
    let mut batch = Batch::new(&Dims { d_ff: 32, ..ODD });
    let tokens = random_tokens(ODD.vocab_size, 40, 1);
    with_engine(&random_model(&ODD, 1), |engine| {
        engine
            .prefill_batch(&tokens, &mut batch)
            .map(<[i32]>::to_vec)
    })
    .unwrap();
}

#[test]
fn an_engine_that_forgets_has_no_logits() {
    with_engine(&random_model(&ODD, 1), |engine| {
        assert!(engine.logits().is_empty());
        assert!(engine.step(1).unwrap().iter().any(|&logit| logit != 0));
        engine.reset();
        assert!(engine.logits().is_empty());
    });
}

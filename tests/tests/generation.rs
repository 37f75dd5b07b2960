//! What a user sees of the engine: prompts, streams, seeds, rings, stops between layers.

use formats::{Dims, MemoryPlan, Model};
use runtime::{Engine, Generate, HeapState, Sampling, State, TokenError};
use tests::{MICROBIT, ODD, random_model, random_tokens, with_engine};

#[test]
fn a_prompt_at_once_is_the_prompt_step_by_step() {
    for dims in [ODD, MICROBIT] {
        let file = random_model(&dims, 1);
        // Shorter than the context, as long, and longer.
        for length in [
            1,
            usize::from(dims.context),
            2 * usize::from(dims.context) + 3,
        ] {
            let prompt = random_tokens(dims.vocab_size, length, 2);
            let at_once = with_engine(&file, |engine| engine.prefill(&prompt).unwrap().to_vec());
            let stepwise = with_engine(&file, |engine| {
                for &token in &prompt {
                    engine.step(token).unwrap();
                }
                engine.logits().to_vec()
            });
            assert_eq!(at_once, stepwise);
        }
    }
}

#[test]
fn stopping_between_layers_changes_nothing() {
    let file = random_model(&ODD, 3);
    let tokens = random_tokens(ODD.vocab_size, 30, 4);
    let whole: Vec<Vec<i32>> = with_engine(&file, |engine| {
        tokens
            .iter()
            .map(|&t| engine.step(t).unwrap().to_vec())
            .collect()
    });
    let stopped: Vec<Vec<i32>> = with_engine(&file, |engine| {
        let mut logits = Vec::new();
        for &token in &tokens {
            let mut pass = engine.start(token).unwrap();
            let mut layers = 0;
            while pass.advance() {
                layers += 1;
            }
            assert_eq!(layers, ODD.layers);
            logits.push(pass.finish().to_vec());
        }
        logits
    });
    assert_eq!(whole, stopped);
}

#[test]
fn a_reset_forgets_everything() {
    let file = random_model(&ODD, 5);
    with_engine(&file, |engine| {
        let fresh = engine.step(3).unwrap().to_vec();
        engine
            .prefill(&random_tokens(ODD.vocab_size, 25, 6))
            .unwrap();
        assert_ne!(engine.step(3).unwrap(), fresh);
        engine.reset();
        assert_eq!(engine.step(3).unwrap(), fresh);
    });
}

#[test]
fn only_the_context_and_the_token_shift_are_remembered() {
    // One layer's attention sees `context` tokens; its inputs reach back three more, and so do the MLP's.
    let dims = Dims { layers: 1, ..ODD };
    let file = random_model(&dims, 7);
    let memory = usize::from(dims.context) + 3 + 3;
    let end = random_tokens(dims.vocab_size, memory, 8);
    let after = |start: &[u16]| {
        with_engine(&file, |engine| {
            engine.prefill(&[start, &end].concat()).unwrap().to_vec()
        })
    };
    assert_eq!(
        after(&random_tokens(dims.vocab_size, 40, 9)),
        after(&random_tokens(dims.vocab_size, 40, 10))
    );
    assert_ne!(
        after(&[]),
        with_engine(&file, |engine| engine.prefill(&end[6..]).unwrap().to_vec())
    );
}

#[test]
fn the_same_seed_gives_the_same_text_and_goes_on_past_the_context() {
    let file = random_model(&ODD, 11);
    let text = |seed| {
        with_engine(&file, |engine| {
            let sampling = Sampling {
                temperature: 500,
                top_k: 8,
                top_p: 95,
            };
            let pieces = Generate::new(engine, &[1, 2], sampling, seed)
                .unwrap()
                .pieces();
            pieces
                .take(10 * usize::from(ODD.context))
                .collect::<String>()
        })
    };
    let once = text(1);
    assert_eq!(once, text(1));
    assert_ne!(once, text(2));
    assert_eq!(once.chars().count(), 100);
    assert!(
        once.chars()
            .all(|c| tests::characters(ODD.vocab_size).contains(c))
    );
}

#[test]
fn a_state_of_exactly_the_planned_size_is_enough_and_one_less_is_an_error() {
    const PLAN: MemoryPlan = MemoryPlan::new(&ODD);
    let file = random_model(&ODD, 12);
    let model = Model::parse(&file).unwrap();
    let mut state = State::<{ PLAN.words() }, { PLAN.bytes() }, { PLAN.kv_cache }>::new();
    assert!(
        size_of_val(&state).abs_diff(PLAN.ram()) < 4,
        "the plan is the size, but for alignment"
    );
    let mut engine = Engine::new(model, state.buffers()).unwrap();
    let mut heap = HeapState::new(&PLAN);
    let mut other = Engine::new(model, heap.buffers()).unwrap();
    for token in random_tokens(ODD.vocab_size, 40, 13) {
        assert_eq!(engine.step(token).unwrap(), other.step(token).unwrap());
    }
    let mut small = State::<{ PLAN.words() }, { PLAN.bytes() }, { PLAN.kv_cache - 1 }>::new();
    let error = Engine::new(model, small.buffers()).unwrap_err();
    assert_eq!((error.need, error.have), (PLAN.kv_cache, PLAN.kv_cache - 1));
    assert!(
        error.to_string().contains(&PLAN.kv_cache.to_string()),
        "{error}"
    );
}

#[test]
fn unknown_tokens_and_empty_prompts_are_refused_and_change_nothing() {
    let file = random_model(&ODD, 14);
    with_engine(&file, |engine| {
        let before = engine.step(1).unwrap().to_vec();
        assert_eq!(
            engine.step(11).unwrap_err(),
            TokenError::Unknown {
                token: 11,
                vocab_size: 11
            }
        );
        assert_eq!(
            engine.prefill(&[1, 2, 99]).unwrap_err(),
            TokenError::Unknown {
                token: 99,
                vocab_size: 11
            }
        );
        assert_eq!(engine.prefill(&[]).unwrap_err(), TokenError::EmptyPrompt);
        assert_eq!(engine.logits(), before);
    });
}

#[test]
fn the_self_test_notices_another_arithmetic() {
    let file = random_model(&ODD, 15);
    with_engine(&file, |engine| {
        assert_eq!(runtime::selftest::self_test(engine), Ok(16))
    });
    let model = Model::parse(&file).unwrap();
    let mut wrong = model.self_test();
    wrong.logits_crc ^= 1;
    let file = formats::write::with_provenance(&model, *model.provenance(), wrong).unwrap();
    with_engine(&file, |engine| {
        let error = runtime::selftest::self_test(engine).unwrap_err();
        assert_eq!(error.computed, wrong.logits_crc ^ 1);
    });
}

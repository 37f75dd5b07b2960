//! What a user sees of the engine: prompts, streams, seeds, rings, stops between layers.

use formats::{Dims, MemoryPlan, Model};
use runtime::{Batch, Engine, Generate, HeapState, Sampler, Sampling, State, TokenError};
use tests::{MICROBIT, ODD, random_model, random_pieces_model, random_tokens, with_engine};

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
            engine.start(token).unwrap();
            let mut layers = 0;
            while engine.advance() {
                layers += 1;
            }
            assert_eq!(layers, ODD.layers);
            logits.push(engine.finish().to_vec());
        }
        logits
    });
    assert_eq!(whole, stopped);
}

#[test]
fn a_step_left_half_way_is_completed_and_shows_no_partial_logits() {
    let file = random_model(&ODD, 3);
    let tokens = random_tokens(ODD.vocab_size, 61, 4);
    let (&last, before) = tokens.split_last().unwrap();
    let whole = with_engine(&file, |engine| engine.prefill(&tokens).unwrap().to_vec());
    // Left before the first layer, between layers, and before the output head.
    for layers in 0..=ODD.layers {
        with_engine(&file, |engine| {
            for &token in before {
                engine.start(token).unwrap();
                (0..layers).for_each(|_| assert!(engine.advance()));
                assert!(engine.logits().is_empty(), "{layers} layers");
            }
            assert_eq!(engine.step(last).unwrap(), whole);
        });
        // Completed by itself, and by many tokens at once.
        with_engine(&file, |engine| {
            let mut batch = Batch::new(&ODD);
            engine.start(before[0]).unwrap();
            engine.prefill_batch(&before[1..], &mut batch).unwrap();
            engine.start(last).unwrap();
            (0..layers).for_each(|_| assert!(engine.advance()));
            assert_eq!(engine.finish(), whole);
            assert_eq!(engine.finish(), whole);
        });
    }
}

#[test]
fn a_reset_forgets_a_step_left_half_way() {
    let file = random_model(&ODD, 3);
    with_engine(&file, |engine| {
        let fresh = engine.step(3).unwrap().to_vec();
        engine.start(4).unwrap();
        engine.advance();
        engine.reset();
        assert!(!engine.advance());
        assert!(engine.logits().is_empty());
        assert_eq!(engine.step(3).unwrap(), fresh);
    });
}

/// Every setting in use.
const LIVELY: Sampling = Sampling {
    temperature: 300,
    top_k: 9,
    top_p: 95,
    min_p: 2,
    repetition_penalty: 10,
    repetition_window: 5,
};

#[test]
fn every_token_that_was_given_is_in_the_context() {
    let file = random_model(&ODD, 16);
    let prompt = [1, 2, 3];
    for count in [1, 2, 35] {
        let (answer, next) = with_engine(&file, |engine| {
            let generate = Generate::new(engine, &prompt, LIVELY, 5).unwrap();
            let answer: Vec<u16> = generate.take(count).collect();
            (answer, engine.step(4).unwrap().to_vec())
        });
        let all = [&prompt[..], &answer, &[4]].concat();
        let expected = with_engine(&file, |engine| engine.prefill(&all).unwrap().to_vec());
        assert_eq!(next, expected, "{count} tokens");
    }
}

#[test]
fn taking_n_tokens_twice_is_taking_them_at_once() {
    let file = random_model(&ODD, 16);
    for sampling in [LIVELY, Sampling::GREEDY, Sampling::DEFAULT] {
        for n in [1, 7, 40] {
            let at_once: Vec<u16> = with_engine(&file, |engine| {
                let generate = Generate::new(engine, &[1, 2], sampling, 5).unwrap();
                generate.take(2 * n).collect()
            });
            let twice = with_engine(&file, |engine| {
                let mut first = Generate::new(engine, &[1, 2], sampling, 5).unwrap();
                let mut tokens: Vec<u16> = first.by_ref().take(n).collect();
                let sampler = first.into_sampler();
                let second = Generate::resume(engine, &[], sampler).unwrap();
                tokens.extend(second.take(n));
                tokens
            });
            assert_eq!(twice, at_once, "{sampling:?}");
        }
    }
}

#[test]
fn generating_layer_by_layer_is_generating_at_once() {
    let file = random_model(&ODD, 17);
    let prompt = random_tokens(ODD.vocab_size, 15, 18);
    let tokens: Vec<u16> = with_engine(&file, |engine| {
        let generate = Generate::new(engine, &prompt, LIVELY, 6).unwrap();
        generate.take(30).collect()
    });
    with_engine(&file, |engine| {
        let mut generate = Generate::new(engine, &prompt, LIVELY, 6).unwrap();
        for (i, &expected) in tokens.iter().enumerate() {
            let mut pauses = 0;
            let token = loop {
                match generate.advance() {
                    Some(token) => break token,
                    None => pauses += 1,
                }
            };
            assert_eq!(token, expected);
            // The prompt too stops between layers: no call does more than one layer and the output head.
            let tokens = if i == 0 { prompt.len() } else { 1 };
            assert_eq!(pauses, tokens * usize::from(ODD.layers));
        }
    });
    let text: String = with_engine(&file, |engine| {
        let mut generate = Generate::new(engine, &prompt, LIVELY, 6).unwrap();
        let mut fed = 0;
        let text = (0..30)
            .map_while(|_| generate.next_piece(|| fed += 1))
            .collect();
        assert_eq!(fed, (prompt.len() + 29) * usize::from(ODD.layers));
        text
    });
    let pieces: String = with_engine(&file, |engine| {
        let generate = Generate::new(engine, &prompt, LIVELY, 6).unwrap();
        generate.pieces().take(30).collect()
    });
    assert_eq!(text, pieces);
}

#[test]
fn an_end_ends_a_text_and_an_escape_is_never_drawn() {
    let file = random_pieces_model(&ODD, 21);
    with_engine(&file, |engine| {
        let tokenizer = engine.model().tokenizer();
        let (end, escape) = (tokenizer.end().unwrap(), tokenizer.escape().unwrap());
        assert_eq!((end, escape), (ODD.vocab_size - 2, ODD.vocab_size - 1));
        let prompt = [escape];
        let (mut drawn, mut ended) = (0, 0);
        for seed in 0..200 {
            engine.reset();
            let mut all = Generate::new(engine, &prompt, LIVELY, seed).unwrap();
            let tokens: Vec<u16> = (0..30)
                .filter_map(|_| {
                    std::iter::repeat_with(|| all.advance())
                        .take(99)
                        .flatten()
                        .next()
                })
                .collect();
            assert!(!tokens.contains(&escape));
            drawn += tokens.len();
            engine.reset();
            let generate = Generate::new(engine, &prompt, LIVELY, seed).unwrap();
            let text: Vec<u16> = generate.take(30).collect();
            let expected = tokens.iter().position(|&token| token == end);
            ended += usize::from(expected.is_some());
            assert_eq!(text, tokens[..expected.unwrap_or(30)]);
        }
        assert_eq!(drawn, 200 * 30);
        assert!(ended > 10, "{ended}");
    });
}

#[test]
fn a_generator_is_refused_a_wrong_prompt_and_then_changes_nothing() {
    let file = random_model(&ODD, 19);
    with_engine(&file, |engine| {
        let before = engine.step(1).unwrap().to_vec();
        let unknown = TokenError::Unknown {
            token: 11,
            vocab_size: 11,
        };
        let error = Generate::new(engine, &[1, 11], Sampling::DEFAULT, 1).unwrap_err();
        assert_eq!(error, unknown);
        let sampler = Sampler::new(Sampling::DEFAULT, 1);
        let error = Generate::resume(engine, &[1, 11], sampler).unwrap_err();
        assert_eq!(error, unknown);
        assert_eq!(engine.logits(), before);
    });
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
                ..Sampling::DEFAULT
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

//! The smallest and the largest, nothing and too much: every model within the limits computes what wide integers do.

use formats::dims::{MAX_CONTEXT, MAX_D_FF, MAX_D_MODEL, MAX_HEADS, MAX_LAYERS, MAX_VOCAB_SIZE};
use formats::write::{LayerWeights, Weights, WriteError, write};
use formats::{Dims, DimsError, Model, ParseError, Provenance, Scale, SelfTest, Tokenizer};
use runtime::{Generate, Sampler, Sampling, TokenError};
use tests::oracle::Oracle;
use tests::{ODD, characters, random_model, random_tokens, random_weights, with_engine};

/// One of everything.
const SMALLEST: Dims = Dims {
    vocab_size: 1,
    d_model: 4,
    layers: 1,
    heads: 1,
    kv_heads: 1,
    d_ff: 4,
    context: 1,
    weight_trits: 1,
    head_trits: 1,
    kv_trits: 1,
    embedding_trits: 0,
    token_shift: [0; 3],
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
    let characters = characters(dims.vocab_size);
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
        compare(
            &random_model(&dims, 1),
            &random_tokens(dims.vocab_size, 40, 2),
        );
    }
}

#[test]
fn the_largest_dimensions_compute_what_wide_integers_do() {
    let narrow = Dims {
        d_model: 8,
        d_ff: 8,
        ..SMALLEST
    };
    let largest = [
        // The most tokens, each a character; the widest head of the most trits.
        (
            Dims {
                vocab_size: MAX_VOCAB_SIZE,
                head_trits: 5,
                ..narrow
            },
            3,
        ),
        // The widest stream and hidden layer that one another allow.
        (
            Dims {
                d_model: MAX_D_MODEL,
                d_ff: MAX_D_FF,
                vocab_size: 7,
                heads: 4,
                token_shift: [MAX_D_MODEL, 0, 0],
                ..SMALLEST
            },
            2,
        ),
        (
            Dims {
                d_ff: MAX_D_FF,
                weight_trits: 5,
                vocab_size: 7,
                ..narrow
            },
            4,
        ),
        // As many blocks and heads as there can be, each with its own keys and values, or one for all.
        (
            Dims {
                layers: MAX_LAYERS,
                vocab_size: 7,
                kv_trits: 2,
                embedding_trits: 0,
                ..narrow
            },
            8,
        ),
        (
            Dims {
                d_model: 4 * MAX_HEADS,
                heads: MAX_HEADS,
                kv_heads: MAX_HEADS,
                context: 3,
                vocab_size: 7,
                ..SMALLEST
            },
            6,
        ),
        (
            Dims {
                d_model: 4 * MAX_HEADS,
                heads: MAX_HEADS,
                kv_heads: 1,
                context: 3,
                vocab_size: 7,
                ..SMALLEST
            },
            6,
        ),
        // The longest context, filled and past its end.
        (
            Dims {
                context: MAX_CONTEXT,
                vocab_size: 7,
                kv_trits: 2,
                embedding_trits: 0,
                ..narrow
            },
            usize::from(MAX_CONTEXT) + 40,
        ),
        (
            Dims {
                d_model: 12,
                token_shift: [0, 0, 12],
                vocab_size: 7,
                context: 1,
                ..SMALLEST
            },
            9,
        ),
    ];
    for (dims, tokens) in largest {
        compare(
            &file(&dims, |_| {}),
            &random_tokens(dims.vocab_size, tokens, 3),
        );
    }
}

#[test]
fn one_more_than_the_largest_is_refused() {
    let changes: [fn(&mut Dims); 10] = [
        |d| d.vocab_size = MAX_VOCAB_SIZE + 1,
        |d| d.d_model = MAX_D_MODEL + 4,
        |d| d.layers = MAX_LAYERS + 1,
        |d| d.heads = MAX_HEADS + 1,
        |d| d.d_ff = MAX_D_FF + 4,
        |d| d.context = MAX_CONTEXT + 1,
        |d| d.weight_trits = 6,
        |d| d.head_trits = 6,
        |d| d.kv_trits = 3,
        |d| d.kv_heads = 2,
    ];
    for change in changes {
        let mut dims = SMALLEST;
        change(&mut dims);
        dims.check().unwrap_err();
    }
    let mut widest = Dims {
        d_model: MAX_D_MODEL,
        d_ff: MAX_D_FF,
        ..SMALLEST
    };
    assert_eq!(widest.check(), Ok(()));
    widest.weight_trits = 2;
    widest.check().unwrap_err();
}

fn fill_matrices(layer: &mut LayerWeights, weight: i8) {
    for matrix in [
        &mut layer.qkv,
        &mut layer.o_proj,
        &mut layer.up_proj,
        &mut layer.down_proj,
    ] {
        matrix.fill(weight);
    }
}

#[test]
fn tensors_of_zeros_and_of_extremes_compute_what_wide_integers_do() {
    let fill = |weights: &mut Weights, embedding: i8, sign: i32, scale: Scale| {
        let most = |trits: u8| (sign * formats::trits::max_value(trits)) as i8;
        weights.embedding.fill(embedding);
        weights.lm_head.fill(most(ODD.head_trits));
        weights.lm_head_scales.fill(scale);
        for layer in &mut weights.layers {
            fill_matrices(layer, most(ODD.weight_trits));
            for scales in [
                &mut layer.o_proj_scales,
                &mut layer.down_proj_scales,
                &mut layer.score_scales,
            ] {
                scales.fill(scale);
            }
        }
    };
    let scale = |mantissa, shift| Scale::new(mantissa, shift).unwrap();
    let tokens = random_tokens(ODD.vocab_size, 40, 4);
    for embedding in [0, 1, -1, i8::MAX, i8::MIN] {
        for sign in [-1, 0, 1] {
            for scale in [scale(7, 0), scale(4, 3), scale(4, Scale::MAX_SHIFT)] {
                compare(
                    &file(&ODD, |weights| fill(weights, embedding, sign, scale)),
                    &tokens,
                );
            }
        }
    }
    let silent = file(&ODD, |weights| fill(weights, 0, 0, scale(7, 0)));
    with_engine(&silent, |engine| {
        assert!(engine.step(3).unwrap().iter().all(|&logit| logit == 0))
    });
}

/// Sums of all layers fit 32 bits as long as the residual stream stays below a bound: one more row of inputs is one too
/// many.
#[test]
fn the_loudest_model_computes_and_a_louder_one_is_refused() {
    let loud = |hidden| {
        let dims = Dims {
            d_model: 64,
            heads: 1,
            d_ff: hidden,
            vocab_size: 7,
            weight_trits: 5,
            ..SMALLEST
        };
        let mut weights = random_weights(&dims, 1);
        let most = formats::trits::max_value(5) as i8;
        weights.embedding.fill(i8::MAX);
        for layer in &mut weights.layers {
            fill_matrices(layer, most);
            layer.o_proj_scales.fill(Scale::new(7, 0).unwrap());
            layer.down_proj_scales.fill(Scale::new(7, 0).unwrap());
        }
        let characters = characters(dims.vocab_size);
        let tokenizer = Tokenizer::Characters(&characters);
        let provenance = Provenance::default();
        write(&dims, tokenizer, provenance, SelfTest::default(), &weights)
    };
    let louder = (4..=MAX_D_FF)
        .step_by(4)
        .find(|&hidden| loud(hidden).is_err());
    let louder = louder.expect("a hidden layer that is too loud");
    let error = loud(louder).unwrap_err();
    assert!(
        matches!(error, WriteError::Refused(ParseError::Overflow { .. })),
        "{error}"
    );
    assert!(error.to_string().contains("64"), "{error}");
    compare(&loud(louder - 4).unwrap(), &random_tokens(7, 30, 1));
}

#[test]
fn sums_that_cannot_be_scaled_are_refused_by_name() {
    let wide = Dims {
        d_model: MAX_D_MODEL,
        heads: 1,
        ..SMALLEST
    };
    for (what, dims) in [
        (
            "the hidden layer",
            Dims {
                d_ff: MAX_D_FF,
                weight_trits: 5,
                ..wide
            },
        ),
        (
            "a query head",
            Dims {
                weight_trits: 5,
                ..wide
            },
        ),
        (
            "an attention head",
            Dims {
                context: MAX_CONTEXT,
                kv_trits: 2,
                embedding_trits: 0,
                ..wide
            },
        ),
    ] {
        let error = dims.check().unwrap_err();
        assert!(
            matches!(error, DimsError::SumTooLarge { what: found, .. } if found == what),
            "{what}: {error}"
        );
    }
}

/// Biases at their limits, and weights that drive every activation to its clamp.
#[test]
fn saturated_activations_compute_what_wide_integers_do() {
    let limit = formats::model::MAX_RELATIVE_BIAS;
    for bias in [limit, -limit, 0] {
        let file = file(&ODD, |weights| {
            for layer in &mut weights.layers {
                layer
                    .relative_bias
                    .iter_mut()
                    .enumerate()
                    .for_each(|(i, b)| *b = if i % 2 == 0 { bias } else { -bias });
                // One loud channel among silent ones is clamped.
                layer
                    .o_proj
                    .chunks_mut(ODD.d_model.into())
                    .skip(1)
                    .for_each(|row| row.fill(0));
                layer
                    .down_proj
                    .chunks_mut(ODD.d_ff.into())
                    .skip(1)
                    .for_each(|row| row.fill(0));
                layer.o_proj_scales.fill(Scale::new(7, 0).unwrap());
                layer.down_proj_scales.fill(Scale::new(7, 0).unwrap());
            }
            weights
                .embedding
                .chunks_mut(ODD.d_model.into())
                .for_each(|row| {
                    row.fill(0);
                    row[0] = i8::MIN;
                });
        });
        compare(&file, &random_tokens(ODD.vocab_size, 60, 5));
    }
}

#[test]
fn prompts_of_nothing_and_of_more_than_the_context() {
    for dims in [SMALLEST, ODD] {
        let file = random_model(&dims, 6);
        let long = random_tokens(dims.vocab_size, 3 * usize::from(dims.context) + 2, 7);
        compare(&file, &long);
        with_engine(&file, |engine| {
            assert_eq!(engine.prefill(&[]), Err(TokenError::EmptyPrompt));
            // An empty prompt begins behind token 0.
            let mut begun = Generate::new(engine, &[], Sampling::GREEDY, 1).unwrap();
            let first = begun.next();
            engine.reset();
            let mut behind = Generate::new(engine, &[0], Sampling::GREEDY, 1).unwrap();
            assert_eq!(behind.next(), first);
            engine.reset();
            let tokens = Generate::new(engine, &long, Sampling::default(), 1)
                .unwrap()
                .take(200);
            assert!(tokens.into_iter().all(|token| token < dims.vocab_size));
        });
    }
}

/// Generates `count` tokens, each step a second time in wide integers: what drifted or wrapped would differ.
fn generate_compared(dims: &Dims, count: usize) {
    let file = random_model(dims, 8);
    let mut oracle = Oracle::new(Model::parse(&file).unwrap());
    let mut sampler = Sampler::new(Sampling::default(), 9);
    let mut seen = vec![0u64; dims.vocab_size.into()];
    with_engine(&file, |engine| {
        let mut token = 0;
        for i in 0..count {
            let logits = engine.step(token).unwrap();
            let wide: Vec<i64> = logits.iter().map(|&logit| logit.into()).collect();
            assert_eq!(wide, oracle.step(token), "token {i}");
            token = sampler.sample(logits);
            seen[usize::from(token)] += 1;
        }
    });
    let used = seen.iter().filter(|&&count| count > 0).count();
    println!(
        "{count} tokens, {used} of {} different ones, every logit as in wide integers",
        dims.vocab_size
    );
    assert!(used > 1, "it says one thing only");
}

#[test]
fn twenty_thousand_tokens_without_a_drift() {
    generate_compared(&ODD, 20_000);
}

/// `cargo test -p tests --test limits -- --ignored --nocapture`
#[test]
#[ignore = "a minute; the one above is the same, shorter"]
fn a_million_tokens_without_a_drift() {
    generate_compared(&ODD, 1_000_000);
}

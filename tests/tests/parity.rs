//! Trainer and runtime compute the same logits, to the last bit.

use formats::Dims;
use runtime::{Engine, HeapState};
use std::sync::atomic::AtomicBool;
use tests::random_tokens;
use trainer::config::Config;
use trainer::config::backend::Backend;
use trainer::config::backend::Compute;
use trainer::data::windows::Windows;
use trainer::export::build::{Origin, export};
use trainer::export::measure::{cross_entropy, loss};
use trainer::export::model_file::ModelFile;
use trainer::train::trainer::Trainer;

/// The loss of a file over all of `tokens`.
fn runtime_loss(file: &ModelFile, tokens: &[u16]) -> f64 {
    let model = file.model();
    let tokens = tokens.to_vec().into();
    let windows = Windows::all(&tokens, model.dims().context.into());
    let stop = AtomicBool::new(false);
    loss(&model, &windows, &|_| {}, &stop).expect("nobody stops it")
}

/// Fresh, random weights of some shape, after `steps` steps on random text, and their model file.
fn trained(config: Config, vocab: u16, steps: u64, compute: Compute) -> (Trainer, ModelFile) {
    let dims = config.dims(vocab).unwrap();
    let origin = Origin {
        corpus: "random tokens".into(),
        corpus_sha256: [0; 32],
        preset: "test".into(),
        seed: config.train.seed,
        trainer: String::new(),
        ..Origin::default()
    };
    let tokens = random_tokens(vocab, 2000, 5);
    let mut trainer = Trainer::new(config, dims, tokens, compute).unwrap();
    for _ in 0..steps {
        trainer.step().unwrap();
    }
    let file = export(
        &trainer.weights(),
        &dims,
        formats::Tokenizer::Characters(&tests::characters(vocab)),
        &origin,
        steps,
    )
    .unwrap();
    (trainer, file)
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::preset("quick").unwrap();
    let model = &mut config.model;
    (model.layers, model.heads, model.kv_heads) = (2, 4, 1);
    (model.d_model, model.d_ff, model.context) = (32, 44, 16);
    model.token_shift = [16, 0, 0];
    // Far too fast: weights, scales and biases move away from where they start.
    config.train.learning_rate = 3e-2;
    (config.train.warmup, config.train.batch, config.train.shards) = (1, 2, 1);
    change(&mut config);
    config.check().unwrap();
    config
}

/// Every logit of `tokens` from both sides.
fn assert_equal(trainer: &Trainer, file: &ModelFile, tokens: &[u16]) {
    let model = file.model();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).unwrap();
    for (position, (&token, expected)) in tokens
        .iter()
        .zip(trainer.reference_logits(tokens))
        .enumerate()
    {
        let logits = engine.step(token).unwrap();
        assert_eq!(
            logits,
            expected,
            "at position {position} of {:?}",
            model.dims()
        );
    }
}

fn parity_on(compute: &Compute, config: Config, vocab: u16) {
    for steps in [0, 8] {
        let (trainer, file) = trained(config.clone(), vocab, steps, compute.clone());
        // Three times the context: the ring of the cache turns.
        let tokens = random_tokens(vocab, 3 * usize::from(config.model.context) + 5, 9);
        assert_equal(&trainer, &file, &tokens);
    }
}

/// Everything that computes gradients here.
fn computes() -> Vec<Compute> {
    vec![
        Compute::Backprop,
        Compute::Tensors(Backend::Flex.device().unwrap()),
        Backend::Ndarray.compute().unwrap(),
    ]
}

fn parity(vocab: u16, change: impl Fn(&mut Config)) {
    for compute in computes() {
        parity_on(&compute, config(&change), vocab);
    }
}

#[test]
fn one_kv_head_of_one_trit() {
    parity(65, |_| {});
}

#[test]
fn two_kv_heads_of_two_trits() {
    parity(65, |config| {
        (config.model.kv_heads, config.model.kv_trits) = (2, 2)
    });
}

#[test]
fn four_kv_heads_of_two_trits_and_a_context_that_fills_no_tile() {
    parity(7, |config| {
        (
            config.model.kv_heads,
            config.model.kv_trits,
            config.model.context,
        ) = (4, 2, 13)
    });
}

#[test]
fn weights_of_two_trits_and_a_head_of_three() {
    parity(33, |config| {
        (config.model.weight_trits, config.model.head_trits) = (2, 3)
    });
}

#[test]
fn weights_of_five_trits() {
    parity(20, |config| {
        (config.model.weight_trits, config.model.head_trits) = (5, 5)
    });
}

#[test]
fn a_token_shift_over_one_two_and_three_tokens() {
    parity(65, |config| config.model.token_shift = [12, 6, 3]);
    parity(65, |config| config.model.token_shift = [0, 0, 32]);
}

#[test]
fn no_token_shift_and_a_single_layer_and_head() {
    parity(2, |config| {
        (
            config.model.layers,
            config.model.heads,
            config.model.token_shift,
        ) = (1, 1, [0; 3]);
        config.model.context = 1;
    });
}

#[test]
fn the_shape_of_the_micro_bit() {
    let mut microbit = Config::preset("microbit").unwrap();
    (microbit.train.batch, microbit.train.shards) = (2, 1);
    // Only one of the computations has it.
    microbit.train.dropout = 0.0;
    let dims = microbit.dims(65).unwrap();
    assert_eq!(
        dims,
        Dims {
            vocab_size: 65,
            ..tests::MICROBIT
        }
    );
    for compute in computes() {
        let (trainer, file) = trained(microbit.clone(), 65, 2, compute);
        assert_equal(&trainer, &file, &random_tokens(65, 150, 3));
    }
}

#[test]
fn the_loss_is_that_of_the_trainers_logits() {
    let (trainer, file) = trained(config(|_| {}), 65, 8, Compute::Backprop);
    let tokens = random_tokens(65, 16 * 6 + 3, 4);
    let mut sum = 0.0;
    for start in (0..tokens.len() - 1).step_by(16) {
        let window = &tokens[start..tokens.len().min(start + 17)];
        let logits = trainer.logits(&window[..window.len() - 1]);
        sum += logits
            .iter()
            .zip(&window[1..])
            .map(|(logits, &next)| cross_entropy(logits, next))
            .sum::<f64>();
    }
    let expected = sum / (tokens.len() - 1) as f64;
    assert_eq!(runtime_loss(&file, &tokens).to_bits(), expected.to_bits());
}

#[test]
fn a_really_trained_model() {
    // Text with structure, so that the weights become what training makes of them.
    let text: Vec<u16> = (0..4000u32).map(|i| (i * i / 7 % 13) as u16).collect();
    let config = config(|config| (config.train.learning_rate, config.train.batch) = (1e-2, 8));
    let dims = config.dims(13).unwrap();
    let mut trainer = Trainer::new(config, dims, text.clone(), Compute::Backprop).unwrap();
    let first = trainer.step().unwrap().loss;
    let last = (0..150)
        .map(|_| trainer.step().unwrap().loss)
        .last()
        .unwrap();
    assert!(last < 0.6 * first, "it learns: {first} to {last}");
    let origin = Origin {
        corpus: "squares".into(),
        corpus_sha256: [0; 32],
        preset: "test".into(),
        seed: 1,
        trainer: String::new(),
        ..Origin::default()
    };
    let file = export(
        &trainer.weights(),
        &dims,
        formats::Tokenizer::Characters(&tests::characters(13)),
        &origin,
        trainer.steps(),
    )
    .unwrap();
    assert_equal(&trainer, &file, &text[..200]);
    // What training reports is what the runtime measures.
    assert!(runtime_loss(&file, &text) < 0.7 * first);
}

//! What a trainer must do.

use super::*;
use crate::data::vocabulary::{PieceList, Vocabulary};
use crate::export::build::{Origin, export};
use crate::export::measure;
use crate::train::network;
use rayon::ThreadPoolBuilder;

fn config() -> Config {
    let mut config = Config::preset("quick").unwrap();
    config.preset = None;
    let model = &mut config.model;
    (model.layers, model.heads, model.kv_heads) = (2, 2, 1);
    (model.d_model, model.d_ff, model.context) = (16, 32, 12);
    (model.token_shift, model.kv_trits) = ([8, 2, 2], 2);
    let train = &mut config.train;
    (train.steps, train.warmup, train.batch, train.shards) = (30, 5, 4, 2);
    train.learning_rate = 1e-2;
    config
}

/// A text that can be predicted: it counts.
fn trainer(config: Config) -> Trainer {
    let dims = config.dims(7).unwrap();
    let tokens: Vec<u16> = (0..500).map(|i| i % 7).collect();
    Trainer::new(config, dims, tokens, Compute::Backprop).unwrap()
}

#[test]
fn steps_lower_the_loss() {
    let mut trainer = trainer(config());
    let first = trainer.step().unwrap();
    assert_eq!(first.step, 1);
    assert!((1.0..4.0).contains(&first.loss), "{first:?}");
    let last = (1..30).map(|_| trainer.step().unwrap()).last().unwrap();
    assert!(last.loss < 0.7 * first.loss, "{first:?} {last:?}");
    let text: Vec<u16> = (0..61).map(|i| i % 7).collect();
    assert!(loss(&trainer, &text) < 0.7 * first.loss);
}

#[test]
fn a_loaded_session_continues_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let mut trainer = trainer(config());
    for _ in 0..3 {
        trainer.step().unwrap();
    }
    trainer.save(&path, None, None).unwrap();
    let expected: Vec<StepReport> = (0..3).map(|_| trainer.step().unwrap()).collect();

    let mut resumed = self::trainer(config());
    resumed.load(&path).unwrap();
    assert_eq!(resumed.steps(), 3);
    let got: Vec<StepReport> = (0..3).map(|_| resumed.step().unwrap()).collect();
    assert_eq!(got, expected);
    assert_eq!(resumed.optimizer, trainer.optimizer);
    assert_eq!(resumed.weights(), trainer.weights());
}

#[test]
fn a_float_twin_learns_resumes_and_is_refused_by_tensors() {
    let mut config = config();
    config.model.arithmetic = Arithmetic::Float;
    config.train.dropout = 0.05;
    let mut trainer = trainer(config.clone());
    let first = trainer.step().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    trainer.save(&path, None, None).unwrap();
    let last = (1..30).map(|_| trainer.step().unwrap()).last().unwrap();
    assert!(last.loss < 0.7 * first.loss, "{first:?} {last:?}");
    let mut resumed = self::trainer(config.clone());
    resumed.load(&path).unwrap();
    assert_eq!((1..30).map(|_| resumed.step().unwrap()).last(), Some(last));
    // An integer run is another one.
    let error = self::trainer(self::config()).load(&path).unwrap_err();
    assert!(error.to_string().contains("float"), "{error}");

    config.train.dropout = 0.0;
    let (dims, tokens) = (config.dims(7).unwrap(), vec![1; 50]);
    let compute = Compute::Tensors(Device::flex().autodiff());
    let error = Trainer::new(config, dims, tokens, compute).unwrap_err();
    assert!(error.to_string().contains("backend flex"), "{error}");
}

#[test]
fn integers_go_on_from_floats() {
    let mut floats = config();
    floats.model.arithmetic = Arithmetic::Float;
    let mut teacher = trainer(floats);
    for _ in 0..20 {
        teacher.step().unwrap();
    }
    let text: Vec<u16> = (0..61).map(|i| i % 7).collect();
    let mut trainer = trainer(config());
    let fresh = loss(&trainer, &text);
    let model = network::transformer(&teacher.dims, &Device::flex(), teacher.optimizer.latents());
    trainer.start_from(&model, Arithmetic::Float);
    // Rounding costs something, but what was learned stays.
    let begun = loss(&trainer, &text);
    let taught = loss(&teacher, &text);
    assert!(begun < 0.5 * (fresh + taught), "{fresh} {taught} {begun}");
    // The products keep their size; without that the loss is another.
    trainer.start_from(&model, Arithmetic::Integer);
    assert_ne!(loss(&trainer, &text), begun);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let run = |threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let mut trainer = trainer(config());
            let last = (0..3).map(|_| trainer.step().unwrap()).last();
            assert!(last.is_some());
            trainer.optimizer
        })
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn the_forward_pass_that_trains_has_the_logits_of_tensors_which_go_on_past_the_context() {
    let trainer = trainer(config());
    let tokens: Vec<u16> = (0..40).map(|i| i * i % 7).collect();
    let logits = trainer.reference_logits(&tokens);
    assert_eq!(logits.len(), 40);
    assert!(logits.iter().all(|logits| logits.len() == 7));
    assert_eq!(trainer.logits(&tokens[..5]), logits[..5]);
    let context = usize::from(trainer.dims().context);
    assert_eq!(trainer.logits(&tokens[..context]), logits[..context]);
    assert!(trainer.logits(&[]).is_empty());
}

#[test]
fn what_cannot_start_says_why() {
    let dims = config().dims(7).unwrap();
    let error = |tokens| Trainer::new(config(), dims, tokens, Compute::Backprop).unwrap_err();
    assert!(matches!(error(vec![1; 12]), TrainerError::Text(_)));
    let token = error(vec![7; 50]);
    assert!(matches!(token, TrainerError::Token { token: 7, vocab: 7 }));
}

#[test]
fn a_diverged_step_is_an_error_that_changes_nothing() {
    let mut trainer = trainer(config());
    trainer.optimizer.slots_mut()[0].latent.values[0] = f32::NAN;
    trainer.refresh();
    let before = trainer.step;
    let error = trainer.step().unwrap_err();
    assert!(
        matches!(error, TrainerError::Diverged { step: 1, .. }),
        "{error}"
    );
    assert_eq!(trainer.step, before);
}

#[test]
fn a_number_that_overflows_in_a_step_ends_the_run_before_it_is_saved() {
    let mut config = config();
    (config.train.learning_rate, config.train.embedding_lr_mult) = (1e9, 1e9);
    config.train.scale_lr_mult = 1e9;
    (config.train.warmup, config.train.muon_lr_mult) = (0, 1e9);
    config.train.weight_decay = 1e9;
    config.check().unwrap();
    let mut trainer = trainer(config);
    let error = (0..30).find_map(|_| trainer.step().err()).unwrap();
    assert!(matches!(error, TrainerError::Diverged { .. }), "{error}");
    assert!(error.to_string().contains("(it is 1000000000)"), "{error}");
}

/// The loss over a whole text.
fn loss(trainer: &Trainer, tokens: &[u16]) -> f64 {
    let tokens = tokens.to_vec().into();
    let windows = Windows::all(&tokens, trainer.dims().context.into());
    trainer
        .loss(&windows, &AtomicBool::new(false))
        .expect("nobody stops it")
}

#[test]
fn scales_that_want_to_grow_stay_within_what_a_file_holds() {
    let mut config = config();
    (config.model.d_model, config.model.d_ff) = (256, 1024);
    (config.model.weight_trits, config.model.context) = (3, 4);
    config.model.token_shift = [0; 3];
    config.train.shards = 1;
    config.check().unwrap();
    let mut trainer = trainer(config);
    for slot in trainer.optimizer.slots_mut() {
        if slot.latent.kind == Kind::Scale {
            let values = slot.latent.values.iter_mut().enumerate();
            values.for_each(|(i, log2)| *log2 = if i % 2 == 0 { 100.0 } else { -100.0 });
        }
    }
    trainer.refresh();
    let write = |trainer: &Trainer| {
        let origin = Origin {
            corpus: String::new(),
            corpus_sha256: [0; 32],
            preset: String::new(),
            seed: 1,
            trainer: String::new(),
            ..Origin::default()
        };
        export(
            &trainer.weights(),
            &trainer.dims,
            formats::Tokenizer::Characters("abcdefg"),
            &origin,
            1,
        )
    };
    let error = write(&trainer).unwrap_err().to_string();
    assert!(error.contains("residual stream"), "{error}");
    trainer.step().unwrap();
    write(&trainer).unwrap();
    let scales = trainer
        .optimizer
        .latents()
        .filter(|l| l.kind == Kind::Scale);
    // What is out of range would have a gradient, and no effect.
    assert!(
        scales
            .flat_map(|l| &l.values)
            .all(|log2| (-14.0..2.81).contains(log2))
    );
}

/// Documents of a few tokens, shorter and longer than the context, and the vocabulary that has an end for them.
fn documents() -> (Tokens, Vocabulary) {
    let pieces = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
    let vocabulary = Vocabulary::Pieces(PieceList::new(pieces, true, true));
    let texts: Vec<String> = (0..40)
        .map(|i| {
            "abcde"
                .chars()
                .cycle()
                .skip(i)
                .take(1 + i * i % 17)
                .collect()
        })
        .collect();
    let texts = texts.iter().map(String::as_str);
    (
        Tokens::encode_documents(texts, &vocabulary).unwrap(),
        vocabulary,
    )
}

#[test]
fn a_document_is_learned_and_measured_from_an_empty_context() {
    learns_documents(Compute::Backprop);
}

#[test]
fn tensors_learn_documents_from_an_empty_context() {
    learns_documents(Compute::Tensors(Device::flex()));
}

fn learns_documents(compute: Compute) {
    let (tokens, vocabulary) = documents();
    let end = tokens.document_start().unwrap();
    let config = config();
    let dims = config.dims(7).unwrap();
    let mut trainer = Trainer::new(config, dims, tokens.clone(), compute).unwrap();
    for _ in 0..10 {
        trainer.step().unwrap();
    }
    // Behind the end of a document the logits are those of a model that has read nothing else.
    let window = [0, 3, 1, end, 2, 4, 4, end, 1];
    let logits = trainer.logits(&window);
    assert_eq!(logits, trainer.reference_logits(&window));
    assert_eq!(logits[3..7], trainer.logits(&window[3..7]));
    assert_eq!(logits[7..], trainer.logits(&window[7..]));
    assert_ne!(logits[1..3], trainer.logits(&window[1..3]));

    // Training and the device measure the same where no document is longer than the context.
    let origin = Origin::default();
    let file = export(
        &trainer.weights(),
        &dims,
        vocabulary.tokenizer(),
        &origin,
        1,
    )
    .unwrap();
    let (windows, stop) = (
        Windows::all(&tokens, dims.context.into()),
        AtomicBool::new(false),
    );
    let trained = trainer.loss(&windows, &stop).unwrap();
    let measured = measure::loss(&file.model(), &windows, &|_| (), &stop).unwrap();
    assert!((trained - measured).abs() < 1e-6, "{trained} {measured}");
}

#[test]
fn a_text_can_run_through_its_documents() {
    let (tokens, _) = documents();
    let end = tokens.document_start().unwrap();
    let mut config = config();
    config.train.across_documents = true;
    let dims = config.dims(7).unwrap();
    let trainer = Trainer::new(config, dims, tokens, Compute::Backprop).unwrap();
    let window = [0, 3, 1, end, 2, 4];
    let logits = trainer.logits(&window);
    assert_ne!(logits[3..], trainer.logits(&window[3..]));
    assert_eq!(logits, trainer.reference_logits(&window));
}

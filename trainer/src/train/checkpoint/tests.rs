//! What a checkpoint must keep, and what must be refused.

use super::*;
use crate::config::backend::Compute;
use crate::export::build::{Origin, export};
use crate::model::latent::{Kind, Latent};
use crate::train::trainer::Trainer;
use runtime::selftest::logits_crc;
use runtime::{Engine, HeapState};
use std::fs;

fn optimizer(value: f32) -> AdamW {
    let mut optimizer = AdamW::new(vec![Latent {
        name: "lm_head".to_owned(),
        kind: Kind::Matrix,
        cols: 3,
        values: vec![value, -0.0, f32::MIN_POSITIVE],
    }]);
    optimizer.slots_mut()[0].first = vec![1.0, 2.0, value];
    optimizer
}

fn config() -> (Config, Dims) {
    let config = Config::preset("quick").unwrap();
    let dims = config.dims(65).unwrap();
    (config, dims)
}

fn write(
    path: &Path,
    previous: Option<&Path>,
    config: &Config,
    step: u64,
    value: f32,
) -> Result<(), CheckpointError> {
    let state = State {
        config,
        dims: &config.dims(65).unwrap(),
        step,
        val_loss: Some(1.5),
        optimizer: &optimizer(value),
    };
    save(path, previous, &state)
}

#[test]
fn the_one_before_is_kept_and_a_failure_leaves_both() {
    let folder = tempfile::tempdir().unwrap();
    let [path, previous] = ["last", "previous"].map(|name| folder.path().join(name));
    let (config, _) = config();
    let step = |path: &Path| read_header(path).unwrap().step;
    write(&path, Some(&previous), &config, 1, 1.0).unwrap();
    assert!(!previous.exists());
    write(&path, Some(&previous), &config, 2, 1.0).unwrap();
    write(&path, Some(&previous), &config, 3, 1.0).unwrap();
    assert_eq!((step(&path), step(&previous)), (3, 2));
    let nowhere = folder.path().join("gone").join("previous");
    // Its folder is not there, as if it had just been unmounted.
    write(&nowhere, Some(&path), &config, 4, 1.0).unwrap_err();
    assert_eq!((step(&path), step(&previous)), (3, 2));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn everything_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (mut config, dims) = config();
    write(&path, None, &config, 1, 1.0).unwrap();
    write(&path, None, &config, 42, 0.1).unwrap();
    assert_eq!(read_header(&path).unwrap().step, 42);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // A run may be made longer.
    config.train.steps += 1000;
    let mut loaded = optimizer(0.0);
    assert_eq!(load(&path, &config, &dims, &mut loaded).unwrap(), 42);
    assert_eq!(loaded, optimizer(0.1));
}

#[test]
fn what_is_no_number_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (config, dims) = config();
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        write(&path, None, &config, 1, value).unwrap();
        let error = load(&path, &config, &dims, &mut optimizer(0.0)).unwrap_err();
        assert!(matches!(error, CheckpointError::Damaged { .. }), "{error}");
    }
}

#[test]
fn a_header_without_its_numbers_makes_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (config, dims) = config();
    write(&path, None, &config, 1, 1.0).unwrap();
    let error = transformer(&path, &config, &dims).unwrap_err().to_string();
    assert!(error.contains("it has 3 parameters"), "{error}");
}

#[test]
fn another_run_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (config, dims) = config();
    write(&path, None, &config, 1, 1.0).unwrap();
    let mut other = config.clone();
    other.train.learning_rate = 1e-3;
    let error = load(&path, &other, &dims, &mut optimizer(0.0)).unwrap_err();
    assert!(
        error.to_string().contains("train.learning_rate is 0.003"),
        "{error}"
    );
    let error = load(&path, &config, &dims, &mut AdamW::new(vec![])).unwrap_err();
    assert!(matches!(error, CheckpointError::Mismatch { .. }), "{error}");
}

#[test]
fn every_cut_and_every_flip_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (config, dims) = config();
    write(&path, None, &config, 1, 1.0).unwrap();
    let whole = fs::read(&path).unwrap();
    for cut in (0..whole.len()).step_by(7) {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = load(&path, &config, &dims, &mut optimizer(0.0)).unwrap_err();
        assert!(matches!(error, CheckpointError::Damaged { .. }), "{error}");
    }
    for at in (0..whole.len()).step_by(13) {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        fs::write(&path, &bytes).unwrap();
        assert!(read_header(&path).is_err());
    }
    let missing = read_header(&folder.path().join("none")).unwrap_err();
    assert!(matches!(missing, CheckpointError::File(_)), "{missing}");
}

/// Written by version 0.1, with the names and settings of then, and the model file of that run.
#[test]
fn a_checkpoint_of_an_earlier_version_is_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    fs::write(&path, include_bytes!("version-0.1.bin")).unwrap();
    let header = read_header(&path).unwrap();
    let dims = header.config.dims(header.vocab_size).unwrap();
    let (_, model, _) = transformer(&path, &header.config, &dims).unwrap();
    let expected = formats::Model::parse(include_bytes!("version-0.1.aut")).unwrap();
    let origin = Origin {
        corpus: String::new(),
        corpus_sha256: [0; 32],
        preset: String::new(),
        seed: 1,
        trainer: String::new(),
        ..Origin::default()
    };
    let file = export(
        &model.weights(),
        &dims,
        formats::Tokenizer::Characters("abcde"),
        &origin,
        header.step,
    )
    .unwrap();
    let model = file.model();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).unwrap();
    let self_test = expected.self_test();
    assert!(self_test.steps > 0);
    let crc = logits_crc(&mut engine, self_test.steps);
    assert_eq!(crc, self_test.logits_crc);

    // Its run goes on, and its checkpoints have the names of today.
    let tokens: Vec<u16> = (0..100).map(|i| i % 5).collect();
    let (config, compute) = (header.config.clone(), Compute::Backprop);
    let mut trainer = Trainer::new(config, dims, tokens, compute).unwrap();
    trainer.load(&path).unwrap();
    trainer.step().unwrap();
    trainer.save(&path, None, None).unwrap();
    let bytes = fs::read(&path).unwrap();
    let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    assert!(has(b"\"lm_head\"") && has(b"\"blocks.0.o_proj_scales\""));
    assert!(!has(b"\"head\"") && !has(b"float_steps"));
}

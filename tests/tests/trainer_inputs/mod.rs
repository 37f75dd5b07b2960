//! What fuzzers feed the trainer's readers, as plain functions: each takes any bytes and panics where a promise does not
//! hold. Also used by `tests/fuzz`.
#![allow(dead_code, reason = "a target of tests/fuzz needs one of them")]
#![allow(unreachable_pub, reason = "a module of several programs")]
#![allow(missing_docs)]

use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tests::fuzzing::Outcome;
use tests::fuzzing::seeds::PRESETS;
use trainer::config::Config;
use trainer::model::latent::{Kind, Latent};
use trainer::optim::adamw::AdamW;
use trainer::train::checkpoint::{self, CheckpointError};

/// What is accepted can be written and read again, and its numbers can be used.
pub fn config(input: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(input);
    let config = match Config::from_toml(&text) {
        Ok(config) => config,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Outcome::Refused;
        }
    };
    let written = toml::to_string(&config).expect("a configuration can be written");
    assert_eq!(Config::from_toml(&written).expect("and read again"), config);
    config.dims(1).expect("the dimensions were checked");
    let _ = Duration::from_secs_f64(config.train.checkpoint_seconds);
    let tokens = config.train.batch.checked_mul(config.model.context.into());
    assert!(
        tokens.is_some_and(|tokens| tokens <= isize::MAX as usize / 4),
        "a batch that no memory holds"
    );
    Outcome::Ran
}

/// The presets with every key written out, which they leave to its default.
pub fn config_seeds() -> Vec<Vec<u8>> {
    let full = |text: &str| {
        let config = Config::from_toml(text).expect("a preset");
        toml::to_string(&config).expect("can be written")
    };
    let texts = PRESETS
        .iter()
        .flat_map(|text| [(*text).to_owned(), full(text)]);
    texts.map(String::into_bytes).collect()
}

/// The one parameter of the checkpoints here.
pub fn optimizer() -> AdamW {
    AdamW::new(vec![Latent {
        name: "lm_head".to_owned(),
        kind: Kind::Matrix,
        cols: 3,
        values: vec![0.5, -0.0, f32::MIN_POSITIVE],
    }])
}

/// The bytes of a checkpoint of [`optimizer`].
pub fn checkpoint_seed() -> Vec<u8> {
    let config = Config::preset("quick").unwrap();
    let state = checkpoint::State {
        config: &config,
        dims: &config.dims(65).unwrap(),
        step: 42,
        val_loss: Some(1.5),
        optimizer: &optimizer(),
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.bin");
    checkpoint::save(&path, None, &state).unwrap();
    std::fs::read(path).unwrap()
}

/// A temporary folder, in memory where there is one: a fuzzer writes thousands of files a second.
fn folder_in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

/// Reads the bytes as they are, and with the length of their header and their SHA-256 repaired.
pub fn checkpoint(input: &[u8]) -> Outcome {
    // Of a thread, not of the program: only so is it removed at the end.
    thread_local!(static FOLDER: TempDir = folder_in_memory());
    let path = FOLDER.with(|folder| folder.path().join("checkpoint.bin"));
    let config = Config::preset("quick").unwrap();
    let dims = config.dims(65).unwrap();
    let [raw, repaired] = [input.to_vec(), repaired(input)].map(|bytes| {
        std::fs::write(&path, bytes).unwrap();
        let header = checkpoint::read_header(&path);
        let mut into = optimizer();
        match checkpoint::load(&path, &config, &dims, &mut into) {
            Ok(step) => {
                assert_eq!(header.expect("what loads has a header").step, step);
                Outcome::Ran
            }
            Err(error) => {
                assert!(!matches!(error, CheckpointError::File(_)), "{error}");
                assert_eq!(
                    into,
                    optimizer(),
                    "touched by a checkpoint that was refused"
                );
                Outcome::Refused
            }
        }
    });
    if raw == Outcome::Ran { raw } else { repaired }
}

/// Magic, length of the JSON (up to its last brace that the numbers leave room for) and digest fit the rest.
fn repaired(input: &[u8]) -> Vec<u8> {
    const MAGIC: &[u8] = b"AUTCKPT1";
    let body = input
        .get(MAGIC.len() + 4..input.len().saturating_sub(32))
        .unwrap_or_default();
    let length = body
        .windows(2)
        .rposition(|pair| pair == b"]}")
        .map_or(body.len(), |at| at + 2);
    let mut bytes = [MAGIC, &(length as u32).to_le_bytes(), body].concat();
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

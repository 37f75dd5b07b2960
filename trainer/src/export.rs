//! From a trained session to a model file: integers, then what the integers achieve.

use crate::evaluate::{loss, streaming_loss};
use crate::model_file::ModelFile;
use crate::text::Text;
use formats::write::{Weights, WriteError, restate, write};
use formats::{Dims, Provenance, SelfTest};
use runtime::selftest::logits_crc;
use runtime::{Engine, HeapState};
use serde::{Deserialize, Serialize};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Greedy steps whose logits any machine can check itself against.
const SELF_TEST_STEPS: u16 = 16;

/// Where the weights of a file come from, as far as it is known before they are measured.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The text in words.
    pub corpus: String,
    /// SHA-256 of the text.
    pub corpus_sha256: [u8; 32],
    /// The preset or configuration file.
    pub preset: String,
    /// Seed of the run.
    pub seed: u64,
    /// What trained, from [`this_trainer`].
    #[serde(default)]
    pub trainer: String,
}

/// Version of this trainer, and the commit of the checkout that it was built in, if that is still there: `0.1.0 (1a2b3c4d5e6f)`,
/// with `-dirty` behind it for one that has been changed since.
pub fn this_trainer() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let commit = Command::new("git")
        // It only reads: not even its own index is brought up to date.
        .arg("--no-optional-locks")
        .args(["-C", env!("CARGO_MANIFEST_DIR")])
        .args([
            "describe",
            "--always",
            "--dirty",
            "--abbrev=12",
            "--exclude=*",
        ])
        .output();
    let commit = commit.ok().filter(|output| output.status.success());
    let commit = commit.and_then(|output| String::from_utf8(output.stdout).ok());
    match commit {
        Some(commit) => format!("{version} ({})", commit.trim()),
        None => version.to_owned(),
    }
}

impl Origin {
    fn provenance(&self, steps: u64) -> Provenance<'_> {
        Provenance {
            seed: self.seed,
            steps,
            corpus_sha256: self.corpus_sha256,
            corpus: &self.corpus,
            train_loss: None,
            val_loss: None,
            preset: &self.preset,
            trainer: &self.trainer,
        }
    }
}

/// The model file of `weights` after `steps` steps, not measured.
///
/// # Errors
/// [`WriteError`] when the weights do not fit `dims` or leave the range that the runtime accepts.
pub fn export(
    weights: &Weights,
    dims: &Dims,
    characters: &str,
    origin: &Origin,
    steps: u64,
) -> Result<ModelFile, WriteError> {
    let tokenizer = formats::Tokenizer::Characters(characters);
    let bytes = write(
        dims,
        tokenizer,
        origin.provenance(steps),
        SelfTest::default(),
        weights,
    )?;
    Ok(ModelFile::new(bytes)?)
}

/// The losses of a model file on the whole splits of a text, in nats a character.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Losses {
    /// On what it learned from.
    pub train: f64,
    /// On what it has never seen.
    pub validation: f64,
}

/// Measures a model on both splits, through the runtime. `seen` is told how many of the text's tokens are through.
pub fn measure(file: &ModelFile, text: &Text, seen: &(dyn Fn(usize) + Sync)) -> Losses {
    let model = file.model();
    let validation = loss(&model, &text.validation, seen);
    let before = text.validation.len();
    let train = loss(&model, &text.train, &|tokens| seen(before + tokens));
    Losses { train, validation }
}

/// As [`measure`], but as a device meets the splits: [`streaming_loss`]. The two splits are measured side by side.
pub fn measure_streaming(file: &ModelFile, text: &Text, seen: &(dyn Fn(usize) + Sync)) -> Losses {
    let model = file.model();
    let through = [const { AtomicUsize::new(0) }; 2];
    let [first, second] = [0, 1].map(|split| {
        let through = &through;
        move |tokens| {
            through[split].store(tokens, Ordering::Relaxed);
            seen(
                through
                    .iter()
                    .map(|split| split.load(Ordering::Relaxed))
                    .sum(),
            );
        }
    });
    let (train, validation) = rayon::join(
        || streaming_loss(&model, &text.train, &first),
        || streaming_loss(&model, &text.validation, &second),
    );
    Losses { train, validation }
}

/// The same model with its losses and its self-test written into it.
///
/// # Errors
/// [`WriteError`] when the result would not be accepted; the weights were.
pub fn sign(file: &ModelFile, losses: Losses) -> Result<ModelFile, WriteError> {
    let model = file.model();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let self_test = SelfTest {
        steps: SELF_TEST_STEPS,
        logits_crc: logits_crc(&mut engine, SELF_TEST_STEPS),
    };
    let micronats = |loss: f64| Some((loss * 1e6).round() as u32);
    let provenance = Provenance {
        train_loss: micronats(losses.train),
        val_loss: micronats(losses.validation),
        ..*model.provenance()
    };
    Ok(ModelFile::new(restate(&model, provenance, self_test)?)?)
}

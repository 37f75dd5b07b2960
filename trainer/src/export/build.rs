//! From a trained trainer to a model file: integers, then what the integers achieve.

use crate::export::measure::Losses;
use crate::export::model_file::ModelFile;
use formats::write::{Weights, WriteError, with_provenance, write};
use formats::{Dims, Provenance, SelfTest};
use runtime::selftest::logits_crc;
use runtime::{Engine, HeapState};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

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

/// Version of this trainer, and the commit that the checkout it was built in is at, if there is one: `0.1.0 (1a2b3c4d5e6f)`.
/// Changes that are not committed do not show.
pub fn this_trainer() -> String {
    let version = env!("CARGO_PKG_VERSION");
    match commit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.git")) {
        Some(commit) => format!("{version} ({commit:.12})"),
        None => version.to_owned(),
    }
}

/// What HEAD of a git folder stands for (gitrepository-layout(5)).
fn commit(git: &Path) -> Option<String> {
    let read = |name: &str| fs::read_to_string(git.join(name)).ok();
    let head = read("HEAD")?;
    let Some(branch) = head.trim().strip_prefix("ref: ") else {
        return Some(head.trim().to_owned());
    };
    let commit = read(branch).or_else(|| {
        let packed = read("packed-refs")?;
        let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
        lines
            .find(|line| line.1 == branch)
            .map(|line| line.0.to_owned())
    });
    commit.map(|commit| commit.trim().to_owned())
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

/// The model file of `weights` after `steps` steps, with its self-test, not measured.
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
    let provenance = origin.provenance(steps);
    let untested = write(dims, tokenizer, provenance, SelfTest::default(), weights)?;
    let untested = ModelFile::new(untested)?;
    let model = untested.model();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let self_test = SelfTest {
        steps: SELF_TEST_STEPS,
        logits_crc: logits_crc(&mut engine, SELF_TEST_STEPS),
    };
    Ok(ModelFile::new(with_provenance(
        &model, provenance, self_test,
    )?)?)
}

/// The same model with its losses written into it.
///
/// # Errors
/// [`WriteError`] when the result would not be accepted; the file was.
pub fn with_losses(file: &ModelFile, losses: Losses) -> Result<ModelFile, WriteError> {
    let model = file.model();
    let micronats = |loss: f64| Some((loss * 1e6).round() as u32);
    let provenance = Provenance {
        train_loss: micronats(losses.train),
        val_loss: micronats(losses.validation),
        ..*model.provenance()
    };
    let bytes = with_provenance(&model, provenance, model.self_test())?;
    Ok(ModelFile::new(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_what_head_stands_for() {
        let folder = tempfile::tempdir().unwrap();
        let git = folder.path();
        let write = |name: &str, text: &str| fs::write(git.join(name), text).unwrap();
        assert_eq!(commit(git), None);
        write("HEAD", "ref: refs/heads/main\n");
        // A branch without a commit.
        assert_eq!(commit(git), None);
        write(
            "packed-refs",
            "# pack-refs with: peeled\n11aa refs/heads/other\n22bb refs/heads/main\n",
        );
        assert_eq!(commit(git).as_deref(), Some("22bb"));
        fs::create_dir_all(git.join("refs/heads")).unwrap();
        write("refs/heads/main", "33cc\n");
        assert_eq!(commit(git).as_deref(), Some("33cc"));
        write("HEAD", "44dd\n");
        assert_eq!(commit(git).as_deref(), Some("44dd"));
        assert!(this_trainer().starts_with(env!("CARGO_PKG_VERSION")));
    }
}

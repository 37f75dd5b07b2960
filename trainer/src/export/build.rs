//! From a trained trainer to a model file: integers, then what the integers achieve.

use crate::export::measure::Losses;
use crate::export::model_file::ModelFile;
use formats::write::{Weights, WriteError, with_provenance, write};
use formats::{Dims, Provenance, SelfTest};
use runtime::selftest::logits_crc;
use runtime::{Engine, HeapState};
use serde::{Deserialize, Serialize};

/// Greedy steps whose logits any machine can check itself against.
const SELF_TEST_STEPS: u16 = 16;

/// Where the weights of a file come from, as far as it is known before they are measured.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
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
    /// What trained, from [`THIS_TRAINER`].
    #[serde(default)]
    pub trainer: String,
    /// Who wrote or collected the text, and where; empty where nobody said.
    #[serde(default)]
    pub source: String,
    /// The licence of the text; empty where nobody said.
    #[serde(default)]
    pub licence: String,
}

/// Version of this trainer and the commit that it was built from, where there was one: `0.1.0 (1a2b3c4d5e6f)`, with `-dirty`
/// behind the commit where the sources were not what had been committed.
pub const THIS_TRAINER: &str = env!("AUTARKY_VERSION");

impl Origin {
    fn provenance(&self, steps: u64) -> Provenance<'_> {
        Provenance {
            seed: self.seed,
            steps,
            corpus_sha256: self.corpus_sha256,
            corpus: &self.corpus,
            preset: &self.preset,
            trainer: &self.trainer,
            source: &self.source,
            licence: &self.licence,
            ..Provenance::default()
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
    tokenizer: formats::Tokenizer<'_>,
    origin: &Origin,
    steps: u64,
) -> Result<ModelFile, WriteError> {
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

/// The same model with its losses on the splits of a text with so many tokens per character written into it.
///
/// # Errors
/// [`WriteError`] when the result would not be accepted; the file was.
pub fn with_losses(
    file: &ModelFile,
    losses: Losses,
    tokens_per_character: [f64; 2],
) -> Result<ModelFile, WriteError> {
    let model = file.model();
    let millionths = |loss: f64| Some((loss * 1e6).round() as u32);
    let [train_bits, val_bits] = losses.bits_per_character(tokens_per_character);
    let provenance = Provenance {
        train_loss: millionths(losses.train),
        val_loss: millionths(losses.validation),
        train_bits_per_char: millionths(train_bits),
        val_bits_per_char: millionths(val_bits),
        ..*model.provenance()
    };
    let bytes = with_provenance(&model, provenance, model.self_test())?;
    Ok(ModelFile::new(bytes)?)
}

//! The results of a run: one structure, printed for people and as `--json`.

use crate::data::dataset::Dataset;
use crate::data::windows::Windows;
use crate::export::build::Origin;
use crate::export::measure::{Losses, loss_in_words};
use crate::export::parity::Comparison;
use crate::train::run::Best;
use crate::train::run_dir::RunDir;
use crate::util::fmt::{bytes, grouped};
use formats::Dims;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;

/// What `train` found.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// "integer" or "float".
    pub arithmetic: &'static str,
    /// The model file; a float model has none.
    pub model: Option<PathBuf>,
    /// The run's folder.
    pub run: PathBuf,
    /// Loss on the training split, in nats per token.
    pub train_loss: f64,
    /// Loss on the validation split, in nats per token.
    pub val_loss: f64,
    /// Loss on the training split, in bits per character.
    pub train_bits_per_char: f64,
    /// Loss on the validation split, in bits per character.
    pub val_bits_per_char: f64,
    /// Tokens per character of the two splits.
    #[serde(skip)]
    pub tokens_per_character: [f64; 2],
    /// What a token is, in the plural.
    #[serde(skip)]
    pub unit: &'static str,
    /// Tokens of the training split that were measured.
    pub train_measured: usize,
    /// Tokens of the validation split that were measured.
    pub val_measured: usize,
    /// Whether these are all.
    pub whole: bool,
    /// Steps that the weights have learned.
    pub steps: u64,
    /// Steps that the run has taken.
    pub trained_steps: u64,
    /// The evaluation with the lowest validation loss: its step.
    pub best_step: Option<u64>,
    /// Lower bound of the loss, where the text's entropy is known.
    pub entropy_floor: Option<f64>,
    /// Logits that training and the runtime computed; none of a float model.
    pub logits_compared: Option<usize>,
    /// Those that differ.
    pub logits_differing: Option<usize>,
    /// From the start of the program to the first step.
    pub start_seconds: f64,
    /// To the last step.
    pub train_seconds: f64,
    /// To the end.
    pub seconds: f64,
    /// The most memory that the process had, in bytes.
    pub peak_memory: Option<u64>,
    /// What `inspect` says of the file, or the shape of a float model.
    #[serde(flatten)]
    pub facts: Value,
    /// Bytes of file and RAM, and boards that the file fits.
    #[serde(skip)]
    pub device: Option<Device>,
}

/// What a device needs for a model.
#[derive(Clone, Debug)]
pub struct Device {
    /// Bytes of the file.
    pub file: usize,
    /// Bytes of RAM.
    pub ram: usize,
    /// Boards that it fits.
    pub fits: Vec<&'static str>,
}

impl Summary {
    /// Of the weights after `steps` steps of the run in `folder`, on windows of the splits of `text`.
    pub fn new(
        folder: &RunDir,
        text: &Dataset,
        windows: &[Windows<'_>; 2],
        losses: Losses,
        steps: u64,
    ) -> Self {
        let tokens_per_character = text.tokens_per_character();
        let [train_bits, val_bits] = losses.bits_per_character(tokens_per_character);
        Self {
            train_bits_per_char: train_bits,
            val_bits_per_char: val_bits,
            tokens_per_character,
            unit: text.vocabulary.unit(),
            arithmetic: "integer",
            model: None,
            run: folder.path().to_owned(),
            train_loss: losses.train,
            val_loss: losses.validation,
            train_measured: windows[0].predicted(),
            val_measured: windows[1].predicted(),
            whole: windows.iter().all(Windows::is_whole),
            steps,
            trained_steps: steps,
            best_step: None,
            entropy_floor: None,
            logits_compared: None,
            logits_differing: None,
            start_seconds: 0.0,
            train_seconds: 0.0,
            seconds: 0.0,
            peak_memory: None,
            facts: Value::Null,
            device: None,
        }
    }

    /// With the comparison of training and runtime.
    pub fn compared(&mut self, comparison: Comparison) {
        self.logits_compared = Some(comparison.compared);
        self.logits_differing = Some(comparison.differing);
    }

    /// With the step of the lowest validation loss.
    pub fn best(&mut self, best: Option<Best>, trained_steps: u64) {
        self.best_step = best.map(|best| best.step);
        self.trained_steps = trained_steps;
    }

    fn parameters(&self) -> usize {
        let parameters = self.facts["parameters"].as_u64().unwrap_or(0);
        usize::try_from(parameters).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.model {
            Some(model) => writeln!(f, "model            {}", model.display())?,
            None => writeln!(
                f,
                "model            floats: no device runs it, so there is no model file"
            )?,
        }
        let which = match (self.steps == self.trained_steps, self.best_step) {
            (true, _) => "the last".to_owned(),
            (false, _) => format!(
                "of {}: the lowest validation loss on the way",
                grouped(self.trained_steps as usize)
            ),
        };
        writeln!(
            f,
            "step             {}, {which}",
            grouped(self.steps as usize)
        )?;
        let by = match self.arithmetic {
            "float" => "the trainer's forward pass",
            _ => "integer runtime",
        };
        let [train, validation] = self.tokens_per_character;
        for (name, loss, ratio, measured) in [
            ("training loss", self.train_loss, train, self.train_measured),
            (
                "validation loss",
                self.val_loss,
                validation,
                self.val_measured,
            ),
        ] {
            let part = if self.whole {
                "whole split".to_owned()
            } else {
                format!("{} {} of the split", grouped(measured), self.unit)
            };
            let loss = loss_in_words(loss, ratio);
            writeln!(f, "{name:<16} {loss}, {part}, {by}")?;
        }
        writeln!(f, "parameters       {}", grouped(self.parameters()))?;
        if let Some(device) = &self.device {
            writeln!(f, "file             {}", bytes(device.file))?;
            writeln!(f, "RAM              {}", bytes(device.ram))?;
        }
        if let (Some(compared), Some(differing)) = (self.logits_compared, self.logits_differing) {
            writeln!(
                f,
                "parity           {} of {} logits differ between training and runtime",
                grouped(differing),
                grouped(compared)
            )?;
        }
        if let Some(device) = &self.device {
            writeln!(f, "fits             {}", device.fits.join(", "))?;
        }
        Ok(())
    }
}

/// The shape and the origin of a model without a file, as `inspect` names them.
pub(super) fn facts(dims: &Dims, origin: &Origin) -> Value {
    serde_json::json!({
        "parameters": dims.parameters(),
        "vocab_size": dims.vocab_size,
        "d_model": dims.d_model,
        "layers": dims.layers,
        "heads": dims.heads,
        "kv_heads": dims.kv_heads,
        "d_ff": dims.d_ff,
        "context": dims.context,
        "token_shift": dims.token_shift,
        "seed": origin.seed,
        "preset": origin.preset,
        "corpus": origin.corpus,
        "corpus_sha256": super::inspect::hex(&origin.corpus_sha256),
        "trainer": origin.trainer,
    })
}

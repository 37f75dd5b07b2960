//! Everything that the study measures of one trained model.

use crate::precision::cost::additions;
use crate::precision::headings;
use crate::precision::ngrams::{Ngrams, divergence};
use crate::precision::queue::Job;
use crate::precision::sensitivity::Sensitivity;
use crate::precision::words;
use formats::MemoryPlan;
use formats::write::WriteError;
use rayon::prelude::*;
use runtime::{Engine, Generate, HeapState, Sampling};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use trainer::backprop::generate::generate;
use trainer::config::Arithmetic;
use trainer::data::dataset::Dataset;
use trainer::data::tokens::Tokens;
use trainer::data::windows::Windows;
use trainer::export::build::{Origin, export, with_losses};
use trainer::export::measure::{Losses, measure};
use trainer::export::model_file::ModelFile;
use trainer::train::trainer::Trainer;
use trainer::util::files::{FileError, write_whole};

/// Texts that a model generates, each with a seed of its own.
const SAMPLES: u64 = 8;
/// They are drawn from the model's own distribution, whose statistics can then be the text's.
const SAMPLING: Sampling = Sampling {
    temperature: 100,
    top_k: 0,
    top_p: 100,
    ..Sampling::DEFAULT
};
/// Lengths of the sequences of characters that are counted.
pub const GRAMS: [usize; 3] = [2, 3, 4];

/// What was measured of one run. Losses in nats a character over whole splits.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measures {
    /// The kind of the model.
    pub kind: String,
    /// Seed of the run.
    pub seed: u64,
    /// Optimiser steps.
    pub steps: u64,
    /// Learned numbers.
    pub parameters: u64,
    /// Of the model file; four for each parameter of a float model.
    pub file_bytes: u64,
    /// Of the engine; none of a float model.
    pub ram_bytes: Option<u64>,
    /// A token, see [`additions`].
    pub additions: u64,
    /// On what it learned from.
    pub train_loss: f64,
    /// On what it has never seen.
    pub val_loss: f64,
    /// Structure of what it generates.
    pub structure: Structure,
    /// Share of flipped trits at which the loss has risen by a tenth.
    pub flips: Option<f64>,
    /// Noise on weights that does the same, in their mean magnitudes.
    pub weight_noise: f64,
    /// Noise on activations that does the same, in their mean magnitudes.
    pub activation_noise: f64,
}

/// Structure of texts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    /// Share of words that the training text has; none without words.
    pub words: Option<f64>,
    /// Share of headings whose speaker the training text has; none without headings.
    pub headings: Option<f64>,
    /// Headings.
    pub heading_count: u64,
    /// Jensen-Shannon divergence in bits from the validation text, of sequences of [`GRAMS`] characters.
    pub divergences: [f64; 3],
}

/// A text as the measures of structure see it.
#[derive(Debug)]
pub struct Reference {
    train: String,
    validation: String,
    sample_length: usize,
}

impl Reference {
    /// Of both splits, to compare with several texts of `sample_length` characters.
    pub fn new(text: &Dataset, sample_length: usize) -> Self {
        let spell = |tokens: &Tokens| spell(text, &tokens.copy(0..tokens.len()));
        Self {
            train: spell(&text.train),
            validation: spell(&text.validation),
            sample_length,
        }
    }

    /// Structure of `texts`.
    pub fn structure(&self, texts: &[String]) -> Structure {
        let (headings, count) = headings::share_known(texts, &headings::speakers(&self.train));
        let divergence = |n| {
            let found = Ngrams::of(texts.iter().map(String::as_str), n);
            divergence(&found, &Ngrams::of([self.validation.as_str()], n))
        };
        Structure {
            words: words::share_known(texts, &words::vocabulary(&self.train)),
            headings: (count > 0).then_some(headings),
            heading_count: count as u64,
            divergences: GRAMS.map(divergence),
        }
    }

    /// Structure of as much of the training text as a model generates, in as many pieces: what a perfect model of it
    /// would reach.
    pub fn of_training(&self) -> Structure {
        self.structure(&pieces(&self.train, self.sample_length))
    }

    /// The same of the validation text; its divergences are those of a part from the whole.
    pub fn of_validation(&self) -> Structure {
        self.structure(&pieces(&self.validation, self.sample_length))
    }
}

/// [`SAMPLES`] pieces of `text`, evenly spread, of `length` characters each or what there is, from the line that starts
/// next.
fn pieces(text: &str, length: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let pieces = (0..SAMPLES as usize).map(|piece| {
        let place = characters.len() * piece / SAMPLES as usize;
        let rest = &characters[place..];
        let line = rest.iter().position(|&c| c == '\n').map_or(0, |at| at + 1);
        rest[line..].iter().take(length).collect()
    });
    pieces.collect()
}

fn spell(text: &Dataset, tokens: &[u16]) -> String {
    let tokenizer = text.tokenizer();
    let pieces = tokens.iter().filter_map(|&token| tokenizer.decode(token));
    pieces.collect()
}

/// A model cannot be measured.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant passes on what it is named after")]
pub enum MeasureError {
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    File(#[from] FileError),
}

static GO_ON: AtomicBool = AtomicBool::new(false);

/// Measures the trained model of `job`; its model file, if there is one of its kind, and a text go to `folder`.
///
/// # Errors
/// [`MeasureError`].
pub fn measures(
    job: &Job,
    trainer: &Trainer,
    text: &Dataset,
    reference: &Reference,
    origin: &Origin,
    folder: &Path,
) -> Result<Measures, MeasureError> {
    let dims = trainer.dims();
    let trits = job.kind.trits.map(|_| [dims.weight_trits, dims.head_trits]);
    let context = dims.context.into();
    let splits = [&text.train, &text.validation].map(|split| Windows::all(split, context));
    let (losses, file_bytes, texts) = match trainer.config().model.arithmetic {
        Arithmetic::Integer => {
            let file = export(
                &trainer.weights(),
                dims,
                text.tokenizer(),
                origin,
                trainer.steps(),
            )?;
            let losses = measure(&file, &splits, &|_| {}, &GO_ON).expect("nobody stops it");
            let file = with_losses(&file, losses, text.tokens_per_character())?;
            write_whole(&folder.join("model.aut"), file.bytes())?;
            (
                losses,
                file.bytes().len() as u64,
                spoken(&file, text, reference.sample_length),
            )
        }
        Arithmetic::Float => {
            let loss = |split| trainer.loss(split, &GO_ON).expect("nobody stops it");
            let losses = Losses {
                train: loss(&splits[0]),
                validation: loss(&splits[1]),
            };
            (
                losses,
                4 * dims.parameters(),
                imagined(trainer, text, reference.sample_length),
            )
        }
    };
    write_whole(&folder.join("sample.txt"), texts[0].as_bytes())?;
    let sensitivity = Sensitivity::of(
        &trainer.numbers(),
        trits,
        &text.validation.copy(0..text.validation.len()),
    );
    Ok(Measures {
        kind: job.kind.name.to_owned(),
        seed: job.seed,
        steps: trainer.steps(),
        parameters: dims.parameters(),
        file_bytes,
        ram_bytes: trits.map(|_| MemoryPlan::new(dims).ram() as u64),
        additions: additions(dims, trits),
        train_loss: losses.train,
        val_loss: losses.validation,
        structure: reference.structure(&texts),
        flips: sensitivity.flips,
        weight_noise: sensitivity.weight_noise,
        activation_noise: sensitivity.activation_noise,
    })
}

/// Texts by the integer runtime.
fn spoken(file: &ModelFile, text: &Dataset, length: usize) -> Vec<String> {
    let model = file.model();
    let start = [model.tokenizer().start()];
    let speak = |seed| {
        let mut state = HeapState::new(&model.plan());
        let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size");
        let tokens = Generate::new(&mut engine, &start, SAMPLING, seed).expect("a token");
        spell(text, &tokens.take(length).collect::<Vec<u16>>())
    };
    (1..=SAMPLES).into_par_iter().map(speak).collect()
}

/// Texts by the trainer's forward pass.
fn imagined(trainer: &Trainer, text: &Dataset, length: usize) -> Vec<String> {
    let weights = trainer.numbers();
    let start = text.tokenizer().encode("\n").next().and_then(Result::ok);
    let start = [start.unwrap_or(0)];
    let speak = |seed| spell(text, &generate(&weights, &start, SAMPLING, seed, length));
    (1..=SAMPLES).into_par_iter().map(speak).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_structure_of_itself() {
        let play = "ROMEO:\nWhat light is this?\n\nJULIET:\nIt is the moon.\n\n".repeat(60);
        let text = Dataset::new(&play, 16).unwrap();
        let reference = Reference::new(&text, 500);
        let own = reference.of_training();
        assert_eq!((own.words, own.headings), (Some(1.0), Some(1.0)));
        assert!(own.heading_count > 10);
        assert!(own.divergences.iter().all(|d| *d < 0.01), "{own:?}");
        assert!(reference.of_validation().words == Some(1.0));
        let nonsense = reference.structure(&["qqqq xx ROMEO".to_owned()]);
        assert_eq!((nonsense.words, nonsense.headings), (Some(0.0), None));
        assert!(nonsense.divergences.iter().all(|d| *d > 0.5));
    }

    #[test]
    fn pieces_start_with_lines() {
        let text: String = (0..2000).map(|line| format!("line {line}\n")).collect();
        let pieces = pieces(&text, 500);
        assert_eq!(pieces.len(), SAMPLES as usize);
        assert!(pieces.iter().all(|piece| piece.starts_with("line ")));
        assert!(pieces[1].chars().count() == 500);
    }
}

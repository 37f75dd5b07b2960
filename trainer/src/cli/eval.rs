//! `eval`: the losses of a model file on both splits of a text, through the integer runtime.

use crate::cli::args::EvalArgs;
use crate::cli::conclude::{MEASURED_TOKENS, measure_with_progress, measured_windows};
use crate::cli::inspect::{facts, hex};
use crate::cli::prepare::recorded_text;
use crate::cli::text::{Recorded, remarks};
use crate::config::Documents;
use crate::data::corpus::{Choice, CorpusError};
use crate::data::dataset::{Dataset, DatasetError};
use crate::data::tokens::Tokens;
use crate::data::vocabulary::Vocabulary;
use crate::export::measure::{loss_in_words, measure_streaming};
use crate::export::model_file::{ModelFile, ModelFileError};
use crate::train::run_dir::RunDir;
use crate::util::fmt::grouped;
use crate::util::progress::Progress;
use crate::util::signals::stop_at_signals;
use crate::util::terminal::sanitize_for_terminal;
use crate::util::terminal::say;
use serde_json::json;
use std::path::Path;

/// Why a model cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The file is no model.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// A signal asked for the end.
    #[error("stopped while it measured: nothing is lost, the same command starts again")]
    Stopped,
    /// There is no text.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The text does not suit the model.
    #[error("cannot measure on {corpus}: {source}")]
    Text {
        /// The text in words.
        corpus: String,
        /// Why not.
        source: DatasetError,
    },
}

/// What `eval` prints.
///
/// # Errors
/// [`EvalError`].
pub fn run(args: &EvalArgs) -> Result<String, EvalError> {
    let file = ModelFile::read(&args.file)?;
    let model = file.model();
    let recorded = recorded(&args.file, &file);
    let mut corpus = args.text.corpus(&recorded)?;
    let text = Dataset::with_vocabulary(
        std::mem::take(&mut corpus.text),
        Vocabulary::of(&model.tokenizer()),
        args.text.documents(&recorded),
        model.dims().context.into(),
    )
    .map_err(|source| EvalError::Text {
        corpus: corpus.source.to_string(),
        source,
    })?;
    if corpus.sha256 != model.provenance().corpus_sha256 {
        say(format_args!(
            "note: the model learned from another text ({})",
            sanitize_for_terminal(model.provenance().corpus)
        ));
    }
    let stop = stop_at_signals();
    let windows = measured_windows(&text, model.dims().context, args.measure_all);
    let losses = measure_with_progress(&file, &windows, stop).ok_or(EvalError::Stopped)?;
    let most = if args.measure_all {
        usize::MAX
    } else {
        MEASURED_TOKENS
    };
    let splits = [&text.train, &text.validation].map(|split| split.slice(0..split.len().min(most)));
    let total: usize = splits.iter().map(Tokens::len).sum();
    let progress = Progress::new("streaming", total as u64, "tokens");
    let seen = |tokens| progress.set(tokens as u64, "");
    let streaming = measure_streaming(&file, &splits, &seen, stop);
    progress.finish();
    let streaming = streaming.ok_or(EvalError::Stopped)?;
    let ratios = text.tokens_per_character();
    let unit = text.vocabulary.unit();
    let line = |split: &str, loss: f64, streaming: f64, tokens: &Tokens, ratio: f64| {
        format!(
            "{split:<16} {} in windows of the context, {:.4} streaming ({} {unit}{})\n",
            loss_in_words(loss, ratio),
            streaming * ratio,
            grouped(tokens.len().min(most)),
            if tokens.len() > most {
                " of the split"
            } else {
                ""
            }
        )
    };
    let mut output = line(
        "training loss",
        losses.train,
        streaming.train,
        &text.train,
        ratios[0],
    );
    output += &line(
        "validation loss",
        losses.validation,
        streaming.validation,
        &text.validation,
        ratios[1],
    );
    let per_message = text.tokens_per_document().map(|ratios| {
        let [train, validation] = streaming.bits_per_character(ratios);
        output.push_str(&format!(
            "messages         {train:.1} and {validation:.1} bits per message, each from an empty context\n"
        ));
        [train, validation]
    });
    for note in remarks(&corpus) {
        output.push_str(&format!("note: {note}\n"));
    }
    if args.json {
        let mut object = facts(&model, file.bytes().len());
        object["model"] = json!(args.file.display().to_string());
        object["train_loss"] = json!(losses.train);
        object["val_loss"] = json!(losses.validation);
        let [train_bits, val_bits] = losses.bits_per_character(ratios);
        object["train_bits_per_char"] = json!(train_bits);
        object["val_bits_per_char"] = json!(val_bits);
        if let (Some([train, validation]), Some(messages)) = (per_message, text.documents) {
            object["train_bits_per_message"] = json!(train);
            object["val_bits_per_message"] = json!(validation);
            object["train_messages"] = json!(messages[0]);
            object["val_messages"] = json!(messages[1]);
        }
        object["train_chars"] = json!(text.characters[0]);
        object["val_chars"] = json!(text.characters[1]);
        object["train_tokens"] = json!(text.train.len());
        object["val_tokens"] = json!(text.validation.len());
        object["streaming_train_loss"] = json!(streaming.train);
        object["streaming_val_loss"] = json!(streaming.validation);
        object["steps"] = json!(model.provenance().steps);
        object["measured_on"] = json!(corpus.source.to_string());
        object["measured_on_sha256"] = json!(hex(&corpus.sha256));
        output.push_str(&format!("{object}\n"));
    }
    Ok(output)
}

/// The text that the model at `path` learned from: what the run in its folder records, if that run made it, or else the
/// text that its provenance names.
fn recorded(path: &Path, file: &ModelFile) -> Recorded {
    let model = file.model();
    let from = model.provenance();
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let folder = RunDir::open(folder);
    match folder.description() {
        Ok((config, info)) if info.origin.corpus_sha256 == from.corpus_sha256 => {
            recorded_text(&folder, &config, &info)
        }
        _ => Recorded {
            choice: Choice::named(from.corpus).unwrap_or_default(),
            // What such models learn from most often; only those that have an end token are asked.
            documents: Some(Documents::Lines),
            ..Recorded::default()
        },
    }
}

//! One module a command.

pub mod args;
pub mod bench;
pub mod boards;
pub mod conclude;
mod configure;
pub mod error;
pub mod eval;
pub mod export;
pub mod generate;
pub mod inspect;
pub mod prepare;
pub mod summary;
pub mod train;

use crate::data::corpus::{
    Choice, Corpus, CorpusError, Options, Request, cache_directory, load, offline,
};
use crate::util::terminal::say;
use std::path::Path;

/// The text that `--data` names, or the usual one; says on standard error what was unusual about finding it.
///
/// # Errors
/// [`CorpusError`] when there is none.
pub fn obtain_corpus(data: Option<&Path>) -> Result<Corpus, CorpusError> {
    let values: Vec<_> = data.into_iter().map(Path::to_owned).collect();
    let cache = cache_directory();
    let request = Request {
        choice: &Choice::parse(&values)?,
        options: &Options::default(),
        run_copy: None,
        cache: cache.as_deref(),
        offline: offline(),
    };
    let corpus = load(&request, &mut |_, _| {})?;
    for note in &corpus.notes {
        say(format_args!("note: {note}"));
    }
    Ok(corpus)
}

//! One module a command.

pub mod args;
pub mod bench;
pub mod boards;
pub mod error;
pub mod eval;
pub mod export;
pub mod float;
pub mod generate;
pub mod inspect;
pub mod prepare;
mod sample;
pub mod train;

use crate::data::corpus::{
    Choice, Corpus, CorpusError, Options, Request, cache_directory, load, offline,
};
use std::borrow::Cow;
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
        eprintln!("note: {note}");
    }
    Ok(corpus)
}

/// Text out of a model file for a terminal, without what would command it.
fn sanitize_for_terminal(text: &str) -> Cow<'_, str> {
    let commands = |c: char| c != '\n' && c != '\t' && (c.is_control() || is_invisible(c));
    if text.contains(commands) {
        Cow::Owned(text.replace(commands, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a character shows nothing by itself but changes how others look: marks of direction (Unicode Annex 9), zero
/// width and soft characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::sanitize_for_terminal;

    #[test]
    fn a_terminal_is_not_commanded() {
        assert_eq!(
            sanitize_for_terminal("to be,\n\tor not"),
            "to be,\n\tor not"
        );
        assert_eq!(
            sanitize_for_terminal("\u{1b}]0;title\u{7}\u{9b}2J"),
            "\u{fffd}]0;title\u{fffd}\u{fffd}2J"
        );
        // A file name that reads from right to left.
        assert_eq!(
            sanitize_for_terminal("a\u{202e}txt.exe\u{2066}"),
            "a\u{fffd}txt.exe\u{fffd}"
        );
    }
}

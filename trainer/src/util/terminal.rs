//! What is said to a person: on standard error, on a terminal or not, while somebody listens or not.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Prints a line on standard error. A closed pipe ends nothing: what is said is a convenience.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether standard error shows bars that are drawn over: a terminal that is not a dumb one.
pub fn shows_bars() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !dumb
}

/// Whether an error comes from a pipe that its reader has closed, as `head` does: no failure.
pub fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            return true;
        }
        next = error.source();
    }
    false
}

/// Text out of a model file for a terminal, without what would command it.
pub fn sanitize_for_terminal(text: &str) -> Cow<'_, str> {
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
    use super::*;
    use crate::util::files::FileError;
    use std::path::Path;

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

    #[test]
    fn a_closed_pipe_is_found_behind_other_errors() {
        let of = |kind: io::ErrorKind| FileError::new("write", Path::new("x"))(kind.into());
        assert!(is_closed_pipe(&of(io::ErrorKind::BrokenPipe)));
        assert!(!is_closed_pipe(&of(io::ErrorKind::StorageFull)));
    }
}

//! The prompt: from the command line, a file or standard input.

use super::GenerateError;
use crate::cli::args::GenerateArgs;
use crate::util::files;
use formats::Model;
use std::io::{self, Read};
use std::path::Path;

/// The prompt that the arguments give, if they give one.
///
/// # Errors
/// [`GenerateError`] when its file cannot be read or is no text.
pub(super) fn given(
    args: &GenerateArgs,
    model: &Model<'_>,
) -> Result<Option<String>, GenerateError> {
    let Some(path) = &args.prompt_file else {
        return Ok(args.prompt.clone());
    };
    let bytes = if path != Path::new("-") {
        files::read(path)?
    } else if args.interactive {
        return Err(GenerateError::StdinTwice);
    } else {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes)?;
        bytes
    };
    let text = String::from_utf8(bytes).map_err(|error| GenerateError::NotUtf8 {
        name: path.display().to_string(),
        offset: error.utf8_error().valid_up_to(),
    })?;
    let knows_cr = model.tokenizer().encode("\r").all(|token| token.is_ok());
    Ok(Some(cleaned(&text, knows_cr)))
}

/// Without the byte order mark and the last line end, which editors and `echo` add; with line ends that the model knows.
fn cleaned(text: &str, knows_cr: bool) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = match knows_cr {
        true => text.to_owned(),
        false => text.replace("\r\n", "\n").replace('\r', "\n"),
    };
    match text.strip_suffix('\n') {
        Some(text) => text.strip_suffix('\r').unwrap_or(text).to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::cleaned;

    #[test]
    fn a_file_is_a_prompt_without_what_editors_add() {
        assert_eq!(cleaned("ROMEO:\n", false), "ROMEO:");
        assert_eq!(cleaned("ROMEO:\n\n", false), "ROMEO:\n");
        assert_eq!(cleaned("\u{feff}a\r\nb\r\n", false), "a\nb");
        assert_eq!(cleaned("a\r\nb\r\n", true), "a\r\nb");
        assert_eq!(cleaned("ROMEO:", false), "ROMEO:");
    }
}

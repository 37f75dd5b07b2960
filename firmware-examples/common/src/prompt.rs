//! Text to tokens, in a buffer of fixed size.

use formats::Tokenizer;
use formats::tokenizer::EncodeError;
use heapless::Vec;

/// The tokens of `text`, which has at most `N` characters.
///
/// # Errors
/// [`PromptError`].
pub fn encode<const N: usize>(
    tokenizer: Tokenizer<'_>,
    text: &str,
) -> Result<Vec<u16, N>, PromptError> {
    let mut tokens = Vec::new();
    for token in tokenizer.encode(text) {
        tokens
            .push(token?)
            .map_err(|_| PromptError::TooLong { max: N })?;
    }
    Ok(tokens)
}

/// A text that cannot be a prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PromptError {
    /// A character that the model does not know.
    #[error("{0}")]
    Character(#[from] EncodeError),
    /// More characters than the buffer has room for.
    #[error("at most {max} characters, please")]
    TooLong {
        /// Characters there is room for.
        max: usize,
    },
    /// The bytes are no text.
    #[error("this is not UTF-8: is the terminal set to it?")]
    NotText,
    /// The line lost bytes, so what is left is not what was typed.
    #[error("characters were lost: wait for the prompt, then send the line again")]
    Lost,
}

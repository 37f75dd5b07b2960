//! Where the tokens of a prompt come from.

use formats::tokenizer::Encode;
use formats::{EncodeError, Tokenizer};

/// The tokens of a slice.
pub type Tokens<'e> = core::iter::Copied<core::slice::Iter<'e, u16>>;

/// The tokens of a text that the model knows, found one by one.
#[derive(Clone, Debug)]
pub struct TextTokens<'m, 't>(Encode<'m, 't>);

impl<'m, 't> TextTokens<'m, 't> {
    /// Walks over the text once, to check it.
    pub(super) fn new(tokenizer: Tokenizer<'m>, text: &'t str) -> Result<Self, EncodeError> {
        tokenizer
            .encode(text)
            .try_for_each(|token| token.map(|_| ()))?;
        Ok(Self(tokenizer.encode(text)))
    }
}

impl Iterator for TextTokens<'_, '_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        self.0.next()?.ok()
    }
}

/// A text that cannot be a prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PromptError {
    /// A character that the model does not know.
    #[error(transparent)]
    Character(#[from] EncodeError),
    /// There is nothing to go on from.
    #[error("the prompt is empty: give at least one character")]
    Empty,
}

//! Where the tokens of a prompt come from.

use formats::tokenizer::Encode;
use formats::{EncodeError, Tokenizer};

/// The tokens of a slice.
///
/// ```
/// let mut tokens: runtime::generate::Tokens = [30, 27, 25].iter().copied();
/// assert_eq!(tokens.next(), Some(30));
/// ```
pub type Tokens<'e> = core::iter::Copied<core::slice::Iter<'e, u16>>;

/// The tokens of a text that the model knows, found one by one.
///
/// ```
/// use runtime::generate::{Generate, TextTokens};
///
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// // The name of what `Generate::from_text` returns.
/// type FromText<'e, 'm, 's> = Generate<'e, 'm, 's, TextTokens<'m, 'e>>;
/// let generate: FromText = Generate::from_text(&mut engine, "ROMEO:", runtime::Sampling::DEFAULT, 1)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

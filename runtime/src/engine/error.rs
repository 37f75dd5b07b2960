//! What an engine refuses to run.

/// What an engine refuses to run.
///
/// ```
/// use runtime::TokenError;
///
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// assert_eq!(engine.step(65), Err(TokenError::Unknown { token: 65, vocab_size: 65 }));
/// assert_eq!(engine.prefill(&[]), Err(TokenError::EmptyPrompt));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TokenError {
    /// The token is none of the model's.
    #[error("token {token} is outside the vocabulary of {vocab_size}")]
    Unknown {
        /// The token.
        token: u16,
        /// Tokens of the model.
        vocab_size: u16,
    },
    /// There is nothing to predict from.
    #[error("the prompt is empty: give at least one token")]
    EmptyPrompt,
}

//! What an engine refuses to run.

/// What an engine refuses to run.
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

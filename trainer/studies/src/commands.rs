//! One module per command.

pub mod harmonic;
pub mod precision;

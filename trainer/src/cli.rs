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
pub mod text;
pub mod train;

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
pub mod text;
pub mod train;

//! One module a command.

pub mod args;
pub mod bench;
pub mod boards;
pub mod compress;
pub mod conclude;
mod configure;
pub mod decompress;
pub mod error;
pub mod eval;
pub mod export;
pub mod forecast;
pub mod generate;
pub mod inspect;
pub mod packets;
pub mod prepare;
pub mod summary;
mod teachers;
pub mod text;
pub mod train;

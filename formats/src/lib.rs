//! The model file of Autarky: what stands in it, how it is checked, and what it will need.
//!
//! `no_std` and without an allocator; the feature `alloc` adds writing. `docs/format.md` specifies the bytes.
//!
//! | module | subject |
//! |---|---|
//! | [`dims`] | the dimensions of a model, their limits, and every size that follows from them |
//! | [`header`] | the 48 bytes in front of a file, readable in a `const` |
//! | [`trits`] | two-bit packing in tiles of 16 rows by 4 columns |
//! | [`scale`] | multiplication by `m / 2^s` with `m` in 4..=7, as one byte |
//! | [`tokenizer`] | text to tokens and back |
//! | [`parse`] | [`Model::parse`], the one checked door, which can pause |
//! | [`model`] | the views behind it |
//! | [`plan`] | flash and RAM that a model needs, known at compile time |
//! | [`boards`] | boards that people own |
//! | [`fit`] | whether a board has that much, in a sentence |
//! | [`error`] | everything that can be wrong with a file, with numbers |
//! | `write` | from integer weights to a file (feature `alloc`) |
#![no_std]
#![deny(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;

pub mod boards;
mod body;
pub mod dims;
pub mod error;
pub mod fit;
mod foreign;
pub mod header;
pub mod model;
pub mod parse;
pub mod plan;
pub mod scale;
pub mod tokenizer;
pub mod trits;
#[cfg(feature = "alloc")]
pub mod write;

pub use body::{Provenance, SelfTest};
pub use dims::{Dims, DimsError};
pub use error::ParseError;
pub use header::{FORMAT_VERSION, HEADER_BYTES, Header};
pub use model::{Layer, Model};
pub use parse::Parse;
pub use plan::MemoryPlan;
pub use scale::Scale;
pub use tokenizer::{EncodeError, Tokenizer};
pub use trits::TritMatrix;

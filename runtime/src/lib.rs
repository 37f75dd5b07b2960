//! Executes ternary language models in place, with integer additions and subtractions only: shifts, compares and
//! look-ups beside them, no multiply, no divide, no float. `no_std`, no allocator; `unsafe` in the kernels only.
//!
//! | module | subject |
//! |---|---|
//! | [`engine`] | [`Engine`]: token in, logits out; can stop between layers; on hosts many tokens at once (`Batch`) |
//! | [`embed_model!`] | a model file in flash, checked at compile time |
//! | [`state`] | the RAM that an engine works in, sized by the model's plan |
//! | `owned` | `OwnedModel`: a model with its bytes, shared by threads (feature `alloc`) |
//! | [`generate`] | [`Generate`]: a prompt continued, as tokens or text, at once or a layer at a time |
//! | [`logits`] | [`Logits`]: probabilities, the likeliest tokens, a coder's weights, in integers |
//! | [`sample`] | greedy, temperature, top-k, top-p, min-p, repetition penalty; integers, seeded |
//! | [`stop`] | [`StopStrings`]: where a text ends |
//! | [`score`] | [`Score`]: what a text costs |
//! | [`codec`] | [`codec::compress`]: messages as packets, and back, the same bytes on every machine |
//! | [`selftest`] | does this machine compute what the trainer computed? |
//!
//! Inside, from the engine down; the arithmetic is specified in `docs/arithmetic.md`:
//!
//! | module | subject |
//! |---|---|
//! | `attention`, `cache` | one head's attention over a ring of packed keys and values |
//! | `arithmetic` | the three operations, for one number: abs-mean norm, scale, exp2 |
//! | `elements` | the same for vectors |
//! | `lut` | matrix-vector products by lookup tables (LUT) |
//! | `arch` | the kernels of each core |
//!
//! ```
//! use runtime::{Engine, Generate, Sampling};
//!
//! runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
//!
//! let mut state = poet::State::new();
//! let mut engine = Engine::new(poet::model()?, state.buffers())?;
//! for piece in Generate::from_text(&mut engine, "ROMEO:", Sampling::DEFAULT, 42)?.pieces().take(100) {
//!     print!("{piece}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]
#![deny(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod arch;
mod arithmetic;
mod attention;
mod cache;
pub mod codec;
mod elements;
#[doc(hidden)]
pub mod embed;
mod embedding;
pub mod engine;
pub mod generate;
#[doc(hidden)]
pub mod internals;
pub mod logits;
mod lut;
#[cfg(feature = "alloc")]
pub mod owned;
pub mod sample;
mod saved;
pub mod score;
pub mod selftest;
mod slices;
pub mod state;
pub mod stop;

#[cfg(feature = "alloc")]
pub use engine::batch::Batch;
pub use engine::{Engine, TokenError};
pub use formats::{
    Dims, EncodeError, Header, MemoryPlan, Model, Parse, ParseError, Scale, Tokenizer,
};
pub use generate::{FinishReason, Generate, Until};
pub use logits::Logits;
#[cfg(feature = "alloc")]
pub use owned::OwnedModel;
pub use sample::{Sampler, Sampling};
pub use saved::SnapshotError;
pub use score::Score;
#[cfg(feature = "alloc")]
pub use state::HeapState;
pub use state::{Buffers, State, StateTooSmall};
pub use stop::{StopStringError, StopStrings};

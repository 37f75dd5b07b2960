//! Trains a ternary character transformer with burn and exports it for the integer runtime.
//!
//! ```text
//!   data ──> train ─────────────────> export ──> model.aut
//!   text,    run, trainer, distill    build, measure, parity
//!   tokens     │          │
//!            optim     backprop: forward and backward by hand, on slices (the CPU path)
//!            adamw,    model: burn's tensors (other backends; initial weights)
//!            muon
//! ```
//!
//! | module | subject |
//! |---|---|
//! | [`util`] | files that are whole or not there, numbers in words, curves, progress |
//! | [`config`] | what to train, how, and on which backend |
//! | [`data`] | where the text comes from, its tokens, and the windows that a step sees |
//! | [`model`] | the transformer in burn: latent parameters, and the integers they stand for |
//! | [`backprop`] | the same on host slices with its gradient by hand: fast on a CPU |
//! | [`optim`] | AdamW and Muon, warm-up and cosine |
//! | [`export`] | integers to a model file; the file measured by the runtime |
//! | [`train`] | the loop, a step, checkpoints, teachers, the folder of a run |
//! | [`cli`] | the command line |
//!
//! Each uses only those above it.

pub mod backprop;
pub mod cli;
pub mod config;
pub mod data;
pub mod export;
pub mod model;
pub mod optim;
pub mod train;
pub mod util;

//! Trains a ternary character transformer with burn and exports it for the integer runtime.
//!
//! From text to device, one way:
//!
//! | module | subject |
//! |---|---|
//! | [`corpus`] | where the text comes from: a file, the cache, the network, or a grammar of our own |
//! | [`text`] | text to tokens, and its two splits |
//! | [`batches`] | which windows of it a step sees |
//! | [`config`], [`backend`] | what to train, how, and where to compute |
//! | [`model`] | the transformer in burn: latent parameters, and the integers they stand for |
//! | [`fused`] | the same on host slices with its gradient by hand: fast on a CPU |
//! | [`gradients`], [`workers`] | loss and gradient of a batch, on all cores |
//! | [`optimizer`], [`muon`], [`schedule`] | AdamW and Muon, warm-up and cosine |
//! | [`session`], [`checkpoint`] | a step; everything that continues a run bit for bit |
//! | [`teacher`] | finished models that another one learns from |
//! | [`run`], [`run_folder`], [`metrics`], [`progress`] | the loop around the steps, and what it leaves behind |
//! | [`report`], [`charts`] | a run as a page, curves as pictures |
//! | [`export`], [`model_file`] | integers to a model file |
//! | [`evaluate`], [`parity`] | the file measured by the runtime, and compared with training |
//! | [`boards`] | which boards a model fits |
//! | [`harmonic`] | Harmonic Explorer, a simulation apart from the rest |
//! | [`study`] | the same model at several precisions, measured and compared |
//! | [`cli`], [`commands`] | the command line |
//! | [`files`], [`usage`] | files that are whole or not there; the memory that was needed |

pub mod backend;
pub mod batches;
pub mod boards;
pub mod charts;
pub mod checkpoint;
pub mod cli;
pub mod commands;
pub mod config;
pub mod corpus;
pub mod evaluate;
pub mod export;
pub mod files;
pub mod fused;
pub mod gradients;
pub mod harmonic;
pub mod metrics;
pub mod model;
pub mod model_file;
pub mod muon;
pub mod optimizer;
pub mod parity;
pub mod progress;
pub mod report;
pub mod run;
pub mod run_folder;
pub mod schedule;
pub mod session;
pub mod study;
pub mod teacher;
pub mod text;
pub mod usage;
pub mod workers;

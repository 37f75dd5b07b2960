//! Studies beside the main job.
//!
//! | module | subject |
//! |---|---|
//! | [`precision`] | the same model at several precisions, measured and compared (docs/study.md) |
//! | [`harmonic`] | Harmonic Explorer, a simulation with an order parameter |
//! | [`args`], [`commands`] | the command line |

pub mod args;
pub mod commands;
pub mod harmonic;
pub mod precision;

//! Training: the loop around the steps, what a step is, and what a run leaves behind.
//!
//! | module | subject |
//! |---|---|
//! | [`run`] | the loop: steps, progress, evaluations, checkpoints, metrics |
//! | [`trainer`] | one step of a model in training |
//! | [`gradients`] | loss and gradient of a batch, on all cores |
//! | [`distill`] | finished models that another one learns from |
//! | [`warm_start`] | a finished model that another one begins with |
//! | [`checkpoint`] | everything that continues a run bit for bit, in one file |
//! | [`run_dir`] | the folder of a run |
//! | [`records`] | what a run shows of itself on the way |
//! | [`metrics`], [`html_report`] | its curves as CSV files and as a page |

pub mod checkpoint;
pub mod distill;
pub mod gradients;
pub mod html_report;
pub mod metrics;
pub mod records;
pub mod run;
pub mod run_dir;
pub mod trainer;
pub mod warm_start;

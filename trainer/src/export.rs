//! From integers to a model file, and what the file achieves.
//!
//! | module | subject |
//! |---|---|
//! | [`build`] | weights to a finalized model file |
//! | [`model_file`] | model files on disk |
//! | [`measure`] | losses of a file, computed by the integer runtime |
//! | [`sample`] | text that a file generates |
//! | [`parity`] | training's logits compared with the runtime's |

pub mod build;
pub mod measure;
pub mod model_file;
pub mod parity;
pub mod sample;

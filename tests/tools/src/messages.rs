//! Messages in packets: ours beside other compressors, on the same messages.
//!
//! | module | subject |
//! |---|---|
//! | [`texts`] | the messages to learn from, and those to measure |
//! | [`ours`] | the codec of `runtime` with a model file |
//! | [`ngram`] | an n-gram with an arithmetic coder, at a model file's size |
//! | [`rivals`] | general compressors, from PyPI |
//! | [`chip`] | the same messages on emulated cores |
//! | [`airtime`] | how long a packet is on the air |
//! | [`saved`] | what a compressor saves, by file and by length of message |

pub mod airtime;
pub mod chip;
pub mod ngram;
pub mod ours;
pub mod rivals;
pub mod saved;
pub mod texts;

//! What has nothing to do with language models.
//!
//! | module | subject |
//! |---|---|
//! | [`base91`] | bytes as printable characters |
//! | [`files`] | files that are whole or not there |
//! | [`fmt`] | numbers in words |
//! | [`plot`] | curves as SVG |
//! | [`progress`] | a line that says how far a long command is |
//! | [`signals`] | signals that ask for the end |
//! | [`simd`] | loops and sums in the widest vectors, their order fixed |
//! | [`terminal`] | what is said to a person |
//! | [`usage`] | the memory that was needed |
//! | [`workers`] | independent pieces of work side by side |

pub mod base91;
pub mod files;
pub mod fmt;
pub mod plot;
pub mod progress;
pub mod signals;
pub mod simd;
pub mod terminal;
pub mod usage;
pub mod workers;

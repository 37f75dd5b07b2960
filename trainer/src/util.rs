//! What has nothing to do with language models.
//!
//! | module | subject |
//! |---|---|
//! | [`files`] | files that are whole or not there |
//! | [`fmt`] | numbers in words |
//! | [`plot`] | curves as SVG |
//! | [`progress`] | a line that says how far a long command is |
//! | [`signals`] | signals that ask for the end |
//! | [`terminal`] | what is said to a person |
//! | [`usage`] | the memory that was needed |
//! | [`workers`] | independent pieces of work side by side |

pub mod files;
pub mod fmt;
pub mod plot;
pub mod progress;
pub mod signals;
pub mod terminal;
pub mod usage;
pub mod workers;

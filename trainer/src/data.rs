//! Text: where it comes from, its tokens, its two splits, and which windows of it a step sees.
//!
//! | module | subject |
//! |---|---|
//! | [`corpus`] | where the text comes from: files, the cache, the network, or a grammar of our own |
//! | [`dataset`] | text to tokens, and its two splits |
//! | [`documents`] | texts that are messages or documents |
//! | [`vocabulary`] | what tokens stand for: characters or pieces |
//! | [`pieces`] | learning pieces from a text |
//! | [`resegment`] | other ways to write a text in pieces |
//! | [`small`] | whether a text is small for a model |
//! | [`tokens`] | a text as tokens, in memory once |
//! | [`sampler`] | which windows of it a step sees |
//! | [`windows`] | which windows of it a loss is measured on |

pub mod corpus;
pub mod dataset;
pub mod documents;
pub mod pieces;
pub mod resegment;
pub mod sampler;
pub mod small;
pub mod tokens;
pub mod vocabulary;
pub mod windows;

//! The precision study: the same model at several precisions of its weights, at equal bytes and at twice the width, over
//! seeds.
//!
//! | module | subject |
//! |---|---|
//! | [`kinds`] | what is trained |
//! | [`queue`] | runs in a folder, one after the other; started again, it goes on |
//! | [`measure`] | everything that is measured of one trained model |
//! | [`cost`] | additions a token, bytes |
//! | [`words`], [`headings`], [`ngrams`] | structure of generated text |
//! | [`sensitivity`] | what noise and flipped trits do to the loss |
//! | [`interval`] | means with confidence intervals |
//! | [`report`], [`tables`], [`charts`], [`rows`] | what the study leaves behind |

pub mod charts;
pub mod cost;
pub mod headings;
pub mod interval;
pub mod kinds;
pub mod measure;
pub mod ngrams;
pub mod queue;
pub mod report;
pub mod rows;
pub mod sensitivity;
pub mod tables;
pub mod words;

//! Optimisers and the learning rate: AdamW, Muon for matrices, warm-up and cosine.

pub mod adamw;
pub mod muon;
pub mod schedule;

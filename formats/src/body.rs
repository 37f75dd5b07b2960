//! The postcard message behind the header. Field order is the format: see `docs/format.md`.

use crate::tokenizer::Tokenizer;
use serde::{Deserialize, Serialize};

/// Everything behind the header. Tensors of the blocks are stacked over the layers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Body<'a> {
    #[serde(borrow)]
    pub(crate) tokenizer: Tokenizer<'a>,
    pub(crate) provenance: Provenance<'a>,
    pub(crate) self_test: SelfTest,
    /// i8 `[vocab_size, d_model]`.
    pub(crate) embedding: &'a [u8],
    /// Trits `[layers, qkv_rows, d_model]`.
    pub(crate) qkv: &'a [u8],
    /// Trits `[layers, d_model, d_model]`.
    pub(crate) o_proj: &'a [u8],
    /// Trits `[layers, d_ff, d_model]`.
    pub(crate) up_proj: &'a [u8],
    /// Trits `[layers, d_model, d_ff]`.
    pub(crate) down_proj: &'a [u8],
    /// Scales `[layers, heads]`.
    pub(crate) score_scales: &'a [u8],
    /// Scales `[layers, d_model]`.
    pub(crate) o_proj_scales: &'a [u8],
    /// Scales `[layers, d_model]`.
    pub(crate) down_proj_scales: &'a [u8],
    /// i16 little-endian `[layers, heads, context]`, in sixteenths of a bit.
    pub(crate) relative_bias: &'a [u8],
    /// Trits `[vocab_size, d_model]`.
    pub(crate) lm_head: &'a [u8],
    /// Scales `[vocab_size]`.
    pub(crate) lm_head_scales: &'a [u8],
}

impl<'a> Body<'a> {
    /// Every tensor's name and bytes, in the order of the file.
    pub(crate) const fn tensors(&self) -> [(&'static str, &'a [u8]); 11] {
        [
            ("embedding", self.embedding),
            ("qkv", self.qkv),
            ("o_proj", self.o_proj),
            ("up_proj", self.up_proj),
            ("down_proj", self.down_proj),
            ("score_scales", self.score_scales),
            ("o_proj_scales", self.o_proj_scales),
            ("down_proj_scales", self.down_proj_scales),
            ("relative_bias", self.relative_bias),
            ("lm_head", self.lm_head),
            ("lm_head_scales", self.lm_head_scales),
        ]
    }
}

/// Where a model comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Provenance<'a> {
    /// The seed of the run.
    pub seed: u64,
    /// Optimiser steps taken.
    pub steps: u64,
    /// SHA-256 of the text it learned from.
    pub corpus_sha256: [u8; 32],
    /// The text in words.
    pub corpus: &'a str,
    /// Loss of this file on the whole training split, in millionths of a nat a character.
    pub train_loss: Option<u32>,
    /// Loss of this file on the whole validation split, in millionths of a nat a character.
    pub val_loss: Option<u32>,
    /// The preset or configuration it was trained with.
    pub preset: &'a str,
    /// Version of the trainer, and its commit where it is known.
    pub trainer: &'a str,
}

/// What the engine must compute on any machine: starting from token 0, `steps` greedy tokens, and the CRC-32 over
/// all logits on the way (i32 little-endian).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SelfTest {
    /// Steps from a fresh state; 0 when the writer ran none.
    pub steps: u16,
    /// CRC-32 (ISO-HDLC) of the logits of every step.
    pub logits_crc: u32,
}

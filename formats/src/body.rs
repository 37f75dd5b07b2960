//! The postcard message behind the header. Field order is the format: see `docs/format.md`.

use crate::tokenizer::Tokenizer;
use postcard::take_from_bytes;
use serde::{Deserialize, Serialize};

/// Everything behind the header.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Body<'a> {
    pub(crate) tokenizer: Tokenizer<'a>,
    pub(crate) provenance: Provenance<'a>,
    pub(crate) self_test: SelfTest,
    pub(crate) tensors: Tensors<'a>,
}

impl<'a> Body<'a> {
    /// The body at the start of the payload of a file of this version, and what is left over behind it. `None` where the bytes
    /// are not one.
    pub(crate) fn read(version: u16, payload: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (tokenizer, rest) = take_from_bytes(payload).ok()?;
        let (provenance, rest) = match (version, tokenizer) {
            (1, Tokenizer::Characters(_)) => {
                let (provenance, rest) = take_from_bytes::<Provenance1<'a>>(rest).ok()?;
                (provenance.into(), rest)
            }
            (1, _) => return None,
            _ => take_from_bytes(rest).ok()?,
        };
        let ((self_test, tensors), rest) = take_from_bytes(rest).ok()?;
        let body = Self {
            tokenizer,
            provenance,
            self_test,
            tensors,
        };
        Some((body, rest))
    }
}

/// The bytes of all tensors; those of the blocks are stacked over the layers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Tensors<'a> {
    /// `[vocab_size, d_model]`: i8, or trits.
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

impl<'a> Tensors<'a> {
    /// Every tensor's name and bytes, in the order of the file.
    pub(crate) const fn named(&self) -> [(&'static str, &'a [u8]); 11] {
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
///
/// ```
/// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// let provenance = model.provenance();
/// assert_eq!((provenance.corpus, provenance.steps), ("tinyshakespeare.txt", 6000));
/// assert_eq!(provenance.val_loss, Some(1_545_217)); // 1.545217 nats per token
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Provenance<'a> {
    /// The seed of the run.
    pub seed: u64,
    /// Optimiser steps taken.
    pub steps: u64,
    /// SHA-256 of the text it learned from.
    pub corpus_sha256: [u8; 32],
    /// The text in words.
    pub corpus: &'a str,
    /// Where the text can be had, and from whom. Empty where nobody said, and in format 1.
    pub source: &'a str,
    /// The licence of the text. Empty where nobody said, and in format 1.
    pub licence: &'a str,
    /// Loss of this file on the training split, in millionths of a nat per token.
    pub train_loss: Option<u32>,
    /// Loss of this file on the validation split, in millionths of a nat per token.
    pub val_loss: Option<u32>,
    /// The same on the training split, in millionths of a bit per character of the text.
    pub train_bits_per_char: Option<u32>,
    /// The same on the validation split, in millionths of a bit per character of the text.
    pub val_bits_per_char: Option<u32>,
    /// The preset or configuration it was trained with.
    pub preset: &'a str,
    /// Version of the trainer, and its commit where it is known.
    pub trainer: &'a str,
}

/// The provenance of format 1.
#[derive(Deserialize)]
struct Provenance1<'a> {
    seed: u64,
    steps: u64,
    corpus_sha256: [u8; 32],
    corpus: &'a str,
    train_loss: Option<u32>,
    val_loss: Option<u32>,
    preset: &'a str,
    trainer: &'a str,
}

impl<'a> From<Provenance1<'a>> for Provenance<'a> {
    fn from(old: Provenance1<'a>) -> Self {
        Self {
            seed: old.seed,
            steps: old.steps,
            corpus_sha256: old.corpus_sha256,
            corpus: old.corpus,
            train_loss: old.train_loss,
            val_loss: old.val_loss,
            preset: old.preset,
            trainer: old.trainer,
            ..Self::default()
        }
    }
}

/// What the engine must compute on any machine: starting from token 0, `steps` greedy tokens, and the CRC-32 over
/// all logits on the way (i32 little-endian).
///
/// ```
/// use formats::SelfTest;
///
/// # let model = formats::Model::parse(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// assert_eq!(model.self_test(), SelfTest { steps: 16, logits_crc: 0xe1a9_9240 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SelfTest {
    /// Steps from a fresh state; 0 when the writer ran none.
    pub steps: u16,
    /// CRC-32 (ISO-HDLC) of the logits of every step.
    pub logits_crc: u32,
}

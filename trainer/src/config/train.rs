//! How a model is trained: every hyper-parameter with its unit, default and range.

use super::ConfigError;
use super::removed::{self, Removed};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Most sequences of a step.
const MAX_BATCH: usize = 1 << 16;
/// Each holds a gradient of its own.
const MAX_SHARDS: usize = 1024;

/// What moves the blocks' matrices.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Matrices {
    /// AdamW, as everything else.
    #[default]
    AdamW,
    /// Muon: momentum, made orthogonal.
    Muon,
}

/// How the model is trained.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Optimiser steps.
    pub steps: u64,
    /// Sequences of a step, each `context` tokens long.
    pub batch: usize,
    /// Equal parts of a batch that are computed side by side, one a core. Part of the result's last digits, so it
    /// belongs to the run and not to the machine. Use 1 on a GPU.
    pub shards: usize,
    /// Seed of the initial weights and of the order of the text.
    pub seed: u64,
    /// Peak learning rate of matrices and scales.
    pub learning_rate: f64,
    /// Learning rate of the embedding, in multiples of `learning_rate`: its unit is a residual LSB.
    #[serde(alias = "embedding_rate")]
    pub embedding_lr_mult: f64,
    /// Learning rate of the relative bias, in multiples of `learning_rate`: its unit is a sixteenth of a bit.
    #[serde(alias = "bias_rate")]
    pub bias_lr_mult: f64,
    /// Learning rate of the logarithms of the scales, in multiples of `learning_rate`.
    #[serde(alias = "scale_rate")]
    pub scale_lr_mult: f64,
    /// Decoupled weight decay of the matrices (arXiv:1711.05101), in 1 / learning rate. Nothing else decays.
    pub weight_decay: f64,
    /// Share of the steps, from the first on, in which the scales learn.
    pub scales_until: f64,
    /// Folders of finished runs on the same text, integer or float, with at least this context, whose mean probabilities are
    /// learned from beside the text. Relative to where the program is started. Only the CPU's default backend has it.
    pub teachers: Vec<PathBuf>,
    /// Weight of the teachers' probabilities against the text's own next character.
    #[serde(alias = "teacher_share")]
    pub distill_weight: f64,
    /// Share of what a half-block adds to the residual stream that is dropped in training. Only the CPU's default backend
    /// has it.
    pub dropout: f64,
    /// Share of the pieces that are written as shorter ones at the first step; it falls to 0 at the last.
    pub piece_dropout: f64,
    /// What moves the blocks' matrices; the rest moves by AdamW.
    pub matrices: Matrices,
    /// Learning rate of Muon, in multiples of `learning_rate`.
    #[serde(alias = "muon_rate")]
    pub muon_lr_mult: f64,
    /// Decay rate of Muon's momentum.
    pub muon_momentum: f64,
    /// Decay rates of the moments of the gradient.
    pub betas: [f64; 2],
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Steps in which the learning rate rises from 0 to its peak.
    pub warmup: u64,
    /// Whether windows run from one document into the next, with what was read before it still in the context. A device reads
    /// each from an empty context, and so does training unless this is set.
    pub across_documents: bool,
    /// Learning rate of the last step, as a share of the peak.
    #[serde(alias = "final_rate")]
    pub final_lr_mult: f64,
    /// Share of the steps, the last ones, in which the learning rate falls on a straight line; before them it stays at its peak
    /// (hold, then linear: arXiv:2405.18392). With 0 it falls along half a cosine from the warm-up on.
    pub cooldown: f64,
    /// The norm of the whole gradient is clipped to this.
    pub clip: f64,
    /// Seconds from one checkpoint to the next.
    pub checkpoint_seconds: f64,
    /// Steps from one evaluation to the next; 0 lets [`TrainConfig::choose_eval_interval`] choose when the run starts.
    pub eval_interval: u64,
    /// Which weights are the result.
    pub keep: Keep,
    /// Evaluations without a new lowest loss after which the run ends early; 0 for none.
    pub patience: u64,
    /// What earlier versions had for `eval_interval`. Read and not used: what follows the clock cannot be repeated.
    #[serde(skip_serializing)]
    pub evaluate_seconds: IgnoredAny,
    /// Gone: steps that trained floats before integers. Read where it is 0.
    #[serde(skip_serializing, deserialize_with = "removed::float_steps")]
    pub float_steps: Removed,
    /// Gone: the share of the steps with weight decay. Read where it is 1.
    #[serde(skip_serializing, deserialize_with = "removed::decay_until")]
    pub decay_until: Removed,
}

/// Which weights of a run become its model.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Those of the evaluation with the lowest validation loss.
    #[default]
    Best,
    /// Those of the last step.
    Last,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            steps: 1000,
            batch: 8,
            shards: 4,
            seed: 1,
            learning_rate: 3e-3,
            embedding_lr_mult: 64.0,
            bias_lr_mult: 16.0,
            scale_lr_mult: 1.0,
            weight_decay: 0.05,
            scales_until: 1.0,
            teachers: Vec::new(),
            distill_weight: 0.5,
            dropout: 0.0,
            piece_dropout: 0.0,
            matrices: Matrices::AdamW,
            muon_lr_mult: 1.0,
            muon_momentum: 0.95,
            betas: [0.9, 0.99],
            epsilon: 1e-8,
            warmup: 100,
            across_documents: false,
            final_lr_mult: 0.05,
            cooldown: 0.0,
            clip: 1.0,
            checkpoint_seconds: 120.0,
            eval_interval: 0,
            keep: Keep::Best,
            patience: 0,
            evaluate_seconds: IgnoredAny,
            float_steps: Removed,
            decay_until: Removed,
        }
    }
}

/// Tokens of the validation split that an evaluation on the way measures, at most.
pub const EVALUATED_TOKENS: usize = 1 << 15;
/// An evaluation, which is a forward pass alone, measures at most this share of the tokens learned from since the last one.
const EVALUATED_SHARE: f64 = 0.09;
/// Evaluations of a run, at most.
const EVALUATIONS: u64 = 50;

impl TrainConfig {
    /// Chooses the interval of evaluations, once, where it is not given: every fiftieth of the steps, or more seldom where
    /// `tokens`, the tokens of an evaluation, would be more than a few per cent of the work.
    pub fn choose_eval_interval(&mut self, tokens: usize, context: u16) {
        if self.eval_interval == 0 {
            let learned = self.batch as f64 * f64::from(context);
            let affordable = (tokens as f64 / (EVALUATED_SHARE * learned)).ceil() as u64;
            self.eval_interval = affordable.max(self.steps.div_ceil(EVALUATIONS)).max(1);
        }
    }

    /// The share of the pieces that step `step` writes as shorter ones.
    pub fn piece_dropout_at(&self, step: u64) -> f64 {
        self.piece_dropout * self.steps.saturating_sub(step) as f64 / self.steps as f64
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let rules: [Rule; 21] = [
            ("steps", self.steps as f64, self.steps >= 1, "at least 1"),
            (
                "batch",
                self.batch as f64,
                (1..=MAX_BATCH).contains(&self.batch),
                "from 1 to 65536",
            ),
            (
                "shards",
                self.shards as f64,
                (1..=MAX_SHARDS).contains(&self.shards),
                "from 1 to 1024",
            ),
            positive("learning_rate", self.learning_rate),
            not_negative("embedding_lr_mult", self.embedding_lr_mult),
            not_negative("bias_lr_mult", self.bias_lr_mult),
            not_negative("scale_lr_mult", self.scale_lr_mult),
            not_negative("weight_decay", self.weight_decay),
            part("scales_until", self.scales_until),
            part("distill_weight", self.distill_weight),
            share("dropout", self.dropout),
            share("piece_dropout", self.piece_dropout),
            positive("muon_lr_mult", self.muon_lr_mult),
            share("muon_momentum", self.muon_momentum),
            share("betas[0]", self.betas[0]),
            share("betas[1]", self.betas[1]),
            (
                "epsilon",
                self.epsilon,
                self.epsilon >= 1e-30 && self.epsilon <= 1.0,
                "from 1e-30 to 1",
            ),
            part("final_lr_mult", self.final_lr_mult),
            part("cooldown", self.cooldown),
            positive("clip", self.clip),
            positive("checkpoint_seconds", self.checkpoint_seconds),
        ];
        for (name, value, holds, rule) in rules {
            if !holds {
                return Err(ConfigError::OutOfRange { name, value, rule });
            }
        }
        if !self.batch.is_multiple_of(self.shards) {
            return Err(ConfigError::Shards {
                batch: self.batch,
                shards: self.shards,
            });
        }
        Ok(())
    }
}

/// What a clock can still count in seconds, and an f32 multiply.
const LARGEST: f64 = 1e9;

/// Name, value, whether it holds, and what must hold.
type Rule = (&'static str, f64, bool, &'static str);

fn positive(name: &'static str, value: f64) -> Rule {
    let holds = value > 0.0 && value <= LARGEST;
    (name, value, holds, "above 0 and at most 1e9")
}

fn not_negative(name: &'static str, value: f64) -> Rule {
    (
        name,
        value,
        (0.0..=LARGEST).contains(&value),
        "from 0 to 1e9",
    )
}

fn part(name: &'static str, value: f64) -> Rule {
    (name, value, (0.0..=1.0).contains(&value), "from 0 to 1")
}

fn share(name: &'static str, value: f64) -> Rule {
    (
        name,
        value,
        (0.0..1.0).contains(&value),
        "from 0 to below 1",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_costs_a_few_per_cent_and_a_given_interval_stays() {
        let mut train = TrainConfig {
            steps: 1200,
            batch: 16,
            ..TrainConfig::default()
        };
        train.choose_eval_interval(EVALUATED_TOKENS, 128);
        assert_eq!(train.eval_interval, 178);
        train.choose_eval_interval(1, 128);
        assert_eq!(train.eval_interval, 178);
        // Small evaluations: fifty of them.
        train.eval_interval = 0;
        train.choose_eval_interval(1000, 128);
        assert_eq!(train.eval_interval, 24);
    }
}

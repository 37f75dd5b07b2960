//! A training run in progress: one call a step.

use crate::backprop::dropout::Dropout;
use crate::backprop::sequence::Tape;
use crate::backprop::weights::Weights as Numbers;
use crate::config::backend::Compute;
use crate::config::{Arithmetic, Config, ConfigError};
use crate::data::resegment::Splits;
use crate::data::sampler::{BatchSampler, TextTooShort};
use crate::data::tokens::Tokens;
use crate::data::windows::Windows;
use crate::model::float;
use crate::model::latent::Kind;
use crate::model::scale::Range;
use crate::model::tensor::to_vec;
use crate::model::to_file;
use crate::model::transformer::Transformer;
use crate::optim::adamw::{AdamW, norm};
use crate::optim::schedule::learning_rate;
use crate::train::checkpoint::{self, CheckpointError, State};
use crate::train::distill::Teachers;
use crate::train::gradients::Gradients;
use crate::train::network::{Network, transformer};
use burn::tensor::Device;
use formats::Dims;
use formats::write::Weights;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// A model in training.
#[derive(Debug)]
pub struct Trainer {
    config: Config,
    dims: Dims,
    device: Device,
    optimizer: AdamW,
    /// The optimiser's parameters as the next step computes with them.
    network: Network,
    batches: BatchSampler,
    gradients: Gradients,
    step: u64,
}

/// What a step did.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StepReport {
    /// Steps taken, this one included.
    pub step: u64,
    /// Mean cross-entropy of its batch before the step, in nats a token.
    pub loss: f64,
    /// The learning rate it was taken with.
    pub learning_rate: f64,
    /// The norm of the whole gradient before clipping.
    pub gradient_norm: f64,
}

/// Why a trainer cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainerError {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is not enough text.
    #[error(transparent)]
    Text(#[from] TextTooShort),
    /// A token of the text is not in the vocabulary.
    #[error(
        "the training text has the token {token}, the vocabulary ends at {vocab}: encode the text with this model's tokenizer"
    )]
    Token {
        /// The token.
        token: u16,
        /// Tokens of the vocabulary.
        vocab: u16,
    },
    /// The numbers have left the range of f32.
    #[error(
        "training diverged at step {step}: the loss is {loss}, the norm of the gradient {gradient_norm}; start a \
         new run with a smaller train.learning_rate (it is {peak}) or a longer train.warmup"
    )]
    Diverged {
        /// The step.
        step: u64,
        /// Its loss.
        loss: f64,
        /// Its gradient's norm.
        gradient_norm: f64,
        /// The learning rate that the run's rise to and fall from.
        peak: f64,
    },
    /// A checkpoint cannot be written or continued.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl Trainer {
    /// A fresh model of `dims` that is going to learn from `tokens`, with gradients by `compute`.
    ///
    /// # Errors
    /// [`TrainerError::Config`], [`TrainerError::Text`] and [`TrainerError::Token`].
    ///
    /// # Panics
    /// When the system refuses to make threads.
    pub fn new(
        config: Config,
        dims: Dims,
        tokens: impl Into<Tokens>,
        compute: Compute,
    ) -> Result<Self, TrainerError> {
        let mut tokens = tokens.into();
        config.check()?;
        if config.train.across_documents {
            tokens = tokens.without_documents();
        }
        let document_start = tokens.document_start();
        let arithmetic = config.model.arithmetic;
        if matches!(compute, Compute::Tensors(_)) {
            config.check_tensors()?;
        }
        dims.check().map_err(ConfigError::from)?;

        if let Some(token) = tokens.iter().find(|&token| token >= dims.vocab_size) {
            return Err(TrainerError::Token {
                token,
                vocab: dims.vocab_size,
            });
        }
        let seed = config.train.seed;
        let batches = BatchSampler::new(tokens, dims.context.into(), seed)?;
        let device = compute.device();
        let fresh = Transformer::fresh(arithmetic, &dims, &Device::flex(), seed).latents();
        Ok(Self {
            network: Network::new(&compute, arithmetic, &dims, document_start, &fresh),
            optimizer: AdamW::new(fresh),
            gradients: Gradients::new(config.train.shards),
            config,
            dims,
            device,
            batches,
            step: 0,
        })
    }

    /// Threads that compute a step by hand, and the bytes that each needs for itself; none where tensors are computed with.
    pub fn threads(&self) -> Option<(usize, usize)> {
        let tape = Tape::bytes(&self.dims, self.dims.context.into());
        matches!(self.network, Network::Slices(_)).then(|| (self.gradients.threads(), tape))
    }

    /// From now on it learns from `teachers`, too. They read the text first, where that is less than they would read on the way.
    pub fn learn_from(&mut self, mut teachers: Teachers) {
        let train = &self.config.train;
        let read = train.steps * (train.batch * usize::from(self.dims.context)) as u64;
        if let (Some(text), 0.0) = (self.batches.running_text(), train.piece_dropout) {
            teachers.read(text, read);
        }
        self.gradients.learn_from(teachers);
    }

    /// The pieces that can be written as shorter ones, for [`TrainConfig::piece_dropout`](crate::config::TrainConfig).
    pub fn set_splits(&mut self, splits: Splits) {
        self.batches.set_splits(splits);
    }

    /// Learns from one batch.
    ///
    /// # Errors
    /// [`TrainerError::Diverged`]; the trainer is of no further use then, what it saved before is whole.
    ///
    /// # Panics
    /// When the device fails.
    pub fn step(&mut self) -> Result<StepReport, TrainerError> {
        let train = &self.config.train;
        let (step, length) = (self.step + 1, usize::from(self.dims.context));
        let learning_rate = learning_rate(train, step);
        let drawn = self
            .batches
            .draw(step, train.batch, length, train.piece_dropout_at(step));
        let dropout = |sequence| {
            let key = train.seed.rotate_left(48) ^ step.rotate_left(16) ^ sequence as u64;
            Dropout::new(train.dropout, key)
        };
        let (loss, mut gradients) = self.gradients.of(&self.network, drawn.batch(), dropout);
        if self.config.model.arithmetic == Arithmetic::Float {
            float::through_means(self.optimizer.latents(), &mut gradients);
        }
        self.optimizer.chain_exp2(&mut gradients);
        let gradient_norm = norm(&gradients);
        let diverged = || TrainerError::Diverged {
            step,
            loss,
            gradient_norm,
            peak: train.learning_rate,
        };
        if !loss.is_finite() || !gradient_norm.is_finite() {
            return Err(diverged());
        }
        self.optimizer
            .step(train, step, learning_rate, &gradients, gradient_norm);
        // A number that is none must not reach a checkpoint: there it would replace the last good one.
        if !self.optimizer.is_finite() {
            return Err(diverged());
        }
        if self.config.model.arithmetic == Arithmetic::Integer {
            self.keep_scales_in_range();
        }
        self.step = step;
        self.refresh();
        Ok(StepReport {
            step,
            loss,
            learning_rate,
            gradient_norm,
        })
    }

    /// Steps taken.
    pub const fn steps(&self) -> u64 {
        self.step
    }

    /// The configuration.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The dimensions.
    pub const fn dims(&self) -> &Dims {
        &self.dims
    }

    /// What the forward pass on the CPU multiplies with.
    pub fn numbers(&self) -> Numbers {
        match &self.network {
            Network::Slices(weights) => weights.clone(),
            Network::Tensors { model, .. } => Numbers::of(model, self.config.model.arithmetic),
        }
    }

    /// The numbers of the model file, of which there is none while the arithmetic is float.
    ///
    /// # Panics
    /// When it is.
    pub fn weights(&self) -> Weights {
        assert_eq!(self.config.model.arithmetic, Arithmetic::Integer);
        to_file::weights(&self.dims, self.optimizer.latents())
    }

    /// The numbers of the blocks' matrices, layer after layer; of a float model their signs.
    pub fn trits(&self) -> Vec<i8> {
        if self.config.model.arithmetic == Arithmetic::Float {
            let latents = self.optimizer.latents();
            let matrices = latents.filter(|latent| latent.kind == Kind::Matrix);
            let numbers = matrices.flat_map(|latent| &latent.values);
            return numbers.map(|w| w.signum() as i8).collect();
        }
        let layers = self.weights().layers;
        let matrices = layers
            .into_iter()
            .flat_map(|l| [l.qkv, l.o_proj, l.up_proj, l.down_proj]);
        matrices.flatten().collect()
    }

    /// The logits after each of `tokens`, `[tokens][vocab]`, in sixteenths of a bit, by the forward pass that trains. At most
    /// `context` tokens, which start with an empty context.
    ///
    /// # Panics
    /// When there are more tokens, one is not in the vocabulary, or the device fails.
    pub fn logits(&self, tokens: &[u16]) -> Vec<Vec<i32>> {
        assert!(tokens.len() <= usize::from(self.dims.context));
        assert!(tokens.iter().all(|&token| token < self.dims.vocab_size));
        if tokens.is_empty() {
            return Vec::new();
        }
        self.rows(&self.gradients.logits(&self.network, tokens))
    }

    /// As [`Self::logits`], by burn's tensor operations, the oracle of the forward pass that trains. Any number of tokens: attention
    /// sees the last `context` of them.
    ///
    /// # Panics
    /// When a token is not in the vocabulary or the device fails.
    pub fn reference_logits(&self, tokens: &[u16]) -> Vec<Vec<i32>> {
        assert!(tokens.iter().all(|&token| token < self.dims.vocab_size));
        if tokens.is_empty() {
            return Vec::new();
        }
        let model = transformer(&self.dims, &self.device, self.optimizer.latents());
        let document_start = self.network.document_start();
        let integers = model.integers();
        let logits = integers.logits(tokens, 1, &self.device, document_start);
        self.rows(&to_vec(logits))
    }

    fn rows(&self, logits: &[f32]) -> Vec<Vec<i32>> {
        logits
            .chunks(self.dims.vocab_size.into())
            .map(|logits| logits.iter().map(|&logit| logit as i32).collect())
            .collect()
    }

    /// The mean loss over `windows` in nats per token, as [`measure::loss`](crate::export::measure::loss) measures it on the
    /// exported file, but by what trains. None when `stop` became true on the way.
    ///
    /// # Panics
    /// When the device fails.
    pub fn loss(&self, windows: &Windows<'_>, stop: &AtomicBool) -> Option<f64> {
        self.gradients.loss(&self.network, windows, stop)
    }

    /// Writes everything that continues this run bit for bit, with the loss on the validation split where it was measured.
    /// What was at `path` is kept at `previous`, if that is given.
    ///
    /// # Errors
    /// [`TrainerError::Checkpoint`].
    pub fn save(
        &self,
        path: &Path,
        previous: Option<&Path>,
        val_loss: Option<f64>,
    ) -> Result<(), TrainerError> {
        let state = State {
            config: &self.config,
            dims: &self.dims,
            step: self.step,
            val_loss,
            optimizer: &self.optimizer,
        };
        checkpoint::save(path, previous, &state)?;
        Ok(())
    }

    /// Continues where a checkpoint of the same run was written.
    ///
    /// # Errors
    /// [`TrainerError::Checkpoint`]; the trainer is as before then.
    pub fn load(&mut self, path: &Path) -> Result<(), TrainerError> {
        self.step = checkpoint::load(path, &self.config, &self.dims, &mut self.optimizer)?;
        self.refresh();
        Ok(())
    }

    /// Starts from the weights of `model`, of the same dimensions, which was trained in `arithmetic`. Where that is float and
    /// this run's is not, the scales rise by what rounding takes from the products.
    ///
    /// # Panics
    /// When steps have been taken, or the dimensions differ.
    pub fn start_from(&mut self, model: &Transformer, arithmetic: Arithmetic) {
        assert_eq!(self.step, 0);
        assert_eq!(*model.dims(), self.dims);
        let mut latents = model.latents();
        if arithmetic == Arithmetic::Float && self.config.model.arithmetic == Arithmetic::Integer {
            float::round(&mut latents, &self.dims);
        }
        self.optimizer = AdamW::new(latents);
        self.refresh();
    }

    /// What no model file can hold would be found when the last step is done.
    fn keep_scales_in_range(&mut self) {
        let slots = self.optimizer.slots_mut().iter_mut();
        for latent in slots.map(|slot| &mut slot.latent) {
            if latent.kind == Kind::Scale {
                Range::of(&latent.name, &self.dims).clamp(&mut latent.values);
            }
        }
    }

    fn refresh(&mut self) {
        self.network.update(self.optimizer.latents());
    }
}

#[cfg(test)]
mod tests;

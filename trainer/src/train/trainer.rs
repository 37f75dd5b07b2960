//! A training run in progress: one call a step.

use crate::backprop::dropout::Dropout;
use crate::backprop::weights::Weights as Numbers;
use crate::config::backend::Compute;
use crate::config::{Arithmetic, Config, ConfigError};
use crate::data::sampler::{BatchSampler, TextTooShort};
use crate::data::windows::Windows;
use crate::model::float;
use crate::model::params::Kind;
use crate::model::tensor::int_tensor;
use crate::model::tensor::to_vec;
use crate::model::transformer::Transformer;
use crate::optim::adamw::{AdamW, norm};
use crate::optim::schedule::learning_rate;
use crate::train::checkpoint::{self, CheckpointError, State};
use crate::train::distill::Teachers;
use crate::train::gradients::Gradients;
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
    model: Transformer,
    optimizer: AdamW,
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
        tokens: Vec<u16>,
        compute: Compute,
    ) -> Result<Self, TrainerError> {
        config.check()?;
        let arithmetic = config.arithmetic_after(0);
        if matches!(compute, Compute::Tensors(_)) {
            config.check_tensors()?;
        }
        dims.check().map_err(ConfigError::from)?;
        if let Some(&token) = tokens.iter().find(|&&token| token >= dims.vocab_size) {
            return Err(TrainerError::Token {
                token,
                vocab: dims.vocab_size,
            });
        }
        let seed = config.train.seed;
        let batches = BatchSampler::new(tokens, dims.context.into(), seed)?;
        let device = compute.device();
        let model = Transformer::fresh(arithmetic, &dims, &device, seed);
        Ok(Self {
            optimizer: AdamW::new(model.latents()),
            gradients: Gradients::new(compute, config.train.shards),
            config,
            dims,
            device,
            model,
            batches,
            step: 0,
        })
    }

    /// From now on it learns from `teachers`, too.
    pub fn learn_from(&mut self, teachers: Teachers) {
        self.gradients.learn_from(teachers);
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
        let batch = self.batches.draw(step, train.batch, length);
        let dropout = |sequence| {
            let key = train.seed.rotate_left(48) ^ step.rotate_left(16) ^ sequence as u64;
            Dropout::new(train.dropout, key)
        };
        let (loss, mut gradients) =
            self.gradients
                .of(&self.model, self.arithmetic(), &batch, dropout);
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
        self.step = step;
        if self.config.model.arithmetic == Arithmetic::Integer && step == train.float_steps {
            let slots = self.optimizer.slots_mut().iter_mut();
            let mut latents: Vec<_> = slots.map(|slot| &mut slot.latent).collect();
            float::round(&mut latents, &self.dims);
        }
        self.refresh();
        Ok(StepReport {
            step,
            loss,
            learning_rate,
            gradient_norm,
        })
    }

    /// The arithmetic of the next step: of integers that begin as floats, not always the configuration's.
    pub fn arithmetic(&self) -> Arithmetic {
        self.config.arithmetic_after(self.step)
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
        Numbers::of(&self.model, self.arithmetic())
    }

    /// The numbers of the model file, of which there is none while the arithmetic is float.
    ///
    /// # Panics
    /// When it is.
    pub fn weights(&self) -> Weights {
        assert_eq!(self.arithmetic(), Arithmetic::Integer);
        self.model.weights()
    }

    /// The numbers of the blocks' matrices, layer after layer; of a float model their signs.
    pub fn trits(&self) -> Vec<i8> {
        if self.arithmetic() == Arithmetic::Float {
            let latents = self.optimizer.slots().iter().map(|slot| &slot.latent);
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
        let logits = self
            .gradients
            .logits(&self.model, self.arithmetic(), tokens);
        self.rows(&logits)
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
        let logits = self.model.forward(int_tensor(tokens, 1, &self.device));
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
        self.gradients
            .loss(&self.model, self.arithmetic(), windows, stop)
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

    /// Starts from the weights of `model`, of the same dimensions.
    ///
    /// # Panics
    /// When steps have been taken, or the dimensions differ.
    pub fn start_from(&mut self, model: &Transformer) {
        assert_eq!(self.step, 0);
        assert_eq!(*model.dims(), self.dims);
        self.optimizer = AdamW::new(model.latents());
        self.refresh();
    }

    /// The module's parameters from the optimiser's.
    fn refresh(&mut self) {
        let values = self.optimizer.slots().iter();
        let values = values.map(|slot| slot.latent.values.as_slice());
        self.model = self.model.clone().with_latents(values);
    }
}

#[cfg(test)]
mod tests;

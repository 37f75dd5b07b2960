//! A training run in progress: one call a step.

use crate::batches::{Batches, TextTooShort};
use crate::checkpoint::{self, CheckpointError, State};
use crate::config::{Arithmetic, Config, ConfigError};
use crate::fused;
use crate::fused::dropout::Dropout;
use crate::gradients::{Compute, Gradients, int_tensor, weights_of};
use crate::model::Transformer;
use crate::model::export::to_vec;
use crate::model::floats;
use crate::model::latents::Kind;
use crate::optimizer::{AdamW, norm};
use crate::schedule::learning_rate;
use crate::teacher::Teachers;
use burn::tensor::Device;
use formats::Dims;
use formats::write::Weights;
use std::path::Path;

/// A model in training.
#[derive(Debug)]
pub struct Session {
    config: Config,
    dims: Dims,
    device: Device,
    model: Transformer,
    optimizer: AdamW,
    batches: Batches,
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

/// Why a session cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
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
        "training diverged at step {step}: the loss is {loss}, the norm of the gradient {gradient_norm}; continue from \
         the last checkpoint with a smaller train.learning_rate (it was {learning_rate:.2e}) or a longer train.warmup"
    )]
    Diverged {
        /// The step.
        step: u64,
        /// Its loss.
        loss: f64,
        /// Its gradient's norm.
        gradient_norm: f64,
        /// Its learning rate.
        learning_rate: f64,
    },
    /// A checkpoint cannot be written or continued.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl Session {
    /// A fresh model of `dims` that is going to learn from `tokens`, with gradients by `compute`.
    ///
    /// # Errors
    /// [`SessionError::Config`], [`SessionError::Text`] and [`SessionError::Token`].
    ///
    /// # Panics
    /// When the system refuses to make threads.
    pub fn new(
        config: Config,
        dims: Dims,
        tokens: Vec<u16>,
        compute: Compute,
    ) -> Result<Self, SessionError> {
        config.check()?;
        let arithmetic = config.arithmetic_after(0);
        if matches!(compute, Compute::Tensors(_)) {
            config.check_tensors()?;
        }
        dims.check().map_err(ConfigError::from)?;
        if let Some(&token) = tokens.iter().find(|&&token| token >= dims.vocab) {
            return Err(SessionError::Token {
                token,
                vocab: dims.vocab,
            });
        }
        let seed = config.train.seed;
        let batches = Batches::new(tokens, dims.context.into(), seed)?;
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
    /// [`SessionError::Diverged`]; the model is left as it was before the step.
    ///
    /// # Panics
    /// When the device fails.
    pub fn step(&mut self) -> Result<StepReport, SessionError> {
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
        self.optimizer.through_logarithms(&mut gradients);
        let gradient_norm = norm(&gradients);
        if !loss.is_finite() || !gradient_norm.is_finite() {
            return Err(SessionError::Diverged {
                step,
                loss,
                gradient_norm,
                learning_rate,
            });
        }
        self.optimizer
            .step(train, step, learning_rate, &gradients, gradient_norm);
        self.step = step;
        if self.config.model.arithmetic == Arithmetic::Integer && step == train.float_steps {
            let slots = self.optimizer.slots_mut().iter_mut();
            let mut latents: Vec<_> = slots.map(|slot| &mut slot.latent).collect();
            floats::round(&mut latents, &self.dims);
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
    pub fn numbers(&self) -> fused::weights::Weights {
        weights_of(&self.model, self.arithmetic())
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
            .flat_map(|l| [l.qkv, l.output, l.up, l.down]);
        matrices.flatten().collect()
    }

    /// The logits of the device after each of `tokens`, `[tokens][vocab]`, in sixteenths of a bit. Any number of tokens: attention
    /// sees the last `context` of them.
    ///
    /// # Panics
    /// When a token is not in the vocabulary or the device fails.
    pub fn logits(&self, tokens: &[u16]) -> Vec<Vec<i32>> {
        if tokens.is_empty() {
            return Vec::new();
        }
        assert!(tokens.iter().all(|&token| token < self.dims.vocab));
        let logits = self.model.forward(int_tensor(tokens, 1, &self.device));
        to_vec(logits)
            .chunks(self.dims.vocab.into())
            .map(|logits| logits.iter().map(|&logit| logit as i32).collect())
            .collect()
    }

    /// The mean loss over `tokens` in nats a token, as [`evaluate::loss`](crate::evaluate::loss) measures it on the exported
    /// file, but by what trains.
    ///
    /// # Panics
    /// When the device fails.
    pub fn loss(&self, tokens: &[u16]) -> f64 {
        self.gradients.loss(&self.model, self.arithmetic(), tokens)
    }

    /// Writes everything that continues this run bit for bit, with the loss on the validation split where it was measured.
    /// What was at `path` is kept at `previous`, if that is given.
    ///
    /// # Errors
    /// [`SessionError::Checkpoint`].
    pub fn save(
        &self,
        path: &Path,
        previous: Option<&Path>,
        val_loss: Option<f64>,
    ) -> Result<(), SessionError> {
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
    /// [`SessionError::Checkpoint`]; the session is as before then.
    pub fn load(&mut self, path: &Path) -> Result<(), SessionError> {
        self.step = checkpoint::load(path, &self.config, &self.dims, &mut self.optimizer)?;
        self.refresh();
        Ok(())
    }

    /// The module's parameters from the optimiser's.
    fn refresh(&mut self) {
        let values = self.optimizer.slots().iter();
        let values = values.map(|slot| slot.latent.values.as_slice());
        self.model = self.model.clone().with_latents(values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;

    fn config() -> Config {
        let mut config = Config::preset("quick").unwrap();
        config.preset = None;
        let model = &mut config.model;
        (model.layers, model.heads, model.kv_heads) = (2, 2, 1);
        (model.d_model, model.hidden, model.context) = (16, 32, 12);
        (model.shift, model.kv_trits) = ([8, 2, 2], 2);
        let train = &mut config.train;
        (train.steps, train.warmup, train.batch, train.shards) = (30, 5, 4, 2);
        train.learning_rate = 1e-2;
        config
    }

    /// A text that can be predicted: it counts.
    fn session(config: Config) -> Session {
        let dims = config.dims(7).unwrap();
        let tokens = (0..500).map(|i| i % 7).collect();
        Session::new(config, dims, tokens, Compute::Fused).unwrap()
    }

    #[test]
    fn steps_lower_the_loss() {
        let mut session = session(config());
        let first = session.step().unwrap();
        assert_eq!(first.step, 1);
        assert!((1.0..4.0).contains(&first.loss), "{first:?}");
        let last = (1..30).map(|_| session.step().unwrap()).last().unwrap();
        assert!(last.loss < 0.7 * first.loss, "{first:?} {last:?}");
        let text: Vec<u16> = (0..61).map(|i| i % 7).collect();
        assert!(session.loss(&text) < 0.7 * first.loss);
    }

    #[test]
    fn a_loaded_session_continues_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let mut session = session(config());
        for _ in 0..3 {
            session.step().unwrap();
        }
        session.save(&path, None, None).unwrap();
        let expected: Vec<StepReport> = (0..3).map(|_| session.step().unwrap()).collect();

        let mut resumed = self::session(config());
        resumed.load(&path).unwrap();
        assert_eq!(resumed.steps(), 3);
        let got: Vec<StepReport> = (0..3).map(|_| resumed.step().unwrap()).collect();
        assert_eq!(got, expected);
        assert_eq!(resumed.optimizer, session.optimizer);
        assert_eq!(resumed.weights(), session.weights());
    }

    #[test]
    fn a_float_twin_learns_resumes_and_is_refused_by_tensors() {
        let mut config = config();
        config.model.arithmetic = Arithmetic::Float;
        config.train.dropout = 0.05;
        let mut session = session(config.clone());
        let first = session.step().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        session.save(&path, None, None).unwrap();
        let last = (1..30).map(|_| session.step().unwrap()).last().unwrap();
        assert!(last.loss < 0.7 * first.loss, "{first:?} {last:?}");
        let mut resumed = self::session(config.clone());
        resumed.load(&path).unwrap();
        assert_eq!((1..30).map(|_| resumed.step().unwrap()).last(), Some(last));
        // An integer run is another one.
        let error = self::session(self::config()).load(&path).unwrap_err();
        assert!(error.to_string().contains("float"), "{error}");

        config.train.dropout = 0.0;
        let (dims, tokens) = (config.dims(7).unwrap(), vec![1; 50]);
        let compute = Compute::Tensors(Device::flex().autodiff());
        let error = Session::new(config, dims, tokens, compute).unwrap_err();
        assert!(error.to_string().contains("backend flex"), "{error}");
    }

    #[test]
    fn integers_go_on_from_floats_and_resume_on_both_sides() {
        let mut config = config();
        config.train.float_steps = 10;
        let mut session = session(config.clone());
        let folder = tempfile::tempdir().unwrap();
        let path = |step| folder.path().join(format!("{step}"));
        let text: Vec<u16> = (0..61).map(|i| i % 7).collect();
        let mut losses = Vec::new();
        for step in 0..30 {
            let floats = step < 10;
            assert_eq!(session.arithmetic() == Arithmetic::Float, floats, "{step}");
            if [9, 10, 11].contains(&step) {
                session.save(&path(step), None, None).unwrap();
            }
            losses.push(session.loss(&text));
            session.step().unwrap();
        }
        // Rounding costs something, but what was learned stays.
        assert!(losses[10] < 0.5 * (losses[0] + losses[9]), "{losses:?}");
        assert!(session.loss(&text) < losses[10]);
        for step in [9, 10, 11] {
            let mut resumed = self::session(config.clone());
            resumed.load(&path(step)).unwrap();
            while resumed.steps() < 30 {
                resumed.step().unwrap();
            }
            assert_eq!(resumed.optimizer, session.optimizer);
            assert_eq!(resumed.weights(), session.weights());
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let run = |threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| {
                let mut session = session(config());
                let last = (0..3).map(|_| session.step().unwrap()).last();
                assert!(last.is_some());
                session.optimizer
            })
        };
        assert_eq!(run(1), run(2));
    }

    #[test]
    fn logits_are_those_of_the_forward_pass_and_go_on_past_the_context() {
        let session = session(config());
        let tokens: Vec<u16> = (0..40).map(|i| i * i % 7).collect();
        let logits = session.logits(&tokens);
        assert_eq!(logits.len(), 40);
        assert!(logits.iter().all(|logits| logits.len() == 7));
        assert_eq!(session.logits(&tokens[..5]), logits[..5]);
        assert!(session.logits(&[]).is_empty());
    }

    #[test]
    fn what_cannot_start_says_why() {
        let dims = config().dims(7).unwrap();
        let error = |tokens| Session::new(config(), dims, tokens, Compute::Fused).unwrap_err();
        assert!(matches!(error(vec![1; 12]), SessionError::Text(_)));
        let token = error(vec![7; 50]);
        assert!(matches!(token, SessionError::Token { token: 7, vocab: 7 }));
    }

    #[test]
    fn a_diverged_step_is_an_error_that_changes_nothing() {
        let mut session = session(config());
        session.optimizer.slots_mut()[0].latent.values[0] = f32::NAN;
        session.refresh();
        let before = session.step;
        let error = session.step().unwrap_err();
        assert!(
            matches!(error, SessionError::Diverged { step: 1, .. }),
            "{error}"
        );
        assert_eq!(session.step, before);
    }
}

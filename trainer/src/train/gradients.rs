//! The loss of a batch and its gradient, shard by shard: by hand on the CPU, or by burn's autodiff on any device.

use crate::backprop::dropout::{self, Dropout};
use crate::backprop::params::Parameters;
use crate::backprop::sequence::{self, Tape};
use crate::backprop::weights::{self, Weights};
use crate::backprop::{self, loss};
use crate::data::sampler::Batch;
use crate::data::windows::Windows;
use crate::model::forward::Integers;
use crate::model::tensor::{int_tensor, to_vec};
use crate::train::distill::Teachers;
use crate::train::network::Network;
use crate::util::workers::Workers;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor};
use rayon::prelude::*;
use std::f64::consts::LN_2;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Steps of a bit in a logit.
const LOGIT_STEPS: f64 = 16.0;

/// Computes the loss of batches and their gradients.
#[derive(Debug)]
pub struct Gradients {
    shards: usize,
    workers: Workers,
    teachers: Teachers,
    /// Kept from step to step: fresh memory costs more than a pass over it.
    tapes: Mutex<Vec<Tape>>,
    sums: Vec<Mutex<Parameters>>,
}

impl Gradients {
    /// Gradients of batches that are computed in `shards` equal parts, side by side.
    ///
    /// # Panics
    /// When the system refuses to make threads.
    pub fn new(shards: usize) -> Self {
        Self {
            shards,
            workers: Workers::new(shards),
            teachers: Teachers::default(),
            tapes: Mutex::default(),
            sums: Vec::new(),
        }
    }

    /// Threads that compute side by side.
    pub fn threads(&self) -> usize {
        self.workers.count()
    }

    /// From now on gradients are those of what `teachers` show, too. Only [`Network::Slices`] looks at them.
    pub fn learn_from(&mut self, teachers: Teachers) {
        self.teachers = teachers;
    }

    /// The mean loss of `batch`, in nats a token, and the gradient of each parameter in the order of
    /// [`Transformer::latents`](crate::model::transformer::Transformer::latents): the scales' with respect to their factors,
    /// of floats the matrices' with respect to what the forward pass multiplies with. Shards are added in their order, so the
    /// number of threads changes nothing. `dropout` is that of each sequence of the batch; only [`Network::Slices`] has any.
    ///
    /// # Panics
    /// When the device fails, or the batch does not divide into shards.
    pub fn of(
        &mut self,
        network: &Network,
        batch: Batch<'_>,
        dropout: impl Fn(usize) -> Dropout + Sync,
    ) -> (f64, Vec<Vec<f32>>) {
        match network {
            Network::Slices(weights) => self.by_hand(weights, batch, dropout),
            Network::Tensors {
                model,
                device,
                document_start,
            } => self.tensors(&model.integers(), batch, device, *document_start),
        }
    }

    fn by_hand(
        &mut self,
        weights: &Weights,
        batch: Batch<'_>,
        dropout: impl Fn(usize) -> Dropout + Sync,
    ) -> (f64, Vec<Vec<f32>>) {
        let dims = weights.dims;
        self.sums
            .resize_with(self.shards, || Mutex::new(Parameters::zeros(&dims)));
        let tokens = batch.tokens();
        let share = (tokens as f32).recip();
        let losses = self.workers.map(self.shards, |shard| {
            let free = lock(&self.tapes).pop();
            let mut tape = free.unwrap_or_else(|| Tape::new(&dims, dims.context.into()));
            let mut sum = lock(&self.sums[shard]);
            let batch = batch.shard(shard, self.shards);
            let first = shard * batch.len();
            let dropouts = (first..).map(&dropout);
            let targets = self.teachers.targets();
            let loss = backprop::learn(
                weights, batch, dropouts, share, targets, &mut tape, &mut sum,
            );
            lock(&self.tapes).push(tape);
            loss
        });
        let sums: Vec<_> = self.sums.iter().map(lock).collect();
        let sums: Vec<_> = sums.iter().map(|sum| sum.fields()).collect();
        let fields: Vec<Vec<f32>> = (0..sums[0].len())
            .into_par_iter()
            .map(|field| {
                let mut parts = sums.iter().map(|sum| sum[field]);
                let mut total = parts.next().expect("at least one shard").clone();
                parts.for_each(|part| add(&mut total, part));
                total
            })
            .collect();
        let mut total = Parameters::from_values(&dims, fields);
        weights::finish(weights, &mut total);
        let mean = losses.iter().sum::<f64>() / tokens as f64;
        (mean, total.into_values())
    }

    /// The mean loss over `windows` of the model's context, in nats per token. None when `stop` became true on the way; NaN
    /// without a window.
    ///
    /// # Panics
    /// When the device fails.
    pub fn loss(&self, network: &Network, windows: &Windows<'_>, stop: &AtomicBool) -> Option<f64> {
        let context = usize::from(network.dims().context);
        let integers = match network {
            Network::Slices(_) => None,
            Network::Tensors { model, .. } => Some(model.integers()),
        };
        let losses = self.workers.map(windows.len(), |index| {
            if stop.load(Ordering::Relaxed) {
                return f64::NAN;
            }
            let window = windows.get(index);
            let (inputs, targets) = (&window[..window.len() - 1], &window[1..]);
            match (network, &integers) {
                (Network::Slices(weights), _) => {
                    let mut tape = match lock(&self.tapes).pop() {
                        Some(tape) if tape.time() == inputs.len() => tape,
                        _ => Tape::new(&weights.dims, inputs.len()),
                    };
                    sequence::forward(weights, inputs, dropout::OFF, &mut tape);
                    let loss = loss::cross_entropy(&mut tape.logits, targets, 0.0);
                    if tape.time() == context {
                        lock(&self.tapes).push(tape);
                    }
                    loss
                }
                (
                    Network::Tensors {
                        device,
                        document_start,
                        ..
                    },
                    Some(integers),
                ) => {
                    let batch = [window.clone()];
                    let batch = Batch::new(&batch);
                    let mean = cross_entropy(integers, batch, device, *document_start);
                    f64::from(to_vec(mean)[0]) * inputs.len() as f64
                }
                (Network::Tensors { .. }, None) => unreachable!("tensors have their integers"),
            }
        });
        let mean = losses.iter().sum::<f64>() / windows.predicted() as f64;
        (!stop.load(Ordering::Relaxed)).then_some(mean)
    }

    /// The logits after each of `tokens`, `[tokens, vocab]`, by the forward pass that gradients are taken of. At most `context` tokens.
    ///
    /// # Panics
    /// When there are more, or the device fails.
    pub fn logits(&self, network: &Network, tokens: &[u16]) -> Vec<f32> {
        match network {
            Network::Slices(weights) => {
                let mut tape = Tape::new(&weights.dims, tokens.len());
                sequence::forward(weights, tokens, dropout::OFF, &mut tape);
                tape.logits
            }
            Network::Tensors {
                model,
                device,
                document_start,
            } => {
                let integers = model.integers();
                to_vec(integers.logits(tokens, 1, device, *document_start))
            }
        }
    }

    fn tensors(
        &self,
        integers: &Integers,
        batch: Batch<'_>,
        device: &Device,
        document_start: Option<u16>,
    ) -> (f64, Vec<Vec<f32>>) {
        let shards = self.shards;
        let parts = self.workers.map(shards, |shard| {
            let integers = integers.tracked();
            let batch = batch.shard(shard, shards);
            let loss = cross_entropy(&integers, batch, device, document_start);
            let gradients = integers.gradients((loss.clone() / shards as f64).backward());
            (to_vec(loss.inner())[0], gradients)
        });
        let mut parts = parts.into_iter();
        let (loss, mut total) = parts.next().expect("at least one shard");
        let mut loss = f64::from(loss);
        for (part, gradients) in parts {
            loss += f64::from(part);
            for (total, gradient) in total.iter_mut().zip(&gradients) {
                add(total, gradient);
            }
        }
        (loss / shards as f64, total)
    }
}

fn add(total: &mut [f32], part: &[f32]) {
    for (total, part) in total.iter_mut().zip(part) {
        *total += part;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panicked left numbers that the next user writes over.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The mean loss `[1]` of a batch, in nats a token.
fn cross_entropy(
    integers: &Integers,
    batch: Batch<'_>,
    device: &Device,
    document_start: Option<u16>,
) -> Tensor<1> {
    let (inputs, targets): (Vec<&[u16]>, Vec<&[u16]>) = batch.sequences().unzip();
    let sequences = batch.len();
    let logits = integers.logits(&inputs.concat(), sequences, device, document_start);
    let nats = log_softmax(logits * (LN_2 / LOGIT_STEPS), 2);
    let targets = int_tensor(&targets.concat(), sequences, device);
    nats.gather(2, targets.unsqueeze_dim(2)).mean().neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backprop::dropout::OFF;
    use crate::config::Arithmetic;
    use crate::model::float;
    use crate::model::latent::{Kind, Latent};
    use crate::model::transformer::Transformer;
    use formats::Dims;

    const DIMS: Dims = Dims {
        vocab_size: 11,
        d_model: 16,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        d_ff: 32,
        context: 8,
        weight_trits: 1,
        head_trits: 1,
        kv_trits: 2,
        embedding_trits: 0,
        token_shift: [4, 4, 0],
    };

    fn float_network(latents: &[Latent], document_start: Option<u16>) -> Network {
        let mut weights = Weights::from_latents(&DIMS, Arithmetic::Float, latents);
        weights.document_start = document_start;
        Network::Slices(weights)
    }

    fn float_loss(latents: &[Latent], document_start: Option<u16>, tokens: &[u16]) -> f64 {
        let tokens = tokens.to_vec().into();
        let windows = Windows::all(&tokens, DIMS.context.into());
        let (network, stop) = (
            float_network(latents, document_start),
            AtomicBool::new(false),
        );
        let loss = Gradients::new(1).loss(&network, &windows, &stop);
        loss.expect("nobody stops it")
    }

    /// Nothing is rounded, so the loss is smooth but where a number changes its sign, and its slope can be measured.
    #[test]
    fn the_gradient_of_floats_is_the_slope_of_the_loss() {
        slopes(None);
    }

    #[test]
    fn the_gradient_of_documents_is_the_slope_of_the_loss() {
        slopes(Some(4));
    }

    fn slopes(document_start: Option<u16>) {
        let model = Transformer::float(&DIMS, &Device::flex(), 3);
        let latents = model.latents();
        let tokens: Vec<u16> = (0..=32).map(|i| (i * i / 3 + i) % 11).collect();
        let window = |i: usize| tokens[8 * i..=8 * i + 8].to_vec();
        let windows: Vec<_> = (0..4).map(window).collect();
        let network = float_network(&latents, document_start);
        let (loss, mut gradients) = Gradients::new(2).of(&network, Batch::new(&windows), |_| OFF);
        float::through_means(latents.iter(), &mut gradients);
        assert!((loss - float_loss(&latents, document_start, &tokens)).abs() < 1e-6);
        for (index, (latent, gradient)) in latents.iter().zip(&gradients).enumerate() {
            // With respect to the latent numbers themselves.
            let unit = float::mean(&latent.values);
            let gradient: Vec<f32> = match latent.kind {
                Kind::Matrix | Kind::Head => gradient.iter().map(|g| g / unit).collect(),
                Kind::Scale => {
                    let slope = |log2: f32| log2.exp2() * std::f32::consts::LN_2;
                    let pairs = gradient.iter().zip(&latent.values);
                    pairs.map(|(g, log2)| g * slope(*log2)).collect()
                }
                Kind::Embedding | Kind::Bias => gradient.clone(),
            };
            let norm = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
            assert!(norm > 1e-6, "{}", latent.name);
            let alternating = |i: usize| if i.is_multiple_of(3) { -1.0 } else { 1.0 };
            let steepest: Vec<f32> = gradient.iter().map(|g| g / norm).collect();
            let across = (0..gradient.len())
                .map(|i| (steepest[i] + alternating(i) / (gradient.len() as f32).sqrt()) * 0.7);
            for direction in [&steepest, &across.collect::<Vec<f32>>()] {
                let expected: f64 = gradient
                    .iter()
                    .zip(direction)
                    .map(|(g, d)| f64::from(*g) * f64::from(*d))
                    .sum();
                // A change of the loss that f32 resolves, by a step that is small for the curvature.
                let step = (2e-4 / f64::from(norm)) as f32;
                let at = |step: f32| {
                    let mut moved = latents.clone();
                    for (value, direction) in moved[index].values.iter_mut().zip(direction) {
                        *value += step * direction;
                    }
                    float_loss(&moved, document_start, &tokens)
                };
                let got = (at(step) - at(-step)) / (2.0 * f64::from(step));
                assert!(
                    (got - expected).abs() < 0.01 * f64::from(norm),
                    "{}: the slope is {got}, the gradient says {expected}",
                    latent.name
                );
            }
        }
    }
}

//! The loss of a batch and its gradient, shard by shard: by hand on the CPU, or by burn's autodiff on any device.

use crate::batches::Batch;
use crate::config::Arithmetic;
use crate::fused::dropout::{self, Dropout};
use crate::fused::parameters::Parameters;
use crate::fused::sequence::{self, Tape};
use crate::fused::weights::{self, Weights};
use crate::fused::{self, loss};
use crate::model::Integers;
use crate::model::export::to_vec;
use crate::workers::Workers;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use std::f64::consts::LN_2;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Steps of a bit in a logit.
const LOGIT_STEPS: f64 = 16.0;

/// What computes gradients.
#[derive(Clone, Debug)]
pub enum Compute {
    /// [`fused`] on the CPU.
    Fused,
    /// Tensor operations and autodiff on a device.
    Tensors(Device),
}

impl Compute {
    /// Where the tensors of the model are.
    pub fn device(&self) -> Device {
        match self {
            Self::Fused => Device::flex(),
            Self::Tensors(device) => device.clone().without_autodiff(),
        }
    }
}

/// Computes the loss of batches and their gradients.
#[derive(Debug)]
pub struct Gradients {
    compute: Compute,
    shards: usize,
    workers: Workers,
    /// Kept from step to step: fresh memory costs more than a pass over it.
    tapes: Mutex<Vec<Tape>>,
    sums: Vec<Mutex<Parameters>>,
}

impl Gradients {
    /// Gradients of batches that are computed in `shards` equal parts, side by side.
    ///
    /// # Panics
    /// When the system refuses to make threads.
    pub fn new(compute: Compute, shards: usize) -> Self {
        Self {
            compute,
            shards,
            workers: Workers::new(shards),
            tapes: Mutex::default(),
            sums: Vec::new(),
        }
    }

    /// The mean loss of `batch`, in nats a token, and the gradient of each parameter in the order of
    /// [`Transformer::latents`](crate::model::Transformer::latents), the scales' with respect to their factors. Shards
    /// are added in their order, so the number of threads changes nothing. `dropout` is that of each sequence of the batch;
    /// only [`Compute::Fused`] has any.
    ///
    /// # Panics
    /// When the device fails, or the batch does not divide into shards of whole sequences.
    pub fn of(
        &mut self,
        integers: &Integers,
        batch: &Batch,
        dropout: impl Fn(usize) -> Dropout + Sync,
    ) -> (f64, Vec<Vec<f32>>) {
        match &self.compute {
            Compute::Fused => self.fused(integers, batch, dropout),
            Compute::Tensors(device) => self.tensors(integers, batch, device),
        }
    }

    fn fused(
        &mut self,
        integers: &Integers,
        batch: &Batch,
        dropout: impl Fn(usize) -> Dropout + Sync,
    ) -> (f64, Vec<Vec<f32>>) {
        let dims = *integers.module().dims();
        let weights = weights_of(integers);
        self.sums
            .resize_with(self.shards, || Mutex::new(Parameters::zeros(&dims)));
        let tokens = batch.inputs.len();
        let share = (tokens as f32).recip();
        let losses = self.workers.map(self.shards, |shard| {
            let free = lock(&self.tapes).pop();
            let mut tape = free.unwrap_or_else(|| Tape::new(&dims, dims.context.into()));
            let mut sum = lock(&self.sums[shard]);
            sum.clear();
            let batch = batch.shard(shard, self.shards);
            let first = shard * (batch.inputs.len() / usize::from(dims.context));
            let dropouts = (first..).map(&dropout);
            let loss = fused::learn(&weights, &batch, dropouts, share, &mut tape, &mut sum);
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
        weights::finish(&weights, &mut total);
        (
            losses.iter().sum::<f64>() / tokens as f64,
            total.into_values(),
        )
    }

    /// The mean loss over `tokens` in nats a token, in windows of the context that each start with an empty one: every
    /// token but the first is predicted once. NaN for fewer than two tokens.
    ///
    /// # Panics
    /// When the device fails.
    pub fn loss(&self, integers: &Integers, tokens: &[u16]) -> f64 {
        let dims = *integers.module().dims();
        let context = usize::from(dims.context);
        let count = tokens.len().saturating_sub(1);
        let weights = weights_of(integers);
        let losses = self.workers.map(count.div_ceil(context), |window| {
            let start = window * context;
            let end = (start + context).min(count);
            let (inputs, targets) = (&tokens[start..end], &tokens[start + 1..=end]);
            match &self.compute {
                Compute::Fused => {
                    let mut tape = match lock(&self.tapes).pop() {
                        Some(tape) if tape.time() == inputs.len() => tape,
                        _ => Tape::new(&dims, inputs.len()),
                    };
                    sequence::forward(&weights, inputs, dropout::OFF, &mut tape);
                    let loss = loss::cross_entropy(&mut tape.logits, targets, 0.0);
                    if tape.time() == context {
                        lock(&self.tapes).push(tape);
                    }
                    loss
                }
                Compute::Tensors(device) => {
                    let batch = Batch {
                        inputs: inputs.to_vec(),
                        targets: targets.to_vec(),
                    };
                    let mean = to_vec(cross_entropy(integers, &batch, 1, device))[0];
                    f64::from(mean) * inputs.len() as f64
                }
            }
        });
        losses.iter().sum::<f64>() / count as f64
    }

    fn tensors(&self, integers: &Integers, batch: &Batch, device: &Device) -> (f64, Vec<Vec<f32>>) {
        let shards = self.shards;
        let context = usize::from(integers.module().dims().context);
        let parts = self.workers.map(shards, |shard| {
            let batch = batch.shard(shard, shards);
            let integers = integers.tracked();
            let loss = cross_entropy(&integers, &batch, batch.inputs.len() / context, device);
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

fn weights_of(integers: &Integers) -> Weights {
    let dims = integers.module().dims();
    let values = integers.module().latents().into_iter();
    let parameters = Parameters::from_values(dims, values.map(|latent| latent.values));
    Weights::new(dims, Arithmetic::Integer, parameters)
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

/// The mean loss `[1]` of `sequences` sequences, in nats a token.
fn cross_entropy(
    integers: &Integers,
    batch: &Batch,
    sequences: usize,
    device: &Device,
) -> Tensor<1> {
    let logits = integers.forward(int_tensor(&batch.inputs, sequences, device));
    let nats = log_softmax(logits * (LN_2 / LOGIT_STEPS), 2);
    let targets = int_tensor(&batch.targets, sequences, device);
    nats.gather(2, targets.unsqueeze_dim(2)).mean().neg()
}

/// Tokens as `[sequences, time]`.
pub fn int_tensor(tokens: &[u16], sequences: usize, device: &Device) -> Tensor<2, Int> {
    let values: Vec<i32> = tokens.iter().map(|&token| token.into()).collect();
    let shape = [sequences, values.len() / sequences];
    Tensor::from_data(TensorData::new(values, shape), device)
}

//! AdamW (arXiv:1711.05101), or Muon for the blocks' matrices, with one clip for the whole gradient and a rate for each kind of parameter.
//!
//! burn's own clips each tensor by itself and restores its state through the default device. This one keeps the latent
//! parameters and its moments on the host, where one pass over them costs less than one tensor operation each, gives
//! the same numbers on every backend, and is all that a checkpoint holds.

use crate::config::{Matrices, TrainConfig};
use crate::model::latent::{Kind, Latent};
use crate::optim::muon::orthogonal;
use rayon::prelude::*;
use std::f32::consts::LN_2;

/// The latent parameters and the moments of their gradients.
#[derive(Clone, PartialEq, Debug)]
pub struct AdamW {
    slots: Vec<Slot>,
}

/// A parameter and the moments of its gradient, equally long.
#[derive(Clone, PartialEq, Debug)]
pub struct Slot {
    /// The parameter.
    pub latent: Latent,
    /// Moving average of the gradient.
    pub first: Vec<f32>,
    /// Moving average of the gradient's square.
    pub second: Vec<f32>,
}

/// What is the same for every number of one parameter in one step.
#[derive(Clone, Copy)]
struct Rates {
    gradient: f32,
    betas: [f32; 2],
    step: f32,
    correction: f32,
    epsilon: f32,
    keep: f32,
}

impl AdamW {
    /// Parameters without a history.
    pub fn new(latents: Vec<Latent>) -> Self {
        let slots = latents.into_iter().map(|latent| Slot {
            first: vec![0.0; latent.values.len()],
            second: vec![0.0; latent.values.len()],
            latent,
        });
        Self {
            slots: slots.collect(),
        }
    }

    /// Every parameter, in the order of the module's fields.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The parameters alone, in the same order.
    pub fn latents(&self) -> impl ExactSizeIterator<Item = &Latent> {
        self.slots.iter().map(|slot| &slot.latent)
    }

    /// The slots, to be filled from a checkpoint.
    pub fn slots_mut(&mut self) -> &mut [Slot] {
        &mut self.slots
    }

    /// Turns the gradients with respect to factors into those with respect to their logarithms to base 2, in place.
    ///
    /// # Panics
    /// When `gradients` are not those of these parameters.
    pub fn chain_exp2(&self, gradients: &mut [Vec<f32>]) {
        assert_eq!(gradients.len(), self.slots.len());
        for (slot, gradient) in self.slots.iter().zip(gradients) {
            if slot.latent.kind == Kind::Scale {
                for (gradient, log2) in gradient.iter_mut().zip(&slot.latent.values) {
                    *gradient *= log2.exp2() * LN_2;
                }
            }
        }
    }

    /// Whether all parameters and moments are numbers.
    pub fn is_finite(&self) -> bool {
        let finite = |numbers: &Vec<f32>| numbers.iter().all(|number| number.is_finite());
        self.slots.par_iter().all(|slot| {
            [&slot.latent.values, &slot.first, &slot.second]
                .into_iter()
                .all(finite)
        })
    }

    /// Moves every parameter once, in step `step` from 1 up at learning rate `rate`. Gradients whose common norm
    /// `norm` is above `config.clip` are shortened to it.
    ///
    /// # Panics
    /// When `gradients` are not those of these parameters.
    pub fn step(
        &mut self,
        config: &TrainConfig,
        step: u64,
        rate: f64,
        gradients: &[Vec<f32>],
        norm: f64,
    ) {
        assert_eq!(gradients.len(), self.slots.len());
        let [beta1, beta2] = config.betas;
        let age = step as f64;
        let weight_decay = config.weight_decay;
        let scales_learn = age <= (config.scales_until * config.steps as f64).round();
        let scale_lr_mult = if scales_learn {
            config.scale_lr_mult
        } else {
            0.0
        };
        self.slots
            .par_iter_mut()
            .zip(gradients)
            .for_each(|(slot, gradient)| {
                if slot.latent.kind == Kind::Matrix && config.matrices == Matrices::Muon {
                    slot.turn(gradient, rate, weight_decay, config);
                    return;
                }
                let (multiple, decay) = match slot.latent.kind {
                    Kind::Matrix | Kind::Head => (1.0, weight_decay),
                    Kind::Embedding => (config.embedding_lr_mult, 0.0),
                    Kind::Bias => (config.bias_lr_mult, 0.0),
                    Kind::Scale => (scale_lr_mult, 0.0),
                };
                slot.advance(
                    gradient,
                    Rates {
                        gradient: (config.clip / norm.max(config.clip)) as f32,
                        betas: [beta1 as f32, beta2 as f32],
                        step: (rate * multiple / (1.0 - beta1.powf(age))) as f32,
                        correction: (1.0 - beta2.powf(age)).sqrt().recip() as f32,
                        epsilon: config.epsilon as f32,
                        keep: (1.0 - rate * multiple * decay) as f32,
                    },
                );
            });
    }
}

impl Slot {
    fn advance(&mut self, gradient: &[f32], rates: Rates) {
        assert_eq!(gradient.len(), self.latent.values.len());
        let [beta1, beta2] = rates.betas;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, (first, second)), gradient) in
            self.latent.values.iter_mut().zip(moments).zip(gradient)
        {
            let gradient = gradient * rates.gradient;
            *first = beta1 * *first + (1.0 - beta1) * gradient;
            *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
            let size = second.sqrt() * rates.correction + rates.epsilon;
            *value = *value * rates.keep - rates.step * *first / size;
        }
    }
}

impl Slot {
    /// A step of Muon with Nesterov's momentum. Its size does not depend on the gradient's.
    fn turn(&mut self, gradient: &[f32], rate: f64, weight_decay: f64, config: &TrainConfig) {
        assert_eq!(gradient.len(), self.latent.values.len());
        let momentum = config.muon_momentum as f32;
        for (first, gradient) in self.first.iter_mut().zip(gradient) {
            *first = momentum * *first + (1.0 - momentum) * gradient;
        }
        let ahead = self.first.iter().zip(gradient);
        let ahead: Vec<f32> = ahead
            .map(|(first, gradient)| momentum * first + (1.0 - momentum) * gradient)
            .collect();
        let rate = rate * config.muon_lr_mult;
        let keep = (1.0 - rate * weight_decay) as f32;
        let direction = orthogonal(&ahead, self.latent.cols);
        for (value, direction) in self.latent.values.iter_mut().zip(direction) {
            *value = *value * keep - rate as f32 * direction;
        }
    }
}

/// The Euclidean norm of all gradients together, summed in one order.
pub fn norm(gradients: &[Vec<f32>]) -> f64 {
    let square = |gradient: &Vec<f32>| -> f64 {
        gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum()
    };
    gradients.iter().map(square).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latent(kind: Kind, values: &[f32]) -> Latent {
        Latent {
            name: String::new(),
            kind,
            cols: values.len(),
            values: values.to_vec(),
        }
    }

    fn values(optimizer: &AdamW, slot: usize) -> &[f32] {
        &optimizer.slots()[slot].latent.values
    }

    #[test]
    fn the_first_step_is_the_rate_against_the_sign_and_only_matrices_decay() {
        let config = TrainConfig {
            weight_decay: 0.1,
            embedding_lr_mult: 64.0,
            ..TrainConfig::default()
        };
        let mut optimizer = AdamW::new(vec![
            latent(Kind::Matrix, &[1.0, -1.0]),
            latent(Kind::Embedding, &[100.0]),
        ]);
        let gradients = [vec![0.3, -0.01], vec![0.2]];
        optimizer.step(&config, 1, 0.01, &gradients, norm(&gradients));
        let close = |got: f32, expected: f32| (got - expected).abs() < 1e-5 * expected.abs();
        assert!(close(values(&optimizer, 0)[0], 0.999 - 0.01));
        assert!(close(values(&optimizer, 0)[1], -0.999 + 0.01));
        assert!(close(values(&optimizer, 1)[0], 100.0 - 0.64));
    }

    #[test]
    fn it_follows_the_textbook_in_f64() {
        let config = TrainConfig::default();
        let [beta1, beta2] = config.betas;
        let mut optimizer = AdamW::new(vec![latent(Kind::Matrix, &[0.5])]);
        let (mut value, mut first, mut second) = (0.5, 0.0, 0.0);
        for step in 1..=50 {
            let gradient = (step as f64 * 0.7).sin() * 3.0;
            let clipped = gradient.clamp(-1.0, 1.0);
            first = beta1 * first + (1.0 - beta1) * clipped;
            second = beta2 * second + (1.0 - beta2) * clipped * clipped;
            let m = first / (1.0 - beta1.powi(step));
            let v: f64 = second / (1.0 - beta2.powi(step));
            value -= 0.01 * (config.weight_decay * value + m / (v.sqrt() + config.epsilon));
            let gradients = [vec![gradient as f32]];
            optimizer.step(&config, step as u64, 0.01, &gradients, gradient.abs());
        }
        let got = f64::from(values(&optimizer, 0)[0]);
        assert!((got - value).abs() < 1e-5, "{got} instead of {value}");
    }

    #[test]
    fn scales_stop_at_their_share_of_the_steps() {
        let config = TrainConfig {
            steps: 10,
            scales_until: 0.3,
            ..TrainConfig::default()
        };
        let mut optimizer = AdamW::new(vec![latent(Kind::Scale, &[1.0, -1.0])]);
        let gradients = [vec![0.1; 2]];
        optimizer.step(&config, 3, 0.01, &gradients, 0.1);
        let moved = values(&optimizer, 0)[0];
        assert!(moved < 1.0);
        optimizer.step(&config, 4, 0.01, &gradients, 0.1);
        assert_eq!(values(&optimizer, 0)[0], moved);
    }

    #[test]
    fn logarithms_get_the_gradient_of_the_power() {
        let optimizer = AdamW::new(vec![
            latent(Kind::Scale, &[3.0]),
            latent(Kind::Bias, &[3.0]),
        ]);
        let mut gradients = [vec![0.5], vec![0.5]];
        optimizer.chain_exp2(&mut gradients);
        assert_eq!(gradients, [vec![4.0 * LN_2], vec![0.5]]);
    }
}

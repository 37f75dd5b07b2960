//! Noise on the inputs of the matrices, to see what it does to the loss. Training has none.

use super::dropout::mix;
use crate::config::Arithmetic;
use crate::model::norm::Norm;
use crate::util::simd::wide;

/// Mean and deviation of the sum of four random bytes.
const BYTES: (f32, f32) = (510.0, 147.802);

/// Nearly normal noise of one sequence, the same for the same key.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Noise {
    /// In mean magnitudes of an activation.
    deviation: f32,
    key: u32,
}

/// None.
pub const OFF: Noise = Noise {
    deviation: 0.0,
    key: 0,
};

impl Noise {
    /// Of a standard deviation of `deviation` mean magnitudes of an activation.
    pub fn new(deviation: f32, key: u32) -> Self {
        Self {
            deviation,
            key: mix(key),
        }
    }

    /// The same of another sequence, told apart by `sequence`.
    pub fn of_sequence(self, sequence: usize) -> Self {
        Self {
            key: mix(self.key ^ sequence as u32),
            ..self
        }
    }

    /// Adds it to activations `y` that were brought to the target of `renorm`; integers stay integers in its range.
    /// `site` tells the places of the model apart.
    pub(super) fn apply(self, site: usize, y: &mut [f32], renorm: Norm, arithmetic: Arithmetic) {
        if self.deviation == 0.0 {
            return;
        }
        let size = self.deviation * f32::from(renorm.target) / BYTES.1;
        let key = mix(self.key.wrapping_add(site as u32));
        let clamp = f32::from(renorm.clamp);
        wide(
            #[inline(always)]
            || {
                for (i, y) in y.iter_mut().enumerate() {
                    let [a, b, c, d] = mix(key ^ i as u32).to_le_bytes().map(f32::from);
                    *y += size * (a + b + c + d - BYTES.0);
                    if arithmetic == Arithmetic::Integer {
                        *y = (*y + 0.5).floor().max(-clamp).min(clamp);
                    }
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::norm::ACTIVATION;

    #[test]
    fn it_has_the_deviation_asked_for_and_repeats() {
        let noise = |key, site, arithmetic| {
            let mut y = vec![0.0; 50_000];
            Noise::new(0.5, key).apply(site, &mut y, ACTIVATION, arithmetic);
            y
        };
        let floats = noise(1, 2, Arithmetic::Float);
        let count = floats.len() as f32;
        let mean = floats.iter().sum::<f32>() / count;
        let square = floats.iter().map(|y| y * y).sum::<f32>() / count;
        // Half of the mean magnitude, which is 10.
        assert!(mean.abs() < 0.1, "{mean}");
        assert!((square - 25.0).abs() < 0.5, "{square}");
        assert_eq!(floats, noise(1, 2, Arithmetic::Float));
        assert_ne!(floats, noise(1, 3, Arithmetic::Float));
        assert_ne!(floats, noise(2, 2, Arithmetic::Float));
        let integers = noise(1, 2, Arithmetic::Integer);
        let rounded = floats.iter().map(|y| (y + 0.5).floor().clamp(-31.0, 31.0));
        assert_eq!(integers, rounded.collect::<Vec<f32>>());
    }

    #[test]
    fn none_is_none() {
        let mut y = vec![0.25; 4];
        OFF.apply(0, &mut y, ACTIVATION, Arithmetic::Integer);
        assert_eq!(y, [0.25; 4]);
    }
}

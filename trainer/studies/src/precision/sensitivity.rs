//! How much a model bears: random trits flipped, noise on its weights and on its activations, until the loss has risen
//! by a tenth of a nat. Everything by the trainer's forward pass, whose logits are the runtime's.

use formats::trits::max_value;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use trainer::backprop::noise::{self, Noise};
use trainer::backprop::params::Parameters;
use trainer::backprop::sequence::{self, Tape};
use trainer::backprop::weights::Weights;
use trainer::backprop::{dropout, loss};
use trainer::model::float::mean;

/// What counts as damage, in nats a character.
pub const RISE: f64 = 0.1;
/// Tokens of the text that is measured on; its first ones.
pub const TOKENS: usize = 8192;
/// Random draws that a result is the mean of.
const DRAWS: u64 = 3;
/// Halvings of the logarithm of the range that is searched.
const HALVINGS: u32 = 9;

/// Where the loss has risen by [`RISE`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sensitivity {
    /// Share of the trits of all matrices that are flipped; none without trits.
    pub flips: Option<f64>,
    /// Deviation of noise on the matrices' numbers, in mean magnitudes of each matrix.
    pub weight_noise: f64,
    /// Deviation of noise on the inputs of the matrices, in mean magnitudes of an activation.
    pub activation_noise: f64,
}

impl Sensitivity {
    /// Of the model `weights`, whose numbers have `trits` trits in the blocks and in the head, on the beginning of
    /// `tokens`.
    ///
    /// # Panics
    /// When there are fewer than two tokens, or one is not in the vocabulary.
    pub fn of(weights: &Weights, trits: Option<[u8; 2]>, tokens: &[u16]) -> Self {
        let tokens = &tokens[..tokens.len().min(TOKENS + 1)];
        let most = loss_of(weights, noise::OFF, tokens) + RISE;
        let over = |weights: &Weights| loss_of(weights, noise::OFF, tokens) > most;
        let draws = |at: &dyn Fn(u64) -> f64| (0..DRAWS).map(at).sum::<f64>() / DRAWS as f64;
        Self {
            flips: trits.map(|trits| {
                draws(&|draw| least(|share| over(&flipped(weights, trits, share, draw))))
            }),
            weight_noise: draws(&|draw| least(|size| over(&noisy(weights, size as f32, draw)))),
            activation_noise: draws(&|draw| {
                least(|size| loss_of(weights, Noise::new(size as f32, draw as u32), tokens) > most)
            }),
        }
    }
}

/// The least number from 2^-14 to 2 for which `over` holds, within 2 % or so; it must not turn false again.
fn least(over: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (-14.0f64, 1.0f64);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if over(middle.exp2()) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high.exp2()
}

/// The mean loss over `tokens`, in windows of the context.
fn loss_of(weights: &Weights, noise: Noise, tokens: &[u16]) -> f64 {
    let context = usize::from(weights.dims.context);
    let count = tokens.len() - 1;
    let starts: Vec<usize> = (0..count).step_by(context).collect();
    let losses: Vec<f64> = starts
        .par_iter()
        .map_init(
            || Tape::new(&weights.dims, context),
            |full, &start| {
                let end = (start + context).min(count);
                let mut short;
                let tape = if end - start == context {
                    full
                } else {
                    short = Tape::new(&weights.dims, end - start);
                    &mut short
                };
                tape.noise = noise.of_sequence(start);
                sequence::forward(weights, &tokens[start..end], dropout::OFF, tape);
                loss::cross_entropy(&mut tape.logits, &tokens[start + 1..=end], 0.0)
            },
        )
        .collect();
    losses.iter().sum::<f64>() / count as f64
}

/// The matrices of a model: the blocks', then the head.
fn matrices(parameters: &mut Parameters) -> Vec<&mut Vec<f32>> {
    let blocks = parameters.blocks.iter_mut();
    let mut matrices: Vec<&mut Vec<f32>> = blocks
        .flat_map(|block| {
            [
                &mut block.qkv,
                &mut block.o_proj,
                &mut block.up_proj,
                &mut block.down_proj,
            ]
        })
        .collect();
    matrices.push(&mut parameters.lm_head);
    matrices
}

/// The model with a share of its trits replaced, each by one of the two others. A greater share of the same draw flips
/// the same trits and more.
pub fn flipped(weights: &Weights, [block, head]: [u8; 2], share: f64, draw: u64) -> Weights {
    let mut parameters = weights.parameters.clone();
    let threshold = (share.min(1.0) * 2f64.powi(32)) as u64;
    let mut random = ChaCha8Rng::seed_from_u64(draw);
    let mut matrices = matrices(&mut parameters);
    let last = matrices.len() - 1;
    for (index, matrix) in matrices.iter_mut().enumerate() {
        let trits = if index == last { head } else { block };
        let max = max_value(trits);
        for weight in matrix.iter_mut() {
            let mut digits = *weight as i32 + max;
            let mut power = 1;
            for _ in 0..trits {
                let drawn = random.next_u64();
                if drawn >> 32 < threshold {
                    let digit = digits / power % 3;
                    let other = (digit + 1 + (drawn & 1) as i32) % 3;
                    digits += (other - digit) * power;
                }
                power *= 3;
            }
            *weight = (digits - max) as f32;
        }
    }
    Weights::new(&weights.dims, weights.arithmetic, parameters)
}

/// The model with normal noise of so many mean magnitudes on every number of a matrix. More of the same draw is the same
/// noise, larger.
fn noisy(weights: &Weights, size: f32, draw: u64) -> Weights {
    let mut parameters = weights.parameters.clone();
    let mut random = ChaCha8Rng::seed_from_u64(draw);
    for matrix in matrices(&mut parameters) {
        let size = size * mean(matrix);
        for weight in matrix.iter_mut() {
            *weight += size * standard(&mut random);
        }
    }
    Weights::new(&weights.dims, weights.arithmetic, parameters)
}

/// Nearly normal, mean 0, deviation 1: the sum of four uniform numbers.
fn standard(random: &mut ChaCha8Rng) -> f32 {
    let bits = random.next_u64();
    let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
    // Four variances of 2^32 / 12 are a third of 2^32.
    (sum as f32 - 131_070.0) * (3f32.sqrt() / 65_536.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use trainer::backprop::weights::Weights;
    use trainer::config::{Arithmetic, Config};
    use trainer::model::transformer::Transformer;

    fn model(trits: u8, arithmetic: Arithmetic) -> Weights {
        let mut dims = Config::preset("quick").unwrap().dims(7).unwrap();
        (dims.d_model, dims.d_ff, dims.layers) = (16, 32, 1);
        (dims.context, dims.token_shift) = (16, [8, 0, 0]);
        (dims.weight_trits, dims.head_trits) = (trits, 2);
        let model = match arithmetic {
            Arithmetic::Integer => Transformer::new(&dims, &Device::flex(), 1),
            Arithmetic::Float => Transformer::float(&dims, &Device::flex(), 1),
        };
        Weights::of(&model, arithmetic)
    }

    fn flat(weights: &Weights) -> Vec<f32> {
        let mut parameters = weights.parameters.clone();
        let matrices = matrices(&mut parameters);
        matrices
            .into_iter()
            .flat_map(|matrix| matrix.clone())
            .collect()
    }

    #[test]
    fn flips_are_those_asked_for_stay_in_range_and_repeat() {
        for trits in [1, 3] {
            let weights = model(trits, Arithmetic::Integer);
            let before = flat(&weights);
            let few = flat(&flipped(&weights, [trits, 2], 0.05, 1));
            let many = flat(&flipped(&weights, [trits, 2], 0.2, 1));
            assert_eq!(few, flat(&flipped(&weights, [trits, 2], 0.05, 1)));
            assert_ne!(few, flat(&flipped(&weights, [trits, 2], 0.05, 2)));
            assert_eq!(flat(&flipped(&weights, [trits, 2], 0.0, 1)), before);
            let changed = |after: &[f32]| {
                let pairs = before.iter().zip(after);
                pairs.filter(|(a, b)| a != b).count() as f64 / before.len() as f64
            };
            let expected = 1.0 - 0.95f64.powi(trits.into());
            assert!((changed(&few) - expected).abs() < 0.03, "{}", changed(&few));
            // What few flips changed, many changed too.
            let kept = |i: usize| few[i] == before[i] || many[i] != before[i];
            assert!((0..before.len()).all(kept));
            let max = max_value(trits.max(2)) as f32;
            assert!(many.iter().all(|w| w.fract() == 0.0 && w.abs() <= max));
        }
    }

    #[test]
    fn every_trit_flipped_leaves_none_as_it_was() {
        let weights = model(1, Arithmetic::Integer);
        let (before, after) = (flat(&weights), flat(&flipped(&weights, [1, 2], 1.0, 3)));
        assert!(before.iter().zip(&after).all(|(a, b)| a != b));
    }

    #[test]
    fn noise_has_its_size() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let values: Vec<f32> = (0..20_000).map(|_| standard(&mut random)).collect();
        let count = values.len() as f32;
        let mean = values.iter().sum::<f32>() / count;
        let square = values.iter().map(|v| v * v).sum::<f32>() / count;
        assert!(
            mean.abs() < 0.03 && (square - 1.0).abs() < 0.03,
            "{mean} {square}"
        );
    }

    #[test]
    fn the_search_finds_a_threshold() {
        for threshold in [0.001, 0.03, 0.7] {
            let found = least(|x| x > threshold);
            assert!(
                (found / threshold - 1.0).abs() < 0.03,
                "{found} for {threshold}"
            );
        }
    }

    #[test]
    fn the_loss_rises_where_the_result_says() {
        let tokens: Vec<u16> = (0..200).map(|i| i * i % 7).collect();
        let weights = model(1, Arithmetic::Integer);
        let found = Sensitivity::of(&weights, Some([1, 2]), &tokens);
        assert_eq!(found, Sensitivity::of(&weights, Some([1, 2]), &tokens));
        assert!(found.flips.is_some());
        let found = Sensitivity::of(&model(1, Arithmetic::Float), None, &tokens);
        assert_eq!(found.flips, None);
        for size in [found.weight_noise, found.activation_noise] {
            assert!(size.is_finite() && size > 0.0);
        }
    }
}

//! Choosing the next token from logits: greedy, temperature, top-k, top-p, min-p and a repetition penalty, all in
//! integers, seeded.

mod random;
mod recent;
mod saved;
mod settings;

use crate::arithmetic::{times, weight};
use random::Xorshift;
use recent::Recent;
pub use settings::{MAX_REPETITION_WINDOW, Sampling};

/// The highest temperature, in hundredths.
const MAX_TEMPERATURE: u16 = 1000;
/// Distances below the largest logit are clamped here before they are scaled: 2^-256 of its probability.
const MAX_DISTANCE: u32 = 4095;
/// Where weights end: a token 16 bits below the largest logit is never drawn.
const LAST_DISTANCE: u32 = 255;

/// A seeded source of tokens. The same seed, settings and logits give the same tokens on every machine.
///
/// ```
/// use runtime::{Sampler, Sampling};
///
/// let logits = [0, 32, 16];
/// assert_eq!(Sampler::new(Sampling::GREEDY, 0).sample(&logits), 1);
/// let mut sampler = Sampler::new(Sampling { temperature: 80, top_k: 2, ..Sampling::DEFAULT }, 42);
/// assert_ne!(sampler.sample(&logits), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Sampler {
    /// One over the temperature, in 64ths; 0 for greedy.
    sharpness: u32,
    top_k: u32,
    /// In 256ths.
    top_p: u32,
    /// The largest distance kept.
    min_p: u32,
    penalty: u16,
    recent: Recent,
    random: Xorshift,
}

impl Sampler {
    /// A sampler with its own random numbers.
    pub const fn new(sampling: Sampling, seed: u64) -> Self {
        let temperature = if sampling.temperature > MAX_TEMPERATURE {
            MAX_TEMPERATURE
        } else {
            sampling.temperature
        };
        let sharpness = match temperature {
            0 => 0,
            // Rounded, and capped where 1/100 of a sixteenth of a bit would already decide.
            t => (6400 + t as u32 / 2) / t as u32,
        };
        let top_k = if sampling.top_k == 0 {
            u32::MAX
        } else {
            sampling.top_k as u32
        };
        let top_p = if sampling.top_p >= 100 {
            256
        } else {
            sampling.top_p as u32 * 256 / 100
        };
        Self {
            sharpness,
            top_k,
            top_p,
            min_p: last_distance(sampling.min_p),
            penalty: sampling.repetition_penalty,
            recent: Recent::new(sampling.repetition_window),
            random: Xorshift::new(seed),
        }
    }

    /// Notes a token that was not drawn here, such as one of the prompt, for the repetition penalty.
    pub fn accept(&mut self, token: u16) {
        if self.penalty != 0 {
            self.recent.push(token);
        }
    }

    /// Draws a token from `logits` (`[vocab_size]`, in sixteenths of a bit); 0 when there are none.
    ///
    /// Costs some ten walks over the logits; with a repetition penalty, a sort of its window as well.
    pub fn sample(&mut self, logits: &[i32]) -> u16 {
        if self.penalty == 0 {
            return self.draw(|| logits.iter().copied());
        }
        let (seen, penalty) = (self.recent.sorted(), self.penalty);
        let token = self.draw(|| seen.penalised(logits, penalty));
        self.recent.push(token);
        token
    }

    /// Draws from `logits`, which can be walked over again and again.
    #[inline(always)]
    fn draw<L: Iterator<Item = i32>>(&mut self, logits: impl Fn() -> L) -> u16 {
        let Some(max) = logits().max() else {
            return 0;
        };
        if self.sharpness == 0 {
            return argmax(logits(), max);
        }
        let sharpness = self.sharpness;
        let distances =
            || logits().map(move |logit| scaled(max.abs_diff(logit).min(MAX_DISTANCE), sharpness));
        let mass = |end: u32| distances().filter(|&d| d <= end).map(weight).sum::<u32>();

        let mut end = LAST_DISTANCE;
        if self.top_k < u32::from(u16::MAX) {
            let kept = |end: u32| distances().filter(|&d| d <= end).map(|_| 1).sum::<u32>();
            end = first(|end| kept(end) >= self.top_k);
        }
        if self.top_p < 256 {
            // A total is at least 2^15, so its last eight bits do not matter.
            let wanted = times(mass(end) >> 8, self.top_p);
            end = first(|end| mass(end) >= wanted).min(end);
        }
        end = end.min(self.min_p);
        let drawn = self.random.below(mass(end));
        let mut passed = 0;
        let mut chosen = 0;
        for (token, distance) in (0..).zip(distances()) {
            if distance > end {
                continue;
            }
            if passed > drawn {
                break;
            }
            passed += weight(distance);
            chosen = token;
        }
        chosen
    }
}

/// A distance over the temperature; at temperature 1 itself.
fn scaled(distance: u32, sharpness: u32) -> u32 {
    if sharpness == 64 {
        distance
    } else {
        times(distance, sharpness) >> 6
    }
}

/// The largest distance whose weight is at least `percent` of that of distance 0.
const fn last_distance(percent: u8) -> u32 {
    let least = percent as u32 * weight(0);
    let mut distance = 0;
    while distance < LAST_DISTANCE && weight(distance + 1) * 100 >= least {
        distance += 1;
    }
    distance
}

/// The smallest end for which `enough` holds, or [`LAST_DISTANCE`]; `enough` must not turn false again.
fn first(enough: impl Fn(u32) -> bool) -> u32 {
    let mut end = 0;
    for bit in [128, 64, 32, 16, 8, 4, 2, 1] {
        if !enough(end + bit - 1) {
            end += bit;
        }
    }
    end
}

/// The index of the first logit equal to `max`.
fn argmax(logits: impl Iterator<Item = i32>, max: i32) -> u16 {
    (0..)
        .zip(logits)
        .find(|&(_, logit)| logit == max)
        .map_or(0, |(token, _)| token)
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    /// Draws from `logits` often and counts.
    fn counts(sampling: Sampling, logits: &[i32], draws: u32) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling, 7);
        let mut counts = vec![0; logits.len()];
        (0..draws).for_each(|_| counts[usize::from(sampler.sample(logits))] += 1);
        counts
    }

    fn close(count: u32, share: f64, draws: u32) -> bool {
        let expected = share * f64::from(draws);
        (f64::from(count) - expected).abs() < 5.0 * expected.sqrt() + 1.0
    }

    #[test]
    fn draws_follow_the_distribution_at_every_temperature() {
        let logits = [0, 16, 24, -40, 3];
        for temperature in [50, 80, 100, 200] {
            let weights =
                logits.map(|l| (f64::from(l) / 16.0 * 100.0 / f64::from(temperature)).exp2());
            let total: f64 = weights.iter().sum();
            let sampling = Sampling {
                temperature,
                ..Sampling::default()
            };
            let counts = counts(sampling, &logits, 20_000);
            for (count, weight) in counts.iter().zip(weights) {
                // A sixteenth of a bit is 4 %: distances are rounded down to it.
                let share = weight / total;
                assert!(
                    (f64::from(*count) / 20_000.0 - share).abs() < 0.05 * share + 0.012,
                    "{counts:?}"
                );
            }
        }
    }

    #[test]
    fn equal_logits_are_drawn_equally() {
        let counts = counts(Sampling::default(), &[5; 7], 70_000);
        assert!(
            counts.iter().all(|&count| close(count, 1.0 / 7.0, 70_000)),
            "{counts:?}"
        );
    }

    #[test]
    fn greedy_is_argmax_and_ties_go_to_the_lowest_token() {
        let greedy = Sampling {
            temperature: 0,
            ..Sampling::default()
        };
        assert_eq!(Sampler::new(greedy, 1).sample(&[1, 9, 9, 3]), 1);
        assert_eq!(Sampler::new(greedy, 1).sample(&[]), 0);
    }

    #[test]
    fn top_k_keeps_k_and_ties() {
        let sampling = Sampling {
            top_k: 2,
            ..Sampling::default()
        };
        let kept: Vec<bool> = counts(sampling, &[0, 10, 20, 30], 2000)
            .iter()
            .map(|&n| n > 0)
            .collect();
        assert_eq!(kept, [false, false, true, true]);
        let kept: Vec<bool> = counts(sampling, &[0, 20, 20, 30], 2000)
            .iter()
            .map(|&n| n > 0)
            .collect();
        assert_eq!(kept, [false, true, true, true]);
        // More than there are keeps all that have a chance.
        let all = Sampling {
            top_k: 50,
            ..Sampling::default()
        };
        assert!(counts(all, &[0, 1, 2], 2000).iter().all(|&n| n > 0));
    }

    #[test]
    fn top_p_keeps_the_most_probable_until_the_share_is_reached() {
        // Shares 1/2, 1/4, 1/8, 1/8.
        let logits = [48, 32, 16, 16];
        for (top_p, kept) in [(10, 1), (49, 1), (60, 2), (80, 4), (100, 4)] {
            let sampling = Sampling {
                top_p,
                ..Sampling::default()
            };
            let drawn = counts(sampling, &logits, 2000)
                .iter()
                .filter(|&&n| n > 0)
                .count();
            assert_eq!(drawn, kept, "top-p {top_p}");
        }
    }

    #[test]
    fn the_seed_decides() {
        let logits: Vec<i32> = (0..65).map(|i| i * 29 % 64).collect();
        let draw = |seed| {
            let mut sampler = Sampler::new(Sampling::default(), seed);
            (0..50).map(|_| sampler.sample(&logits)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        // The seed that would leave the generator at zero works too.
        assert_ne!(draw(0x9E37_79B9_7F4A_7C15), draw(2));
    }

    #[test]
    fn extreme_logits_do_not_overflow() {
        let logits = [i32::MIN, i32::MAX, 0, i32::MAX];
        for temperature in [1, 1000, u16::MAX] {
            let sampling = Sampling {
                temperature,
                top_k: 3,
                top_p: 50,
                ..Sampling::default()
            };
            assert!([1, 3].contains(&Sampler::new(sampling, 3).sample(&logits)));
        }
    }

    /// The tokens and shares that settings leave, by the definition: floats for the shares, wide integers for the rest.
    fn oracle(sampling: Sampling, logits: &[i32], recent: &[u16]) -> Vec<f64> {
        let window = usize::from(sampling.repetition_window.min(MAX_REPETITION_WINDOW));
        let recent = &recent[recent.len().saturating_sub(window)..];
        let penalty = i64::from(sampling.repetition_penalty);
        let logit = |(token, &logit): (usize, &i32)| {
            let seen = recent.iter().any(|&seen| usize::from(seen) == token);
            i64::from(logit) - if seen { penalty } else { 0 }
        };
        let logits: Vec<i64> = logits.iter().enumerate().map(logit).collect();
        let max = *logits.iter().max().unwrap();
        let least = f64::from(sampling.min_p.min(100)) / 100.0;
        let weight = |&logit: &i64| {
            let weight = ((logit - max) as f64 / 16.0).exp2();
            if weight >= least { weight } else { 0.0 }
        };
        let weights: Vec<f64> = logits.iter().map(weight).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    }

    #[test]
    fn min_p_keeps_what_is_probable_beside_the_most_probable() {
        // No logit lies where a weight is a whole percentage, but those of whole octaves.
        let logits = [90, 74, 58, 42, 26, 10, 85, 61, 33, 89];
        for min_p in [0, 1, 3, 5, 10, 24, 25, 26, 50, 51, 99, 100, 255] {
            let sampling = Sampling {
                min_p,
                ..Sampling::default()
            };
            let counts = counts(sampling, &logits, 20_000);
            let shares = oracle(sampling, &logits, &[]);
            for (&count, share) in counts.iter().zip(&shares) {
                assert_eq!(
                    count == 0,
                    *share == 0.0,
                    "min-p {min_p}: {counts:?} {shares:?}"
                );
                assert!(
                    close(count, *share, 20_000),
                    "min-p {min_p}: {counts:?} {shares:?}"
                );
            }
        }
    }

    #[test]
    fn a_repetition_penalty_makes_what_was_seen_lately_less_probable() {
        let logits = [40, 30, 20, 35, 0, 38];
        for (window, penalty) in [
            (0, 16),
            (1, 16),
            (3, 16),
            (3, 200),
            (64, 5),
            (255, 16),
            (3, 0),
        ] {
            let sampling = Sampling {
                repetition_penalty: penalty,
                repetition_window: window,
                ..Sampling::default()
            };
            let seen = [0, 4, 1, 5, 5, 0, 3, 3];
            let mut fresh = Sampler::new(sampling, 3);
            seen.iter().for_each(|&token| fresh.accept(token));
            let mut counts = [0; 6];
            for _ in 0..20_000 {
                let mut sampler = fresh.clone();
                counts[usize::from(sampler.sample(&logits))] += 1;
                fresh.random = sampler.random;
            }
            for (&count, share) in counts.iter().zip(oracle(sampling, &logits, &seen)) {
                assert!(
                    close(count, share, 20_000),
                    "{window} {penalty}: {counts:?} {share}"
                );
            }
        }
    }

    #[test]
    fn what_was_drawn_counts_as_seen_and_the_window_forgets() {
        // Greedy, with a window of two of three equal tokens: each waits for the two others.
        let sampling = Sampling {
            repetition_penalty: 16,
            repetition_window: 2,
            ..Sampling::GREEDY
        };
        let mut sampler = Sampler::new(sampling, 1);
        let drawn: Vec<u16> = (0..7).map(|_| sampler.sample(&[5, 5, 5])).collect();
        assert_eq!(drawn, [0, 1, 2, 0, 1, 2, 0]);
        let mut without = Sampler::new(Sampling::GREEDY, 1);
        assert!((0..7).all(|_| without.sample(&[5, 5, 5]) == 0));
    }

    #[test]
    fn the_new_settings_at_rest_draw_as_before_them() {
        // Drawn with seed 1 by the version that had temperature, top-k and top-p alone.
        let logits: Vec<i32> = (0..65).map(|i| i * 29 % 64).collect();
        let sampling = Sampling {
            temperature: 80,
            top_k: 30,
            top_p: 90,
            ..Sampling::default()
        };
        let mut sampler = Sampler::new(sampling, 1);
        let drawn: Vec<u16> = (0..20).map(|_| sampler.sample(&logits)).collect();
        assert_eq!(
            drawn,
            [
                11, 2, 44, 11, 57, 37, 22, 24, 2, 55, 11, 46, 37, 33, 55, 28, 26, 37, 4, 44
            ]
        );
    }
}

//! Choosing the next token from logits: greedy, temperature, top-k and top-p, all in integers, seeded.

use crate::arithmetic::times;

/// How to choose. The default draws from the model's own distribution.
///
/// Percentages are turned into shifts and additions by [`Sampler::new`], which divides; keep it out of the inner loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sampling {
    /// Temperature in hundredths, up to 1000: 100 is the model's own distribution, 0 is greedy (argmax; ties go to the lowest token id).
    pub temperature: u16,
    /// Keep the `top_k` most probable tokens and all ties with the last of them; 0 keeps all.
    pub top_k: u16,
    /// Keep the most probable tokens up to this percentage of the probability mass (nucleus sampling); 100 and more keeps all.
    pub top_p: u8,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 100,
            top_k: 0,
            top_p: 100,
        }
    }
}

/// The highest temperature, in hundredths.
const MAX_TEMPERATURE: u16 = 1000;
/// Distances below the largest logit are clamped here before they are scaled: 2^-256 of its probability.
const MAX_DISTANCE: u32 = 4095;
/// Where weights end: a token 16 bits below the largest logit is never drawn.
const LAST_DISTANCE: u32 = 255;

/// `round(2^15 * 2^(-f / 16))`: weights within one bit.
const FRACTIONS: [u16; 16] = [
    32768, 31379, 30048, 28774, 27554, 26386, 25268, 24196, 23170, 22188, 21247, 20347, 19484,
    18658, 17867, 17109,
];

/// A seeded source of tokens. The same seed, settings and logits give the same tokens on every machine.
#[derive(Clone, Debug)]
pub struct Sampler {
    /// One over the temperature, in 64ths; 0 for greedy.
    sharpness: u32,
    top_k: u32,
    /// In 256ths.
    top_p: u32,
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
            random: Xorshift::new(seed),
        }
    }

    /// Draws a token from `logits` (`[vocab_size]`, in sixteenths of a bit); 0 when there are none.
    ///
    /// Costs some ten walks over the logits.
    pub fn sample(&mut self, logits: &[i32]) -> u16 {
        let Some(&max) = logits.iter().max() else {
            return 0;
        };
        if self.sharpness == 0 {
            return argmax(logits, max);
        }
        let sharpness = self.sharpness;
        let distances = move || {
            logits
                .iter()
                .map(move |&logit| scaled(max.abs_diff(logit).min(MAX_DISTANCE), sharpness))
        };
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

/// `2^15 * 2^(-distance / 16)`, or 0 past [`LAST_DISTANCE`].
fn weight(distance: u32) -> u32 {
    let octave = distance >> 4;
    let fraction = FRACTIONS[(distance & 15) as usize];
    if octave > 15 {
        0
    } else {
        u32::from(fraction) >> octave
    }
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
fn argmax(logits: &[i32], max: i32) -> u16 {
    (0..)
        .zip(logits)
        .find(|&(_, &logit)| logit == max)
        .map_or(0, |(token, _)| token)
}

/// Marsaglia's xorshift with 64 bits of state: shifts and exclusive-ors only.
#[derive(Clone, Debug)]
struct Xorshift(u64);

impl Xorshift {
    const fn new(seed: u64) -> Self {
        // Zero is the one state that it cannot leave.
        let seed = seed ^ 0x9E37_79B9_7F4A_7C15;
        let mut random = Self(if seed == 0 { 1 } else { seed });
        // Seeds that differ in one bit start alike: let them drift apart.
        let mut turn = 0;
        while turn < 16 {
            random.next();
            turn += 1;
        }
        random
    }

    const fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32
    }

    /// Uniform in `0..n`, by rejection; 0 for `n` below 2.
    fn below(&mut self, n: u32) -> u32 {
        if n < 2 {
            return 0;
        }
        let unused = (n - 1).leading_zeros();
        loop {
            let candidate = self.next() >> unused;
            if candidate < n {
                return candidate;
            }
        }
    }
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
            };
            assert!([1, 3].contains(&Sampler::new(sampling, 3).sample(&logits)));
        }
    }
}

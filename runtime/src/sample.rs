//! Choosing the next token from logits: greedy, temperature, top-k, top-p, min-p and a repetition penalty, all in
//! integers, seeded.

mod random;
mod recent;
mod saved;
mod settings;
#[cfg(test)]
mod tests;

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
    ///
    /// ```
    /// use runtime::{Sampler, Sampling};
    ///
    /// const FRESH: Sampler = Sampler::new(Sampling::DEFAULT, 42);
    /// assert_eq!(FRESH.clone().sample(&[0; 9]), FRESH.clone().sample(&[0; 9]));
    /// ```
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
    ///
    /// ```
    /// use runtime::{Sampler, Sampling};
    ///
    /// let mut sampler = Sampler::new(Sampling { repetition_penalty: 16, ..Sampling::GREEDY }, 0);
    /// sampler.accept(1);
    /// assert_eq!(sampler.sample(&[0, 15, 10]), 2);
    /// ```
    pub fn accept(&mut self, token: u16) {
        if self.penalty != 0 {
            self.recent.push(token);
        }
    }

    /// Draws a token from `logits` (`[vocab_size]`, in sixteenths of a bit); 0 when there are none.
    ///
    /// Costs some ten walks over the logits; with a repetition penalty, a sort of its window as well.
    ///
    /// ```
    /// use runtime::{Sampler, Sampling};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let mut sampler = Sampler::new(Sampling::DEFAULT, 42);
    /// let mut token = 13;
    /// for _ in 0..3 {
    ///     token = sampler.sample(engine.step(token)?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

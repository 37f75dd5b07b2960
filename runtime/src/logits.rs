//! Logits as probabilities, in integers that are the same on every machine.

use crate::arithmetic::{log2, weight};
use core::ops::Range;

/// `log2` of the weight of the largest logit.
const LARGEST: u32 = 15;
/// A distance whose bits just fit; a probability of `2^-32768` is as good as none.
const MAX_DISTANCE: u32 = 1 << 19;

/// The logits of a place, i32 `[vocab_size]` in sixteenths of a bit, as probabilities.
///
/// ```
/// use runtime::Logits;
///
/// // Twice as probable as the second, four times as probable as each of the others.
/// let logits = Logits::new(&[-16, 16, 0, -16]);
/// assert_eq!(logits.argmax(), Some(1));
/// assert_eq!(logits.bits(1), Some(65_536)); // one bit, in 65,536ths: a probability of 1/2
/// assert!(logits.top(2).eq([(1, 65_536), (2, 131_072)]));
/// assert_eq!(logits.cumulative(2), Some(40_960..57_344)); // of 65,536
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Logits<'l>(&'l [i32]);

impl<'l> Logits<'l> {
    /// Of what [`Engine::step`](crate::Engine::step) and its like return. As many as there can be tokens are looked at: 65,535.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let logits = runtime::Logits::new(engine.step(13)?);
    /// assert_eq!(logits.weights().count(), 65);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(logits: &'l [i32]) -> Self {
        Self(logits.get(..u16::MAX.into()).unwrap_or(logits))
    }

    /// The most probable token, of equal ones the lowest; `None` when there are no logits. Costs a walk over the logits.
    ///
    /// ```
    /// assert_eq!(runtime::Logits::new(&[3, 7, 7]).argmax(), Some(1));
    /// ```
    pub fn argmax(self) -> Option<u16> {
        self.behind(None).map(|(token, _)| token)
    }

    /// `-log2` of the probability of `token`, in 65,536ths of a bit, at most one off; `None` for one outside the vocabulary.
    /// Costs two walks over the logits.
    ///
    /// ```
    /// let even = runtime::Logits::new(&[5, 5, 5, 5]);
    /// assert_eq!((even.bits(3), even.bits(4)), (Some(2 * 65_536), None));
    /// ```
    pub fn bits(self, token: u16) -> Option<u32> {
        let &logit = self.0.get(usize::from(token))?;
        let max = self.max();
        Some(bits(max.abs_diff(logit), self.normaliser(max)))
    }

    /// The `count` most probable tokens, the most probable one first and of equal ones the lowest, each with its
    /// [`bits`](Logits::bits). Costs a walk over the logits for each, and two.
    ///
    /// ```
    /// let top = runtime::Logits::new(&[0, 48, 32, 48]).top(3);
    /// assert!(top.map(|(token, _)| token).eq([1, 3, 2]));
    /// ```
    pub fn top(self, count: usize) -> impl Iterator<Item = (u16, u32)> + use<'l> {
        let max = self.max();
        let normaliser = self.normaliser(max);
        let mut last = None;
        core::iter::from_fn(move || {
            last = Some(self.behind(last)?);
            let (token, logit) = last?;
            Some((token, bits(max.abs_diff(logit), normaliser)))
        })
        .take(count)
    }

    /// The weights of the tokens as a coder needs them: `2^15` for the most probable one, proportional to the probabilities of the
    /// others, at least 1 each. Costs a walk over the logits at once, and one for the weights.
    ///
    /// ```
    /// let weights = runtime::Logits::new(&[0, 16, -16]).weights();
    /// assert!(weights.eq([16_384, 32_768, 8192]));
    /// ```
    pub fn weights(self) -> impl Iterator<Item = u32> + use<'l> {
        let max = self.max();
        let weigh = move |&logit: &i32| weight(max.abs_diff(logit)).max(1);
        self.0.iter().map(weigh)
    }

    /// The sum of the [`weights`](Logits::weights), at most 2^31. Costs two walks over the logits.
    ///
    /// ```
    /// assert_eq!(runtime::Logits::new(&[0, 16, -16]).total(), 57_344);
    /// ```
    pub fn total(self) -> u32 {
        self.weights().sum()
    }

    /// The share of `token` in [`total`](Logits::total): the weights of the tokens in front of it, and with its own. `None` for one
    /// outside the vocabulary. Costs two walks over the logits.
    ///
    /// ```
    /// let logits = runtime::Logits::new(&[0, 16, -16]);
    /// assert_eq!(logits.cumulative(2), Some(49_152..57_344));
    /// ```
    pub fn cumulative(self, token: u16) -> Option<Range<u32>> {
        let mut start = 0;
        for (weight, index) in self.weights().zip(0..) {
            if index == token {
                return Some(start..start + weight);
            }
            start += weight;
        }
        None
    }

    fn max(self) -> i32 {
        self.0.iter().copied().max().unwrap_or(0)
    }

    /// `log2` of the sum of all probabilities over the largest one.
    fn normaliser(self, max: i32) -> u32 {
        let sum: u32 = self.0.iter().map(|&l| weight(max.abs_diff(l))).sum();
        log2(sum).saturating_sub(LARGEST << 16)
    }

    /// The most probable token behind `last` in the order of probability, equal ones by their number; and its logit.
    fn behind(self, last: Option<(u16, i32)>) -> Option<(u16, i32)> {
        let mut found: Option<(u16, i32)> = None;
        // In this order the counter ends with the logits, before it could overflow.
        for (&logit, token) in self.0.iter().zip(0..) {
            let left =
                last.is_none_or(|(other, than)| logit < than || logit == than && token > other);
            if left && found.is_none_or(|(_, than)| logit > than) {
                found = Some((token, logit));
            }
        }
        found
    }
}

impl<'l> From<&'l [i32]> for Logits<'l> {
    fn from(logits: &'l [i32]) -> Self {
        Self::new(logits)
    }
}

/// Of a token whose logit is `distance` below the largest one.
const fn bits(distance: u32, normaliser: u32) -> u32 {
    let distance = if distance > MAX_DISTANCE {
        MAX_DISTANCE
    } else {
        distance
    };
    normaliser + (distance << 12)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn logits() -> impl Strategy<Value = Vec<i32>> {
        prop::collection::vec(prop_oneof![-300..300i32, any::<i32>()], 1..80)
    }

    proptest! {
        #[test]
        fn bits_are_those_of_the_real_softmax(values in prop::collection::vec(-300..300i32, 1..80)) {
            let logits = Logits::new(&values);
            let real: Vec<f64> = values.iter().map(|&l| (f64::from(l) / 16.0).exp2()).collect();
            let total: f64 = real.iter().sum();
            for (token, real) in (0..).zip(real) {
                let bits = f64::from(logits.bits(token).unwrap()) / 65_536.0;
                // Weights are rounded to a part in 2^15 of the largest; 80 of them.
                prop_assert!((bits + (real / total).log2()).abs() < 0.005, "{bits} for {token}");
            }
        }

        #[test]
        fn top_is_the_sorted_order(values in logits()) {
            let logits = Logits::new(&values);
            let mut order: Vec<u16> = (0..values.len() as u16).collect();
            order.sort_by_key(|&token| std::cmp::Reverse(values[usize::from(token)]));
            prop_assert!(logits.top(usize::MAX).map(|(token, _)| token).eq(order.iter().copied()));
            prop_assert_eq!(logits.top(3).count(), values.len().min(3));
            prop_assert!(logits.top(80).all(|(token, bits)| logits.bits(token) == Some(bits)));
            prop_assert_eq!(logits.argmax(), order.first().copied());
        }

        #[test]
        fn shares_are_disjoint_and_add_up(values in logits()) {
            let logits = Logits::new(&values);
            let mut end = 0;
            for (token, weight) in (0..).zip(logits.weights()) {
                let share = logits.cumulative(token).unwrap();
                prop_assert_eq!((share.start, share.len()), (end, weight as usize));
                prop_assert!(weight >= 1);
                end = share.end;
            }
            prop_assert_eq!(end, logits.total());
        }
    }

    #[test]
    fn nothing_and_what_is_outside_have_no_share() {
        let none = Logits::new(&[]);
        assert_eq!((none.argmax(), none.bits(0), none.total()), (None, None, 0));
        assert_eq!(none.top(3).count(), 0);
        let one = Logits::new(&[7]);
        assert_eq!(
            (one.bits(0), one.bits(1), one.cumulative(1)),
            (Some(0), None, None)
        );
        let many = std::vec![i32::MIN; 70_000];
        let many = Logits::new(&many);
        assert_eq!(
            (many.total(), many.cumulative(65_535)),
            (65_535 << 15, None)
        );
        assert_eq!(
            many.top(1).next(),
            Some((0, log2(65_535 << 15) - (15 << 16)))
        );
        let far = Logits::new(&[i32::MIN, i32::MAX]);
        assert_eq!(far.bits(0), Some(1 << 31));
    }
}

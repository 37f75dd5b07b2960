//! Numbers of fewer significant bits than f64 has. For stochastic rounding see Croci et al. 2022,
//! doi:10.1098/rsos.211631.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use std::fmt;
use std::ops::RangeInclusive;

/// Significant bits that can be asked for; 53 is f64 as it is.
pub const BITS: RangeInclusive<u32> = 4..=53;

/// What becomes of the bits that do not fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub enum Rounding {
    /// To the nearest number, ties to the even one, as every floating-point unit does.
    #[default]
    Nearest,
    /// Up or down at random, so that the mean is the number itself.
    Stochastic,
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nearest => "nearest",
            Self::Stochastic => "stochastic",
        })
    }
}

/// Rounds to a number of significant bits, the leading one included: 8 is the significand of bfloat16, 11 of IEEE
/// half, 24 of single, 53 of double precision. The exponent keeps the range of f64.
#[derive(Debug)]
pub struct Rounder {
    /// Bits of the f64 significand that go.
    drop: u32,
    /// The source of stochastic decisions.
    random: Option<ChaCha8Rng>,
}

impl Rounder {
    /// Rounds to `bits` significant bits, in [`BITS`]; `random` is drawn from for [`Rounding::Stochastic`] only.
    ///
    /// # Panics
    /// When `bits` is not in [`BITS`].
    pub fn new(bits: u32, rounding: Rounding, random: ChaCha8Rng) -> Self {
        assert!(BITS.contains(&bits), "{bits} significant bits");
        Self {
            drop: *BITS.end() - bits,
            random: (rounding == Rounding::Stochastic).then_some(random),
        }
    }

    /// `value` rounded; finite for every finite value that a simulation meets. Never panics.
    pub fn round(&mut self, value: f64) -> f64 {
        if self.drop == 0 {
            return value;
        }
        // Sign and magnitude: adding to the bit pattern adds to the magnitude, and a carry out of the significand is
        // the next power of two.
        let bits = value.to_bits();
        let rest = (1u64 << self.drop) - 1;
        let add = match &mut self.random {
            Some(random) => random.next_u64() & rest,
            None => (rest >> 1) + (bits >> self.drop & 1),
        };
        f64::from_bits((bits + add) & !rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    fn rounder(bits: u32, rounding: Rounding) -> Rounder {
        Rounder::new(bits, rounding, ChaCha8Rng::seed_from_u64(1))
    }

    /// By scaling to an integer instead of by bit patterns.
    fn naive(value: f64, bits: u32) -> f64 {
        if value == 0.0 {
            return value;
        }
        let unit = (value.abs().log2().floor() + 1.0 - f64::from(bits)).exp2();
        (value / unit).round_ties_even() * unit
    }

    #[test]
    fn nearest_agrees_with_scaling_to_an_integer() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        for bits in 4..=52 {
            let mut rounder = rounder(bits, Rounding::Nearest);
            for _ in 0..200 {
                let value = (random.next_u64() as i64 as f64) / (random.next_u32() as f64 + 1.0);
                assert_eq!(rounder.round(value), naive(value, bits), "{value} {bits}");
            }
        }
    }

    #[test]
    fn twenty_four_bits_are_single_precision() {
        let mut rounder = rounder(24, Rounding::Nearest);
        for value in [1.0 / 3.0, -2.0_f64.sqrt(), 16_777_217.0, 0.0, 1e-20] {
            assert_eq!(rounder.round(value), f64::from(value as f32));
        }
    }

    #[test]
    fn all_bits_change_nothing_and_ties_go_to_even() {
        assert_eq!(rounder(53, Rounding::Nearest).round(0.1), 0.1);
        assert_eq!(rounder(53, Rounding::Stochastic).round(0.1), 0.1);
        let mut four = rounder(4, Rounding::Nearest);
        assert_eq!(
            [17.0, 19.0, -17.0, 31.0].map(|v| four.round(v)),
            [16.0, 20.0, -16.0, 32.0]
        );
    }

    #[test]
    fn stochastic_rounding_takes_a_neighbour_and_keeps_the_mean() {
        let mut rounder = rounder(4, Rounding::Stochastic);
        let draws = 20_000;
        let mut sum = 0.0;
        for _ in 0..draws {
            let rounded = rounder.round(16.5);
            assert!(rounded == 16.0 || rounded == 18.0, "{rounded}");
            sum += rounded;
        }
        // Five standard deviations of the mean.
        assert!((sum / f64::from(draws) - 16.5).abs() < 5.0 * 0.87 / f64::from(draws).sqrt());
        assert_eq!(
            rounder.round(18.0),
            18.0,
            "what fits in four bits stays as it is"
        );
    }
}

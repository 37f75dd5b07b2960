//! The ratio P1:P2 of temporal to angular frequency.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Multiples that a ratio may name: above them, fewer than ten time steps cover a period of the force.
pub const MULTIPLES: RangeInclusive<u32> = 1..=100;

/// P1:P2, such as 1:8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ratio {
    /// P1: the radial force swings at P1 times the base frequency. In [`MULTIPLES`].
    pub temporal: u32,
    /// P2: the radial force has P2 lobes around the centre, and the tangential force swings at P2 times the base
    /// frequency. In [`MULTIPLES`].
    pub angular: u32,
}

/// Why a text is no ratio.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RatioError {
    /// Not two numbers with a colon between.
    #[error(
        "{0:?} is no ratio: give two whole numbers, temporal before angular, such as --ratio 1:8"
    )]
    Form(String),
    /// A number too small or too large.
    #[error(
        "the {which} number of {text:?} is {value}, which is not in {min} to {max}: try --ratio 1:8",
        min = MULTIPLES.start(), max = MULTIPLES.end()
    )]
    Range {
        /// "temporal" or "angular".
        which: &'static str,
        /// The whole text.
        text: String,
        /// The number.
        value: u32,
    },
}

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, RatioError> {
        let number = |part: &str| {
            part.parse::<u32>()
                .map_err(|_| RatioError::Form(text.to_owned()))
        };
        let (temporal, angular) = text
            .split_once(':')
            .ok_or_else(|| RatioError::Form(text.to_owned()))?;
        let ratio = Self {
            temporal: number(temporal)?,
            angular: number(angular)?,
        };
        for (which, value) in [("temporal", ratio.temporal), ("angular", ratio.angular)] {
            if !MULTIPLES.contains(&value) {
                return Err(RatioError::Range {
                    which,
                    text: text.to_owned(),
                    value,
                });
            }
        }
        Ok(ratio)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.temporal, self.angular))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_reads_back_as_it_prints() {
        let ratio: Ratio = "16:8".parse().unwrap();
        assert_eq!((ratio.temporal, ratio.angular), (16, 8));
        assert_eq!(ratio.to_string(), "16:8");
    }

    #[test]
    fn what_is_no_ratio_says_why() {
        for text in ["", "8", "1:", ":8", "1:8:2", "1/8", "-1:8", "1.5:8", "a:b"] {
            assert_eq!(
                text.parse::<Ratio>(),
                Err(RatioError::Form(text.to_owned())),
                "{text}"
            );
        }
        let error = "1:0".parse::<Ratio>().unwrap_err().to_string();
        assert!(
            error.contains("angular") && error.contains("1 to 100"),
            "{error}"
        );
        let error = "101:8".parse::<Ratio>().unwrap_err().to_string();
        assert!(
            error.contains("temporal") && error.contains("101"),
            "{error}"
        );
    }
}

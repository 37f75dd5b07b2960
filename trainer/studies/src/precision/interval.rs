//! Means over seeds with confidence intervals.

/// The 97.5th percentile of Student's t distribution with 1, 2, ... 30 degrees of freedom.
const T_975: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];
/// The most values that there is an interval for.
pub const MOST: usize = T_975.len() + 1;

/// A mean and half the width of its 95 % confidence interval, which holds for values that are normal and independent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Half the width; none for a single value.
    pub half: Option<f64>,
}

impl Interval {
    /// Of up to [`MOST`] values; none of no value.
    ///
    /// # Panics
    /// When there are more.
    pub fn of(values: &[f64]) -> Option<Self> {
        assert!(values.len() <= MOST);
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let freedom = values.len().checked_sub(1)?;
        let half = freedom.checked_sub(1).map(|row| {
            let squares = values.iter().map(|v| (v - mean) * (v - mean));
            let deviation = (squares.sum::<f64>() / freedom as f64).sqrt();
            T_975[row] * deviation / count.sqrt()
        });
        Some(Self { mean, half })
    }

    /// Such as `1.549 ± 0.012`, with so many digits behind the point.
    pub fn text(&self, digits: usize) -> String {
        let mean = format!("{:.digits$}", self.mean);
        match self.half {
            Some(half) => format!("{mean} ± {half:.digits$}"),
            None => mean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_intervals() {
        // Deviation 1, root of 3: 4.303 / 1.732.
        let three = Interval::of(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!(three.mean, 2.0);
        assert!((three.half.unwrap() - 2.4843).abs() < 1e-3);
        // The textbook's two values: 12.706 times half their distance.
        let two = Interval::of(&[4.0, 6.0]).unwrap();
        assert!((two.half.unwrap() - 12.706).abs() < 1e-3);
        // Deviation sqrt(2.5) over sqrt(5), times 2.776.
        let five = Interval::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert!((five.half.unwrap() - 1.9629).abs() < 1e-3);
        assert_eq!(five.text(2), "3.00 ± 1.96");
    }

    #[test]
    fn one_value_has_no_interval_and_none_no_mean() {
        let one = Interval::of(&[1.5]).unwrap();
        assert_eq!((one.half, one.text(1)), (None, "1.5".to_owned()));
        assert_eq!(Interval::of(&[]), None);
        assert!(Interval::of(&[1.0; MOST]).is_some());
    }
}

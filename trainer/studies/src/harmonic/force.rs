//! The force on a particle.

use super::FREQUENCY;
use super::ratio::Ratio;
use std::f64::consts::TAU;

/// The field at one time: radial force `A sin(2 pi P1 f t) cos(P2 theta)`, tangential force `A cos(2 pi P2 f t)`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Field {
    /// `A sin(2 pi P1 f t)`: the radial force at a lobe's axis.
    radial: f64,
    /// `A cos(2 pi P2 f t)`.
    tangential: f64,
    /// P2.
    lobes: u32,
}

/// Strength of each force: the `A` of its formula, in lengths per time squared.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Amplitudes {
    /// Of the radial force.
    pub radial: f64,
    /// Of the tangential force.
    pub tangential: f64,
}

impl Field {
    /// The field at `time`. Sine and cosine are `libm`'s: the same on every machine.
    pub fn at(time: f64, ratio: Ratio, amplitudes: Amplitudes) -> Self {
        let phase = |multiple: u32| TAU * f64::from(multiple) * FREQUENCY * time;
        Self {
            radial: amplitudes.radial * libm::sin(phase(ratio.temporal)),
            tangential: amplitudes.tangential * libm::cos(phase(ratio.angular)),
            lobes: ratio.angular,
        }
    }

    /// The force at `[x, y]`. The centre has no direction; there theta counts as 0.
    pub fn force(&self, position: [f64; 2]) -> [f64; 2] {
        let [cos, sin] = direction(position).1;
        let radial = self.radial * turn([cos, sin], self.lobes)[0];
        [
            radial * cos - self.tangential * sin,
            radial * sin + self.tangential * cos,
        ]
    }
}

/// Distance from the centre, and the unit vector `[cos theta, sin theta]` of the direction: `[1, 0]` at the centre.
pub fn direction([x, y]: [f64; 2]) -> (f64, [f64; 2]) {
    let radius = (x * x + y * y).sqrt();
    if radius > 0.0 {
        (radius, [x / radius, y / radius])
    } else {
        (0.0, [1.0, 0.0])
    }
}

/// `[cos k theta, sin k theta]` from `[cos theta, sin theta]`: a power of a complex number, by squaring, which is
/// cheaper than an arc tangent and a cosine and as exact.
pub fn turn(unit: [f64; 2], k: u32) -> [f64; 2] {
    let times = |[a, b]: [f64; 2], [c, d]: [f64; 2]| [a * c - b * d, a * d + b * c];
    let (mut result, mut square, mut left) = ([1.0, 0.0], unit, k);
    while left > 0 {
        if left & 1 == 1 {
            result = times(result, square);
        }
        square = times(square, square);
        left >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Amplitudes = Amplitudes {
        radial: 1.0,
        tangential: 1.0,
    };

    fn near(found: [f64; 2], expected: [f64; 2]) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn the_force_has_its_closed_form() {
        let ratio = Ratio {
            temporal: 3,
            angular: 7,
        };
        let strong = Amplitudes {
            radial: 2.0,
            tangential: 0.5,
        };
        for n in 0..200 {
            let (time, radius) = (f64::from(n) * 0.031, 0.1 + f64::from(n % 17) * 0.2);
            let theta = f64::from(n) * 0.7;
            let radial = 2.0 * (TAU * 3.0 * 0.1 * time).sin() * (7.0 * theta).cos();
            let tangential = 0.5 * (TAU * 7.0 * 0.1 * time).cos();
            let expected = [
                radial * theta.cos() - tangential * theta.sin(),
                radial * theta.sin() + tangential * theta.cos(),
            ];
            let position = [radius * theta.cos(), radius * theta.sin()];
            near(Field::at(time, ratio, strong).force(position), expected);
        }
    }

    #[test]
    fn known_moments() {
        let ratio = "1:8".parse().unwrap();
        // At the start the radial force is zero and the tangential one full.
        near(Field::at(0.0, ratio, UNIT).force([2.0, 0.0]), [0.0, 1.0]);
        // A quarter of the radial period of 10 later the tangential force has gone round twice.
        let quarter = Field::at(2.5, ratio, UNIT);
        near(quarter.force([2.0, 0.0]), [1.0, 1.0]);
        // Between two of the eight lobes the radial force points inwards.
        let (sin, cos) = (TAU / 16.0).sin_cos();
        near(quarter.force([cos, sin]), [-cos - sin, cos - sin]);
        near(quarter.force([0.0, 0.0]), [1.0, 1.0]);
    }

    #[test]
    fn turning_is_multiplying_the_angle() {
        for k in 0..=100 {
            let theta = 0.37;
            near(
                turn([libm::cos(theta), libm::sin(theta)], k),
                [(f64::from(k) * theta).cos(), (f64::from(k) * theta).sin()],
            );
        }
    }
}

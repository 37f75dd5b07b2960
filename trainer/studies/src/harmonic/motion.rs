//! How far particles move, and whether their motion is chaotic.

use super::force::{Amplitudes, Field};
use super::ratio::Ratio;
use super::simulation::{Particle, Setup, SetupError};
use super::{DAMPING, STEP};

/// By how much the twin of a particle starts beside it.
const NUDGE: f64 = 1e-9;

/// How far the radial force of amplitude 1 alone moves a particle outwards that stays on a lobe's axis: the size of the
/// figure that the field draws, by its time dependence alone.
pub fn reach(ratio: Ratio, frames: u32) -> f64 {
    let alone = Amplitudes {
        radial: 1.0,
        tangential: 0.0,
    };
    let (mut distance, mut velocity) = (0.0, 0.0);
    for frame in 0..frames {
        // Anywhere on the axis theta = 0 will do: the force does not depend on the radius.
        let [force, _] = Field::at(f64::from(frame) * STEP, ratio, alone).force([1.0, 0.0]);
        velocity = DAMPING * (velocity + force * STEP);
        distance += velocity * STEP;
    }
    distance
}

/// Root of the mean square of the distances between where particles are and where they started.
pub fn displacement(start: &[Particle], end: &[Particle]) -> f64 {
    let square = |(a, b)| distance(a, b) * distance(a, b);
    let squares: f64 = start.iter().zip(end).map(square).sum();
    (squares / start.len() as f64).sqrt()
}

/// By what factor two particles drift apart that started almost at the same place: median and 95th percentile over all
/// particles, each beside a twin. 1 for particles that nothing pulls apart; a chaotic motion multiplies it again and
/// again.
///
/// # Errors
/// [`SetupError`] before any work.
pub fn separation_growth(setup: &Setup) -> Result<[f64; 2], SetupError> {
    let start = setup.start();
    let twins = start.iter().map(|particle| Particle {
        position: [particle.position[0] + NUDGE, particle.position[1]],
        ..*particle
    });
    let ends = setup.outcome_from(twins.collect())?;
    let mut growth: Vec<f64> = setup
        .outcome_from(start)?
        .iter()
        .zip(&ends)
        .map(|(a, b)| distance(a, b) / NUDGE)
        .collect();
    growth.sort_by(f64::total_cmp);
    Ok([growth.len() / 2, growth.len() * 95 / 100].map(|i| growth[i]))
}

fn distance(a: &Particle, b: &Particle) -> f64 {
    let [dx, dy] = [0, 1].map(|axis| a.position[axis] - b.position[axis]);
    (dx * dx + dy * dy).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn reach_agrees_with_the_damped_oscillator() {
        // The same motion in continuous time: x'' = sin(w t) - g x', damped by 0.98 in 0.01.
        let damping = -(0.98_f64.ln()) / 0.01;
        for temporal in [1, 4, 8, 16] {
            let ratio = Ratio {
                temporal,
                angular: 8,
            };
            let w = TAU * 0.1 * f64::from(temporal);
            let found = reach(ratio, 600);
            // The forced swing, and the drift that starting from rest leaves.
            let t = 6.0;
            let swing =
                -(w * (w * t).sin() + damping * (w * t).cos()) / (w * (w * w + damping * damping));
            let drift = 1.0 / (w * damping)
                - w * (-damping * t).exp() / (damping * (w * w + damping * damping));
            let exact = swing + drift;
            assert!((found / exact - 1.0).abs() < 0.02, "{found} {exact}");
        }
    }

    #[test]
    fn displacement_is_a_mean_square() {
        let at = |x, y| Particle {
            position: [x, y],
            velocity: [0.0; 2],
        };
        let start = [at(1.0, 1.0), at(0.0, 0.0)];
        assert_eq!(displacement(&start, &start), 0.0);
        assert_eq!(
            displacement(&start, &[at(4.0, 5.0), at(0.0, 0.0)]),
            12.5_f64.sqrt()
        );
    }

    #[test]
    fn twins_stay_together_where_nothing_pulls_them_apart() {
        let setup = Setup {
            particles: 100,
            amplitudes: Amplitudes {
                radial: 0.0,
                tangential: 0.0,
            },
            ..Setup::new("1:8".parse().unwrap(), 1)
        };
        for growth in separation_growth(&setup).unwrap() {
            assert!((growth - 1.0).abs() < 1e-6, "{growth}");
        }
    }
}

//! Order parameters: how much of a P2-fold figure a cloud of particles is.

use super::force::turn;
use super::simulation::Particle;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// Shuffled copies that a control is drawn from. With 199, the value that 189 of them stay below is the
/// 95th percentile: a cloud without order exceeds it with probability 10 / 200.
const SHUFFLES: usize = 199;
/// Index of the 95th percentile among [`SHUFFLES`] sorted values.
const PERCENTILE_95: usize = 189;

/// A cloud seen by its k-fold symmetry.
#[derive(Clone, PartialEq, Debug)]
pub struct Cloud {
    /// Distances from the centre.
    radii: Vec<f64>,
    /// `[cos k theta, sin k theta]` of each particle.
    units: Vec<[f64; 2]>,
}

/// Two numbers from 0 (no order) to 1. Uniform chance alone gives each of them about `1 / sqrt(particles)`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Orders {
    /// `|mean(exp(i k theta))|`: 1 when all particles sit on k evenly spaced rays, 0 when all directions are equally
    /// crowded.
    pub angular: f64,
    /// `|mean((r - mean r) exp(i k theta))| / deviation(r)`: 0 when the distance from the centre does not depend on
    /// the direction, 0.71 when all particles sit on one curve `r = a + b cos(k theta)`.
    pub radial: f64,
}

impl Cloud {
    /// Sees `particles` by their `k`-fold symmetry; at least one particle.
    pub fn new(particles: &[Particle], k: u32) -> Self {
        let (radii, units) = particles
            .iter()
            .map(|particle| {
                let (radius, unit) = particle.direction();
                (radius, turn(unit, k))
            })
            .unzip();
        Self { radii, units }
    }

    /// Its order.
    pub fn orders(&self) -> Orders {
        let (mean, deviation) = mean_and_deviation(&self.radii);
        let n = self.radii.len() as f64;
        let angular = self
            .units
            .iter()
            .fold([0.0; 2], |sum, &unit| add(sum, 1.0, unit));
        Orders {
            angular: length(angular) / n,
            radial: self.radial(mean, deviation),
        }
    }

    /// What the radial order of a cloud without any exceeds one time in twenty: the 95th percentile over the same
    /// radii and directions, shuffled against each other.
    pub fn radial_control(mut self, random: &mut ChaCha8Rng) -> f64 {
        let (mean, deviation) = mean_and_deviation(&self.radii);
        let mut orders: Vec<f64> = (0..SHUFFLES)
            .map(|_| {
                shuffle(&mut self.radii, random);
                self.radial(mean, deviation)
            })
            .collect();
        orders.sort_by(f64::total_cmp);
        orders[PERCENTILE_95]
    }

    /// The radial order alone, of radii whose mean and deviation are known.
    fn radial(&self, mean: f64, deviation: f64) -> f64 {
        // A ring has no deviation but that of rounding, and nothing to correlate.
        if deviation <= mean * f64::EPSILON * 16.0 {
            return 0.0;
        }
        let sum = self
            .radii
            .iter()
            .zip(&self.units)
            .fold([0.0; 2], |sum, (radius, &unit)| {
                add(sum, radius - mean, unit)
            });
        length(sum) / (self.radii.len() as f64 * deviation)
    }
}

/// What the angular order of a cloud without any exceeds one time in twenty: the same radii in directions drawn at
/// random. Such a mean of n unit vectors is longer than r with probability exp(-n r^2), for more than a few of them
/// (Rayleigh's test: Mardia and Jupp, Directional Statistics, 6.3).
pub fn angular_control(particles: usize) -> f64 {
    (libm::log(20.0) / particles as f64).sqrt().min(1.0)
}

/// Every order of the values is as likely (Fisher and Yates).
fn shuffle(values: &mut [f64], random: &mut ChaCha8Rng) {
    for last in (1..values.len()).rev() {
        let other = (u128::from(random.next_u64()) * (last as u128 + 1)) >> 64;
        values.swap(last, other as usize);
    }
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

fn add(sum: [f64; 2], weight: f64, unit: [f64; 2]) -> [f64; 2] {
    [sum[0] + weight * unit[0], sum[1] + weight * unit[1]]
}

fn length([x, y]: [f64; 2]) -> f64 {
    (x * x + y * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harmonic::simulation::uniform;
    use rand_chacha::rand_core::SeedableRng;
    use std::f64::consts::TAU;

    fn cloud(k: u32, polar: impl Iterator<Item = (f64, f64)>) -> Cloud {
        let at = |(radius, theta): (f64, f64)| Particle {
            position: [radius * theta.cos(), radius * theta.sin()],
            velocity: [0.0; 2],
        };
        Cloud::new(&polar.map(at).collect::<Vec<_>>(), k)
    }

    fn evenly(n: u32) -> impl Iterator<Item = f64> {
        (0..n).map(move |i| TAU * f64::from(i) / f64::from(n))
    }

    fn near(found: Orders, angular: f64, radial: f64) {
        assert!(
            (found.angular - angular).abs() < 1e-9 && (found.radial - radial).abs() < 1e-9,
            "{found:?}"
        );
    }

    #[test]
    fn rays_have_angular_order() {
        let rays = |k| cloud(k, evenly(8).flat_map(|theta| [(1.0, theta), (2.0, theta)]));
        near(rays(8).orders(), 1.0, 0.0);
        near(rays(7).orders(), 0.0, 0.0);
    }

    #[test]
    fn a_ring_has_no_order() {
        near(
            cloud(8, evenly(720).map(|theta| (2.0, theta))).orders(),
            0.0,
            0.0,
        );
    }

    #[test]
    fn a_flower_has_radial_order() {
        let flower = |k| {
            let petal = |theta: f64| (2.0 + 0.1 * (8.0 * theta).cos(), theta);
            cloud(k, evenly(720).map(petal))
        };
        near(flower(8).orders(), 0.0, 0.5_f64.sqrt());
        near(flower(4).orders(), 0.0, 0.0);
    }

    #[test]
    fn one_particle_has_a_direction_and_no_spread() {
        near(cloud(3, std::iter::once((1.5, 0.3))).orders(), 1.0, 0.0);
    }

    #[test]
    fn the_control_of_an_ordered_cloud_is_chance() {
        // Half the particles far out on the rays, half close to the centre between them: both orders are 1 or near.
        let n = 2000;
        let petals = evenly(n).map(|theta| {
            let tip = (8.0 * theta).cos() > 0.0;
            (if tip { 3.0 } else { 1.0 }, theta)
        });
        let cloud = cloud(8, petals);
        let orders = cloud.orders();
        assert!(orders.radial > 0.6, "{orders:?}");
        let control = cloud.radial_control(&mut ChaCha8Rng::seed_from_u64(1));
        let chance = angular_control(n as usize);
        assert!((control / chance - 1.0).abs() < 0.15, "{control} {chance}");
    }

    #[test]
    fn random_directions_exceed_the_control_one_time_in_twenty() {
        let random = &mut ChaCha8Rng::seed_from_u64(3);
        let (clouds, n) = (2000, 100);
        let control = angular_control(n);
        let above = (0..clouds)
            .filter(|_| {
                let drawn: Vec<f64> = (0..n).map(|_| TAU * uniform(random)).collect();
                let cloud = cloud(8, drawn.into_iter().map(|theta| (1.0, theta)));
                cloud.orders().angular > control
            })
            .count();
        // 100 expected; four standard deviations are 39.
        assert!((61..=139).contains(&above), "{above}");
    }
}

//! The study: what the order of the figure depends on, over several seeds.
//!
//! Every table is a function of [`Plan`] alone: the same plan prints the same figures on every machine.

mod bits;
mod ratios;

use super::history::control_random;
use super::motion::displacement;
use super::order::{Cloud, Orders};
use super::ratio::Ratio;
use super::simulation::{Setup, SetupError};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// The ratios that the claim is about: 1:8, 4:8, 8:8 and 16:8.
pub const RATIOS: [Ratio; 4] = [ratio(1, 8), ratio(4, 8), ratio(8, 8), ratio(16, 8)];
/// Harmonics among which the strongest is looked for.
const HARMONICS: u32 = 16;
/// Rounded coordinates look the same after a quarter of a turn.
const GRID: u32 = 4;

const fn ratio(temporal: u32, angular: u32) -> Ratio {
    Ratio { temporal, angular }
}

/// What to run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Plan {
    /// The setup that all tables vary, with the first seed; at least two frames, since the first moves nothing.
    pub setup: Setup,
    /// Seeds, at least one, counted up from the setup's.
    pub seeds: u32,
}

/// One run, measured after its last frame.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Sample {
    orders: Orders,
    /// The orders with respect to the symmetry of the grid of rounded numbers.
    grid: Orders,
    /// What chance exceeds one time in twenty.
    radial_control: f64,
    /// The harmonic with the greatest radial order.
    strongest: u32,
    /// Root mean square distance from the (rounded) start.
    displacement: f64,
}

/// Mean and standard deviation over seeds.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Spread {
    mean: f64,
    deviation: f64,
}

/// All tables, in Markdown; `progress` hears how many runs are done.
///
/// # Errors
/// [`SetupError`] before any work.
pub fn study(plan: &Plan, progress: &(dyn Fn(u64) + Sync)) -> Result<String, SetupError> {
    ratios::check(&plan.setup)?;
    let runs = Runs {
        plan,
        done: AtomicU64::new(0),
        progress,
    };
    let sections = [
        ratios::by_ratio(&runs)?,
        ratios::at_equal_reach(&runs)?,
        ratios::by_particles(&runs)?,
        bits::by_bits(&runs)?,
    ];
    Ok(sections.join("\n"))
}

/// Runs of [`study`], twins of the separation included.
pub fn total_runs(plan: &Plan) -> u64 {
    let setups = ratios::setups(&plan.setup) + bits::setups();
    (setups as u64) * u64::from(plan.seeds)
}

/// Carries out runs and counts them.
struct Runs<'a> {
    plan: &'a Plan,
    done: AtomicU64,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl Runs<'_> {
    /// `measure` of each setup with each seed, on all cores; one row a setup.
    fn each<T: Send>(
        &self,
        setups: &[Setup],
        measure: impl Fn(&Setup) -> Result<T, SetupError> + Sync,
    ) -> Result<Vec<Vec<T>>, SetupError> {
        let seeds = self.plan.seeds as usize;
        let run = |n: usize| {
            let setup = setups[n / seeds];
            let seed = setup.seed.wrapping_add((n % seeds) as u64);
            let result = measure(&Setup { seed, ..setup })?;
            (self.progress)(self.done.fetch_add(1, Ordering::Relaxed) + 1);
            Ok(result)
        };
        let flat: Result<Vec<T>, SetupError> =
            (0..setups.len() * seeds).into_par_iter().map(run).collect();
        let mut flat = flat?.into_iter();
        Ok(setups
            .iter()
            .map(|_| flat.by_ref().take(seeds).collect())
            .collect())
    }

    fn samples(&self, setups: &[Setup]) -> Result<Vec<Vec<Sample>>, SetupError> {
        self.each(setups, Sample::of)
    }
}

impl Sample {
    fn of(setup: &Setup) -> Result<Self, SetupError> {
        let (mut start, mut outcome) = (Vec::new(), Vec::new());
        setup.run(|frame, particles| {
            if frame == 0 {
                start = particles.to_vec();
            } else if frame == setup.frames {
                outcome = particles.to_vec();
            }
        })?;
        let radial = |k| Cloud::new(&outcome, k).orders().radial;
        let cloud = Cloud::new(&outcome, setup.ratio.angular);
        Ok(Self {
            orders: cloud.orders(),
            grid: Cloud::new(&outcome, GRID).orders(),
            radial_control: cloud.radial_control(&mut control_random(setup.seed)),
            strongest: (1..=HARMONICS)
                .max_by(|&a, &b| radial(a).total_cmp(&radial(b)))
                .unwrap_or(1),
            displacement: displacement(&start, &outcome),
        })
    }
}

impl Spread {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let n = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / n;
        let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
        // Of a single value nothing can be said.
        let deviation = if n > 1.0 {
            (squares / (n - 1.0)).sqrt()
        } else {
            0.0
        };
        Self { mean, deviation }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} ± {:.3}", self.mean, self.deviation)
    }
}

/// Mean and deviation of one value of each sample.
fn spread(samples: &[Sample], value: impl Fn(&Sample) -> f64 + Copy) -> Spread {
    Spread::of(samples.iter().map(value))
}

/// "3 of 5".
fn share(samples: &[Sample], holds: impl Fn(&Sample) -> bool) -> String {
    let held = samples.iter().filter(|sample| holds(sample)).count();
    format!("{held} of {}", samples.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            setup: Setup {
                particles: 64,
                frames: 30,
                ..Setup::new("1:8".parse().unwrap(), 1)
            },
            seeds: 2,
        }
    }

    #[test]
    fn a_study_prints_the_same_tables_again_and_counts_its_runs() {
        let most = AtomicU64::new(0);
        let plan = plan();
        let tables = study(&plan, &|done| {
            most.fetch_max(done, Ordering::Relaxed);
        })
        .unwrap();
        assert_eq!(most.into_inner(), total_runs(&plan));
        assert_eq!(tables.matches("### ").count(), 9);
        assert_eq!(tables, study(&plan, &|_| ()).unwrap());
    }

    #[test]
    fn a_study_of_no_particles_or_too_many_is_refused() {
        let mut plan = plan();
        plan.setup.particles = 0;
        assert_eq!(study(&plan, &|_| ()), Err(SetupError::Particles(0)));
        // Sixteen times as many are more than a run may have.
        plan.setup.particles = 100_000;
        let refused = study(&plan, &|_| panic!("a run before the check"));
        assert_eq!(refused, Err(SetupError::Particles(1_600_000)));
    }

    #[test]
    fn a_sample_sees_the_lobes_of_the_field() {
        let sample = |ratio: &str| {
            let setup = Setup {
                particles: 2000,
                ..Setup::new(ratio.parse().unwrap(), 1)
            };
            Sample::of(&setup).unwrap()
        };
        for (ratio, lobes) in [("1:8", 8), ("1:5", 5)] {
            let sample = sample(ratio);
            assert_eq!(sample.strongest, lobes);
            assert!(sample.orders.radial > 10.0 * sample.radial_control);
        }
    }

    #[test]
    fn a_spread_is_that_of_a_sample() {
        let spread = Spread::of([1.0, 2.0, 3.0].into_iter());
        assert_eq!(spread.to_string(), "2.000 ± 1.000");
        assert_eq!(Spread::of([1.0].into_iter()).deviation, 0.0);
    }
}

//! The order of a run over time.

use super::STEP;
use super::order::{Cloud, Orders, angular_control};
use super::simulation::{Particle, Setup, SetupError};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::fmt::Write;

/// Frames from one measurement to the next.
const EVERY: u32 = 5;

/// The stream of a seed's random numbers that controls draw from.
const CONTROL_STREAM: u64 = 2;

/// First line of the CSV file.
pub const CSV_HEADER: &str = "ratio,bits,rounding,seed,frame,time,\
    angular,angular_control,radial,radial_control\n";

/// A run, measured every five frames and after the last.
#[derive(Clone, PartialEq, Debug)]
pub struct History {
    /// What was run.
    pub setup: Setup,
    /// The measurements, at least those of the first and the last frame.
    pub moments: Vec<Moment>,
    /// The particles at frame 0, rounded.
    pub start: Vec<Particle>,
    /// The particles after the last frame.
    pub outcome: Vec<Particle>,
}

/// A measurement.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Moment {
    /// Steps so far.
    pub frame: u32,
    /// The cloud's order with respect to the lobes of the field.
    pub orders: Orders,
    /// What chance exceeds one time in twenty, see [`angular_control`] and [`Cloud::radial_control`].
    pub control: Orders,
}

impl Moment {
    /// Units of time since the start.
    pub fn time(&self) -> f64 {
        f64::from(self.frame) * STEP
    }
}

impl History {
    /// Runs `setup`, measures it, and shows `observe` every frame.
    ///
    /// # Errors
    /// [`SetupError`] before any work.
    pub fn record(
        setup: &Setup,
        mut observe: impl FnMut(u32, &[Particle]),
    ) -> Result<Self, SetupError> {
        setup.check()?;
        let mut random = control_random(setup.seed);
        let angular = angular_control(setup.particles);
        let (mut moments, mut start, mut outcome) = (Vec::new(), Vec::new(), Vec::new());
        setup.run(|frame, particles| {
            observe(frame, particles);
            let last = frame == setup.frames;
            if last || frame % EVERY == 0 {
                let cloud = Cloud::new(particles, setup.ratio.angular);
                moments.push(Moment {
                    frame,
                    orders: cloud.orders(),
                    control: Orders {
                        angular,
                        radial: cloud.radial_control(&mut random),
                    },
                });
            }
            if frame == 0 {
                start = particles.to_vec();
            }
            if last {
                outcome = particles.to_vec();
            }
        })?;
        Ok(Self {
            setup: *setup,
            moments,
            start,
            outcome,
        })
    }

    /// The measurement after the last frame.
    pub fn last(&self) -> &Moment {
        self.moments
            .last()
            .expect("a history ends with the last frame")
    }

    /// Its measurements as lines of a CSV file, see [`CSV_HEADER`].
    pub fn csv(&self) -> String {
        let setup = &self.setup;
        let mut csv = String::new();
        for moment in &self.moments {
            let Moment {
                orders, control, ..
            } = moment;
            // Writing to a String cannot fail.
            let _ = writeln!(
                csv,
                "{},{},{},{},{},{:.2},{:.5},{:.5},{:.5},{:.5}",
                setup.ratio,
                setup.bits,
                setup.rounding,
                setup.seed,
                moment.frame,
                moment.time(),
                orders.angular,
                control.angular,
                orders.radial,
                control.radial
            );
        }
        csv
    }
}

/// What the controls of a seed's runs draw from.
pub fn control_random(seed: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(CONTROL_STREAM);
    random
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_has_the_first_the_last_and_every_fifth_frame() {
        let setup = Setup {
            particles: 50,
            frames: 12,
            ..Setup::new("1:8".parse().unwrap(), 1)
        };
        let mut seen = 0;
        let history = History::record(&setup, |_, _| seen += 1).unwrap();
        let frames: Vec<u32> = history.moments.iter().map(|m| m.frame).collect();
        assert_eq!((frames, seen), (vec![0, 5, 10, 12], 13));
        assert_eq!(history.outcome, setup.outcome().unwrap());
        let csv = history.csv();
        assert_eq!(csv.lines().count(), 4);
        let fields = |line: &str| line.split(',').count();
        assert!(csv.lines().all(|line| fields(line) == fields(CSV_HEADER)));
        assert!(csv.starts_with("1:8,53,nearest,1,0,0.00,"), "{csv}");
    }
}

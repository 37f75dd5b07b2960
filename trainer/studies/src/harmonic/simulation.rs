//! The particles and their motion.

use super::force::{Amplitudes, Field, direction};
use super::precision::{BITS, Rounder, Rounding};
use super::ratio::Ratio;
use super::{DAMPING, RADIUS, STEP};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::f64::consts::TAU;
use std::ops::RangeInclusive;

/// Particles of a run.
pub const PARTICLES: RangeInclusive<usize> = 1..=1_000_000;
/// Frames of a run; a frame is a time step.
pub const FRAMES: RangeInclusive<u32> = 1..=100_000;
/// The greatest amplitude of a force.
pub const STRONGEST: f64 = 1000.0;

/// The stream of random numbers that stochastic rounding draws from; the start draws from stream 0.
const ROUNDING_STREAM: u64 = 1;

/// One run: the same setup gives the same particles, to the last bit, on every machine.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Setup {
    /// P1:P2.
    pub ratio: Ratio,
    /// Strength of the forces.
    pub amplitudes: Amplitudes,
    /// Particles, in [`PARTICLES`].
    pub particles: usize,
    /// Time steps of [`STEP`], in [`FRAMES`].
    pub frames: u32,
    /// Significant bits of positions and velocities, in [`BITS`].
    pub bits: u32,
    /// How they are rounded.
    pub rounding: Rounding,
    /// Seed of the starting positions (and of stochastic rounding).
    pub seed: u64,
}

/// Why a setup cannot be run.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// Too few or too many particles.
    #[error("{0} particles are not in {min} to {max}: try --particles 5000", min = PARTICLES.start(), max = PARTICLES.end())]
    Particles(usize),
    /// Too few or too many frames.
    #[error("{0} frames are not in {min} to {max}: try --frames 600", min = FRAMES.start(), max = FRAMES.end())]
    Frames(u32),
    /// More bits than f64 has, or too few to count to ten.
    #[error(
        "{0} significant bits are not in {min} to {max}: 8 is bfloat16, 11 half, 24 single, 53 double precision",
        min = BITS.start(), max = BITS.end()
    )]
    Bits(u32),
    /// A force that is no number, negative or beyond all bounds.
    #[error("an amplitude of {0} is not in 0 to {STRONGEST}: try --amplitude 1")]
    Amplitude(f64),
}

/// A particle: where it is and how fast it moves.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Particle {
    /// `[x, y]`, in lengths.
    pub position: [f64; 2],
    /// `[x, y]`, in lengths per time.
    pub velocity: [f64; 2],
}

/// A run in progress.
#[derive(Debug)]
pub struct Simulation {
    ratio: Ratio,
    amplitudes: Amplitudes,
    rounder: Rounder,
    particles: Vec<Particle>,
    frame: u32,
}

impl Setup {
    /// The setup that the claim is about, in double precision: 5,000 particles, 600 frames, amplitude 1.
    pub fn new(ratio: Ratio, seed: u64) -> Self {
        Self {
            ratio,
            amplitudes: Amplitudes {
                radial: 1.0,
                tangential: 1.0,
            },
            particles: 5000,
            frames: 600,
            bits: *BITS.end(),
            rounding: Rounding::Nearest,
            seed,
        }
    }

    /// Whether it can be run.
    ///
    /// # Errors
    /// [`SetupError`] naming the first value that is out of bounds.
    pub fn check(&self) -> Result<(), SetupError> {
        if !PARTICLES.contains(&self.particles) {
            return Err(SetupError::Particles(self.particles));
        }
        if !FRAMES.contains(&self.frames) {
            return Err(SetupError::Frames(self.frames));
        }
        if !BITS.contains(&self.bits) {
            return Err(SetupError::Bits(self.bits));
        }
        for amplitude in [self.amplitudes.radial, self.amplitudes.tangential] {
            if !(0.0..=STRONGEST).contains(&amplitude) {
                return Err(SetupError::Amplitude(amplitude));
            }
        }
        Ok(())
    }

    /// The starting particles before any rounding: at rest, uniform in the disc of radius [`RADIUS`].
    pub fn start(&self) -> Vec<Particle> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let at_rest = |_| {
            // The area within r grows with its square.
            let radius = RADIUS * uniform(&mut random).sqrt();
            let theta = TAU * uniform(&mut random);
            Particle {
                position: [radius * libm::cos(theta), radius * libm::sin(theta)],
                velocity: [0.0; 2],
            }
        };
        (0..self.particles).map(at_rest).collect()
    }

    /// Runs all frames and shows `observe` the particles at frame 0 (the start) and after each step.
    ///
    /// # Errors
    /// [`SetupError`] before any work.
    pub fn run(&self, mut observe: impl FnMut(u32, &[Particle])) -> Result<(), SetupError> {
        let mut simulation = Simulation::new(self, self.start())?;
        observe(0, simulation.particles());
        while simulation.frame < self.frames {
            simulation.step();
            observe(simulation.frame, simulation.particles());
        }
        Ok(())
    }

    /// The particles after the last frame.
    ///
    /// # Errors
    /// [`SetupError`] before any work.
    pub fn outcome(&self) -> Result<Vec<Particle>, SetupError> {
        self.outcome_from(self.start())
    }

    /// [`Setup::outcome`] from particles other than [`Setup::start`]'s.
    ///
    /// # Errors
    /// [`SetupError`] before any work.
    pub fn outcome_from(&self, start: Vec<Particle>) -> Result<Vec<Particle>, SetupError> {
        let mut simulation = Simulation::new(self, start)?;
        for _ in 0..self.frames {
            simulation.step();
        }
        Ok(simulation.particles)
    }
}

impl Simulation {
    fn new(setup: &Setup, start: Vec<Particle>) -> Result<Self, SetupError> {
        setup.check()?;
        let mut random = ChaCha8Rng::seed_from_u64(setup.seed);
        random.set_stream(ROUNDING_STREAM);
        let mut simulation = Self {
            ratio: setup.ratio,
            amplitudes: setup.amplitudes,
            rounder: Rounder::new(setup.bits, setup.rounding, random),
            particles: start,
            frame: 0,
        };
        for particle in &mut simulation.particles {
            particle.round(&mut simulation.rounder);
        }
        Ok(simulation)
    }

    fn particles(&self) -> &[Particle] {
        &self.particles
    }

    /// Semi-implicit Euler: `v = 0.98 (v + F dt)`, then `x = x + v dt`, each computed in f64 and then rounded.
    fn step(&mut self) {
        let field = Field::at(f64::from(self.frame) * STEP, self.ratio, self.amplitudes);
        for particle in &mut self.particles {
            let force = field.force(particle.position);
            let axes = particle.position.iter_mut().zip(&mut particle.velocity);
            for ((position, velocity), force) in axes.zip(force) {
                let faster = DAMPING * (*velocity + force * STEP);
                *velocity = self.rounder.round(faster);
                *position = self.rounder.round(*position + *velocity * STEP);
            }
        }
        self.frame += 1;
    }
}

impl Particle {
    fn round(&mut self, rounder: &mut Rounder) {
        for value in self.position.iter_mut().chain(&mut self.velocity) {
            *value = rounder.round(*value);
        }
    }

    /// Distance from the centre and direction, see [`direction`].
    pub fn direction(&self) -> (f64, [f64; 2]) {
        direction(self.position)
    }
}

/// Uniform in [0, 1), of 53 bits.
pub fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

//! What a run must do as a whole.

use super::force::{Amplitudes, Field, turn};
use super::order::Cloud;
use super::precision::Rounding;
use super::simulation::{Particle, Setup, SetupError};
use super::{DAMPING, RADIUS, STEP};
use std::f64::consts::TAU;

fn setup(ratio: &str) -> Setup {
    Setup {
        particles: 500,
        ..Setup::new(ratio.parse().unwrap(), 1)
    }
}

fn at_rest(position: [f64; 2]) -> Particle {
    Particle {
        position,
        velocity: [0.0; 2],
    }
}

fn rotated([x, y]: [f64; 2], [cos, sin]: [f64; 2]) -> [f64; 2] {
    [x * cos - y * sin, x * sin + y * cos]
}

#[test]
fn the_start_is_a_uniform_disc_at_rest() {
    let start = Setup {
        particles: 20_000,
        ..setup("1:8")
    }
    .start();
    assert!(start.iter().all(|p| p.velocity == [0.0; 2]));
    let radii: Vec<f64> = start.iter().map(|p| p.direction().0).collect();
    assert!(radii.iter().all(|&r| r <= RADIUS));
    // A quarter of the area lies within half the radius, and the mean distance is two thirds of it.
    let inner = radii.iter().filter(|&&r| r < RADIUS / 2.0).count();
    assert!((4700..5300).contains(&inner), "{inner}");
    let mean = radii.iter().sum::<f64>() / 20_000.0;
    assert!((mean - 2.0).abs() < 0.02, "{mean}");
    for k in 1..=16 {
        assert!(Cloud::new(&start, k).orders().angular < 0.03);
    }
}

#[test]
fn the_first_steps_can_be_done_by_hand() {
    let one = Setup {
        frames: 1,
        ..setup("1:8")
    };
    // At time 0 there is only the tangential force of 1.
    let particle = one.outcome_from(vec![at_rest([2.0, 0.0])]).unwrap()[0];
    assert_eq!(particle.velocity, [0.0, DAMPING * STEP]);
    assert_eq!(particle.position, [2.0, DAMPING * STEP * STEP]);
    let two = Setup { frames: 2, ..one };
    let force = Field::at(STEP, two.ratio, two.amplitudes).force(particle.position);
    let next = two.outcome_from(vec![at_rest([2.0, 0.0])]).unwrap()[0];
    assert_eq!(
        next.velocity[1],
        DAMPING * (particle.velocity[1] + STEP * force[1])
    );
}

#[test]
fn a_start_rotated_by_a_lobe_ends_rotated_by_a_lobe() {
    for ratio in ["1:8", "16:8", "3:5"] {
        let setup = setup(ratio);
        let lobe = TAU / f64::from(setup.ratio.angular);
        let lobe = [lobe.cos(), lobe.sin()];
        // Next to the centre, where all lobes meet, a rounding error decides where a particle goes.
        let start: Vec<Particle> = setup
            .start()
            .into_iter()
            .filter(|p| p.direction().0 > 2.0)
            .collect();
        let turned = start
            .iter()
            .map(|p| at_rest(rotated(p.position, lobe)))
            .collect();
        let plain = setup.outcome_from(start).unwrap();
        let turned = setup.outcome_from(turned).unwrap();
        for (plain, turned) in plain.iter().zip(&turned) {
            let expected = rotated(plain.position, lobe);
            for (found, expected) in turned.position.iter().zip(expected) {
                let error = found - expected;
                assert!(error.abs() < 1e-9, "{ratio}: {error}");
            }
        }
    }
}

#[test]
fn rotated_copies_of_a_start_have_exactly_the_lobes_symmetry() {
    // Eight rotated copies: whatever the field does to one, all harmonics but multiples of eight cancel.
    let setup = setup("4:8");
    let lobes = setup.ratio.angular;
    let copies: Vec<Particle> = setup
        .start()
        .iter()
        .filter(|p| p.direction().0 > 2.0)
        .flat_map(|p| {
            let lobe = [libm::cos(TAU / 8.0), libm::sin(TAU / 8.0)];
            (0..lobes).map(move |n| at_rest(rotated(p.position, turn(lobe, n))))
        })
        .collect();
    let outcome = setup.outcome_from(copies).unwrap();
    for k in 1..16 {
        let orders = Cloud::new(&outcome, k).orders();
        assert_eq!(orders.angular > 1e-9, k == lobes, "{k}: {orders:?}");
        assert_eq!(orders.radial > 1e-9, k == lobes, "{k}: {orders:?}");
    }
}

#[test]
fn runs_are_determined_by_their_setup() {
    let few_bits = Setup {
        bits: 8,
        rounding: Rounding::Stochastic,
        ..setup("1:8")
    };
    for setup in [setup("1:8"), few_bits] {
        let outcome = setup.outcome().unwrap();
        assert_eq!(outcome, setup.outcome().unwrap());
        let mut last = Vec::new();
        let mut frames = 0;
        setup
            .run(|frame, particles| {
                assert_eq!(frame, frames);
                frames += 1;
                last = particles.to_vec();
            })
            .unwrap();
        assert_eq!((frames, last), (601, outcome.clone()));
        let other = Setup { seed: 2, ..setup };
        assert_ne!(outcome, other.outcome().unwrap());
    }
}

#[test]
fn without_forces_nothing_moves() {
    let still = Setup {
        amplitudes: Amplitudes {
            radial: 0.0,
            tangential: 0.0,
        },
        bits: 6,
        rounding: Rounding::Stochastic,
        ..setup("1:8")
    };
    still
        .run(|_, particles| assert!(particles.iter().all(|p| p.velocity == [0.0; 2])))
        .unwrap();
}

#[test]
fn every_number_of_a_run_fits_its_bits() {
    let setup = Setup {
        bits: 7,
        ..setup("1:8")
    };
    for particle in setup.outcome().unwrap() {
        for value in particle.position.into_iter().chain(particle.velocity) {
            // Bits of the significand that f64 stores, beyond the six that follow the leading one.
            assert_eq!(value.to_bits() & ((1 << 46) - 1), 0, "{value}");
        }
    }
}

#[test]
fn absurd_setups_are_refused_with_their_numbers() {
    let good = setup("1:8");
    let none = Setup {
        particles: 0,
        ..good
    };
    assert_eq!(none.outcome(), Err(SetupError::Particles(0)));
    let endless = Setup {
        frames: 1_000_000,
        ..good
    };
    let error = endless.outcome().unwrap_err().to_string();
    assert!(
        error.contains("1000000") && error.contains("--frames 600"),
        "{error}"
    );
    for bits in [0, 3, 54] {
        let error = Setup { bits, ..good }.outcome().unwrap_err().to_string();
        assert!(error.contains("4 to 53"), "{error}");
    }
    for amplitude in [-1.0, f64::NAN, f64::INFINITY] {
        let amplitudes = Amplitudes {
            radial: amplitude,
            tangential: 1.0,
        };
        let refused = Setup { amplitudes, ..good }.outcome();
        assert!(
            matches!(refused, Err(SetupError::Amplitude(_))),
            "{refused:?}"
        );
    }
}

//! Sampling against its definition.

extern crate std;

use super::*;
use std::vec;
use std::vec::Vec;

/// Draws from `logits` often and counts.
fn counts(sampling: Sampling, logits: &[i32], draws: u32) -> Vec<u32> {
    let mut sampler = Sampler::new(sampling, 7);
    let mut counts = vec![0; logits.len()];
    (0..draws).for_each(|_| counts[usize::from(sampler.sample(logits))] += 1);
    counts
}

fn close(count: u32, share: f64, draws: u32) -> bool {
    let expected = share * f64::from(draws);
    (f64::from(count) - expected).abs() < 5.0 * expected.sqrt() + 1.0
}

#[test]
fn draws_follow_the_distribution_at_every_temperature() {
    let logits = [0, 16, 24, -40, 3];
    for temperature in [50, 80, 100, 200] {
        let weights = logits.map(|l| (f64::from(l) / 16.0 * 100.0 / f64::from(temperature)).exp2());
        let total: f64 = weights.iter().sum();
        let sampling = Sampling {
            temperature,
            ..Sampling::default()
        };
        let counts = counts(sampling, &logits, 20_000);
        for (count, weight) in counts.iter().zip(weights) {
            // A sixteenth of a bit is 4 %: distances are rounded down to it.
            let share = weight / total;
            assert!(
                (f64::from(*count) / 20_000.0 - share).abs() < 0.05 * share + 0.012,
                "{counts:?}"
            );
        }
    }
}

#[test]
fn equal_logits_are_drawn_equally() {
    let counts = counts(Sampling::default(), &[5; 7], 70_000);
    assert!(
        counts.iter().all(|&count| close(count, 1.0 / 7.0, 70_000)),
        "{counts:?}"
    );
}

#[test]
fn greedy_is_argmax_and_ties_go_to_the_lowest_token() {
    let greedy = Sampling {
        temperature: 0,
        ..Sampling::default()
    };
    assert_eq!(Sampler::new(greedy, 1).sample(&[1, 9, 9, 3]), 1);
    assert_eq!(Sampler::new(greedy, 1).sample(&[]), 0);
}

#[test]
fn top_k_keeps_k_and_ties() {
    let sampling = Sampling {
        top_k: 2,
        ..Sampling::default()
    };
    let kept: Vec<bool> = counts(sampling, &[0, 10, 20, 30], 2000)
        .iter()
        .map(|&n| n > 0)
        .collect();
    assert_eq!(kept, [false, false, true, true]);
    let kept: Vec<bool> = counts(sampling, &[0, 20, 20, 30], 2000)
        .iter()
        .map(|&n| n > 0)
        .collect();
    assert_eq!(kept, [false, true, true, true]);
    // More than there are keeps all that have a chance.
    let all = Sampling {
        top_k: 50,
        ..Sampling::default()
    };
    assert!(counts(all, &[0, 1, 2], 2000).iter().all(|&n| n > 0));
}

#[test]
fn top_p_keeps_the_most_probable_until_the_share_is_reached() {
    // Shares 1/2, 1/4, 1/8, 1/8.
    let logits = [48, 32, 16, 16];
    for (top_p, kept) in [(10, 1), (49, 1), (60, 2), (80, 4), (100, 4)] {
        let sampling = Sampling {
            top_p,
            ..Sampling::default()
        };
        let drawn = counts(sampling, &logits, 2000)
            .iter()
            .filter(|&&n| n > 0)
            .count();
        assert_eq!(drawn, kept, "top-p {top_p}");
    }
}

#[test]
fn the_seed_decides() {
    let logits: Vec<i32> = (0..65).map(|i| i * 29 % 64).collect();
    let draw = |seed| {
        let mut sampler = Sampler::new(Sampling::default(), seed);
        (0..50).map(|_| sampler.sample(&logits)).collect::<Vec<_>>()
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    // The seed that would leave the generator at zero works too.
    assert_ne!(draw(0x9E37_79B9_7F4A_7C15), draw(2));
}

#[test]
fn extreme_logits_do_not_overflow() {
    let logits = [i32::MIN, i32::MAX, 0, i32::MAX];
    for temperature in [1, 1000, u16::MAX] {
        let sampling = Sampling {
            temperature,
            top_k: 3,
            top_p: 50,
            ..Sampling::default()
        };
        assert!([1, 3].contains(&Sampler::new(sampling, 3).sample(&logits)));
    }
}

/// The tokens and shares that settings leave, by the definition: floats for the shares, wide integers for the rest.
fn oracle(sampling: Sampling, logits: &[i32], recent: &[u16]) -> Vec<f64> {
    let window = usize::from(sampling.repetition_window.min(MAX_REPETITION_WINDOW));
    let recent = &recent[recent.len().saturating_sub(window)..];
    let penalty = i64::from(sampling.repetition_penalty);
    let logit = |(token, &logit): (usize, &i32)| {
        let seen = recent.iter().any(|&seen| usize::from(seen) == token);
        i64::from(logit) - if seen { penalty } else { 0 }
    };
    let logits: Vec<i64> = logits.iter().enumerate().map(logit).collect();
    let max = *logits.iter().max().unwrap();
    let least = f64::from(sampling.min_p.min(100)) / 100.0;
    let weight = |&logit: &i64| {
        let weight = ((logit - max) as f64 / 16.0).exp2();
        if weight >= least { weight } else { 0.0 }
    };
    let weights: Vec<f64> = logits.iter().map(weight).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

#[test]
fn min_p_keeps_what_is_probable_beside_the_most_probable() {
    // No logit lies where a weight is a whole percentage, but those of whole octaves.
    let logits = [90, 74, 58, 42, 26, 10, 85, 61, 33, 89];
    for min_p in [0, 1, 3, 5, 10, 24, 25, 26, 50, 51, 99, 100, 255] {
        let sampling = Sampling {
            min_p,
            ..Sampling::default()
        };
        let counts = counts(sampling, &logits, 20_000);
        let shares = oracle(sampling, &logits, &[]);
        for (&count, share) in counts.iter().zip(&shares) {
            assert_eq!(
                count == 0,
                *share == 0.0,
                "min-p {min_p}: {counts:?} {shares:?}"
            );
            assert!(
                close(count, *share, 20_000),
                "min-p {min_p}: {counts:?} {shares:?}"
            );
        }
    }
}

#[test]
fn a_repetition_penalty_makes_what_was_seen_lately_less_probable() {
    let logits = [40, 30, 20, 35, 0, 38];
    for (window, penalty) in [
        (0, 16),
        (1, 16),
        (3, 16),
        (3, 200),
        (64, 5),
        (255, 16),
        (3, 0),
    ] {
        let sampling = Sampling {
            repetition_penalty: penalty,
            repetition_window: window,
            ..Sampling::default()
        };
        let seen = [0, 4, 1, 5, 5, 0, 3, 3];
        let mut fresh = Sampler::new(sampling, 3);
        seen.iter().for_each(|&token| fresh.accept(token));
        let mut counts = [0; 6];
        for _ in 0..20_000 {
            let mut sampler = fresh.clone();
            counts[usize::from(sampler.sample(&logits))] += 1;
            fresh.random = sampler.random;
        }
        for (&count, share) in counts.iter().zip(oracle(sampling, &logits, &seen)) {
            assert!(
                close(count, share, 20_000),
                "{window} {penalty}: {counts:?} {share}"
            );
        }
    }
}

#[test]
fn what_was_drawn_counts_as_seen_and_the_window_forgets() {
    // Greedy, with a window of two of three equal tokens: each waits for the two others.
    let sampling = Sampling {
        repetition_penalty: 16,
        repetition_window: 2,
        ..Sampling::GREEDY
    };
    let mut sampler = Sampler::new(sampling, 1);
    let drawn: Vec<u16> = (0..7).map(|_| sampler.sample(&[5, 5, 5])).collect();
    assert_eq!(drawn, [0, 1, 2, 0, 1, 2, 0]);
    let mut without = Sampler::new(Sampling::GREEDY, 1);
    assert!((0..7).all(|_| without.sample(&[5, 5, 5]) == 0));
}

#[test]
fn the_new_settings_at_rest_draw_as_before_them() {
    // Drawn with seed 1 by the version that had temperature, top-k and top-p alone.
    let logits: Vec<i32> = (0..65).map(|i| i * 29 % 64).collect();
    let sampling = Sampling {
        temperature: 80,
        top_k: 30,
        top_p: 90,
        ..Sampling::default()
    };
    let mut sampler = Sampler::new(sampling, 1);
    let drawn: Vec<u16> = (0..20).map(|_| sampler.sample(&logits)).collect();
    assert_eq!(
        drawn,
        [
            11, 2, 44, 11, 57, 37, 22, 24, 2, 55, 11, 46, 37, 33, 55, 28, 26, 37, 4, 44
        ]
    );
}

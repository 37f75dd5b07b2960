//! The learning rate of a step.

use crate::config::TrainConfig;
use std::f64::consts::PI;

/// The learning rate of step `step`, from 1 to `config.steps`: a straight line up to the peak at step `warmup`, then half a
/// cosine, or in the last `cooldown` of the steps a straight line, down to `final_lr_mult` of it at the last step.
pub fn learning_rate(config: &TrainConfig, step: u64) -> f64 {
    let peak = config.learning_rate;
    if step <= config.warmup {
        return peak * step as f64 / config.warmup as f64;
    }
    let after_warmup = config.steps.saturating_sub(config.warmup).max(1);
    let height = if config.cooldown > 0.0 {
        let falling = (config.cooldown * config.steps as f64).min(after_warmup as f64);
        (config.steps.saturating_sub(step) as f64 / falling).min(1.0)
    } else {
        let progress = ((step - config.warmup) as f64 / after_warmup as f64).min(1.0);
        0.5 * (1.0 + (PI * progress).cos())
    };
    peak * (config.final_lr_mult + (1.0 - config.final_lr_mult) * height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_peaks_and_falls_to_its_share() {
        let config = TrainConfig {
            steps: 1100,
            warmup: 100,
            learning_rate: 2.0,
            final_lr_mult: 0.05,
            ..TrainConfig::default()
        };
        let close = |step, rate: f64| (learning_rate(&config, step) - rate).abs() < 1e-12;
        assert!(close(1, 0.02));
        assert!(close(100, 2.0));
        assert!(close(600, 2.0 * 0.525));
        assert!(close(1100, 0.1));
        assert!(close(5000, 0.1));
    }

    #[test]
    fn it_holds_and_then_falls_on_a_line() {
        let config = TrainConfig {
            steps: 1000,
            warmup: 100,
            learning_rate: 2.0,
            final_lr_mult: 0.1,
            cooldown: 0.4,
            ..TrainConfig::default()
        };
        let close = |step, rate: f64| (learning_rate(&config, step) - rate).abs() < 1e-12;
        assert!(close(50, 1.0));
        assert!(close(100, 2.0));
        assert!(close(600, 2.0));
        assert!(close(800, 2.0 * 0.55));
        assert!(close(1000, 0.2));
        assert!(close(5000, 0.2));
    }

    #[test]
    fn a_run_shorter_than_its_warm_up_or_without_one_has_finite_rates() {
        for (steps, warmup) in [(10, 100), (10, 10), (10, 0), (1, 0)] {
            for cooldown in [0.0, 0.01, 0.5, 1.0] {
                let config = TrainConfig {
                    steps,
                    warmup,
                    cooldown,
                    ..TrainConfig::default()
                };
                for step in 1..=steps {
                    let rate = learning_rate(&config, step);
                    assert!(rate.is_finite() && rate > 0.0, "{config:?} {step}");
                }
            }
        }
    }
}

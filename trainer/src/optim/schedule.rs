//! The learning rate of a step.

use crate::config::TrainConfig;
use std::f64::consts::PI;

/// The learning rate of step `step`, from 1 to `config.steps`: a straight line up to the peak at step `warmup`, then
/// half a cosine down to `final_lr_mult` of it at the last step.
pub fn learning_rate(config: &TrainConfig, step: u64) -> f64 {
    let peak = config.learning_rate;
    if step <= config.warmup {
        return peak * step as f64 / config.warmup as f64;
    }
    let falling = config.steps.saturating_sub(config.warmup).max(1);
    let progress = ((step - config.warmup) as f64 / falling as f64).min(1.0);
    let cosine = 0.5 * (1.0 + (PI * progress).cos());
    peak * (config.final_lr_mult + (1.0 - config.final_lr_mult) * cosine)
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
    fn a_run_shorter_than_its_warm_up_or_without_one_has_finite_rates() {
        for (steps, warmup) in [(10, 100), (10, 10), (10, 0), (1, 0)] {
            let config = TrainConfig {
                steps,
                warmup,
                ..TrainConfig::default()
            };
            for step in 1..=steps {
                let rate = learning_rate(&config, step);
                assert!(rate.is_finite() && rate > 0.0, "{steps} {warmup} {step}");
            }
        }
    }
}

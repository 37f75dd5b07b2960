//! Tables in double precision: what the time dependence of the force does.

use super::{RATIOS, Runs, share, spread};
use crate::harmonic::motion::{reach, separation_growth};
use crate::harmonic::order::angular_control;
use crate::harmonic::simulation::{Setup, SetupError};
use crate::harmonic::table::Table;

/// Particles of the table that varies them, as multiples of the plan's.
const CROWDS: [(usize, usize); 4] = [(1, 4), (1, 1), (4, 1), (16, 1)];

/// Setups that this module's tables run a seed.
pub(super) fn setups(setup: &Setup) -> usize {
    // The first table runs each ratio and its separation.
    2 * RATIOS.len() + RATIOS.len() + crowds(setup).len()
}

/// Refuses what one of this module's tables could not run.
pub(super) fn check(setup: &Setup) -> Result<(), SetupError> {
    setup.check()?;
    crowds(setup).iter().try_for_each(Setup::check)
}

/// Order, size and chaos of the figure at each ratio.
pub(super) fn by_ratio(runs: &Runs<'_>) -> Result<String, SetupError> {
    let base = runs.plan.setup;
    let setups = RATIOS.map(|ratio| Setup { ratio, ..base });
    let samples = runs.samples(&setups)?;
    let growth = runs.each(&setups, separation_growth)?;
    let angular = angular_control(base.particles);
    let mut table = Table::new([
        "ratio",
        "radial order",
        "chance",
        "above",
        "strongest is P2",
        "angular order",
        "above",
        "reach",
        "moved",
        "separation",
    ]);
    for ((setup, samples), growth) in setups.iter().zip(&samples).zip(&growth) {
        let mean = |i: usize| growth.iter().map(|g| g[i]).sum::<f64>() / growth.len() as f64;
        table.row([
            setup.ratio.to_string(),
            spread(samples, |s| s.orders.radial).to_string(),
            format!("{:.3}", spread(samples, |s| s.radial_control).mean),
            share(samples, |s| s.orders.radial > s.radial_control),
            share(samples, |s| s.strongest == setup.ratio.angular),
            spread(samples, |s| s.orders.angular).to_string(),
            share(samples, |s| s.orders.angular > angular),
            format!("{:.3}", reach(setup.ratio, setup.frames)),
            format!("{:.3}", spread(samples, |s| s.displacement).mean),
            format!("{:.2}, {:.1}", mean(0), mean(1)),
        ]);
    }
    Ok(format!(
        "### By ratio, 53 bits\n\n{}\nAngular order that chance exceeds one time in twenty: {angular:.3}.\n",
        table.markdown()
    ))
}

/// The ratios again, with the radial force scaled so that all reach as far as the first.
pub(super) fn at_equal_reach(runs: &Runs<'_>) -> Result<String, SetupError> {
    let base = runs.plan.setup;
    let [first, ..] = RATIOS;
    let setups = RATIOS.map(|ratio| {
        let mut setup = Setup { ratio, ..base };
        setup.amplitudes.radial *= reach(first, base.frames) / reach(ratio, base.frames);
        setup
    });
    let samples = runs.samples(&setups)?;
    let mut table = Table::new([
        "ratio",
        "radial force",
        "radial order",
        "strongest is P2",
        "angular order",
        "moved",
    ]);
    for (setup, samples) in setups.iter().zip(&samples) {
        table.row([
            setup.ratio.to_string(),
            format!("{:.2}", setup.amplitudes.radial),
            spread(samples, |s| s.orders.radial).to_string(),
            share(samples, |s| s.strongest == setup.ratio.angular),
            spread(samples, |s| s.orders.angular).to_string(),
            format!("{:.3}", spread(samples, |s| s.displacement).mean),
        ]);
    }
    Ok(format!(
        "### By ratio at equal reach, 53 bits\n\n{}",
        table.markdown()
    ))
}

fn crowds(setup: &Setup) -> Vec<Setup> {
    let [.., last] = RATIOS;
    let crowd = |(times, parts): (usize, usize)| Setup {
        ratio: last,
        particles: setup.particles * times / parts,
        ..*setup
    };
    CROWDS.into_iter().map(crowd).collect()
}

/// The ratio with the faintest figure, drawn by fewer and by more particles.
pub(super) fn by_particles(runs: &Runs<'_>) -> Result<String, SetupError> {
    let setups = crowds(&runs.plan.setup);
    let samples = runs.samples(&setups)?;
    let mut table = Table::new([
        "particles",
        "radial order",
        "chance",
        "above",
        "strongest is P2",
    ]);
    for (setup, samples) in setups.iter().zip(&samples) {
        table.row([
            setup.particles.to_string(),
            spread(samples, |s| s.orders.radial).to_string(),
            format!("{:.3}", spread(samples, |s| s.radial_control).mean),
            share(samples, |s| s.orders.radial > s.radial_control),
            share(samples, |s| s.strongest == setup.ratio.angular),
        ]);
    }
    Ok(format!(
        "### By number of particles, {}, 53 bits\n\n{}",
        setups[0].ratio,
        table.markdown()
    ))
}

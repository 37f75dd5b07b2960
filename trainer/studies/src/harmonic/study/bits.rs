//! Tables of the order against the precision of the arithmetic.

use super::{RATIOS, Runs, Sample, ratio, spread};
use crate::harmonic::force::Amplitudes;
use crate::harmonic::precision::Rounding;
use crate::harmonic::ratio::Ratio;
use crate::harmonic::simulation::{Setup, SetupError};
use crate::harmonic::table::Table;

/// Significant bits, from double precision down.
const BITS: [u32; 11] = [53, 24, 12, 11, 10, 9, 8, 7, 6, 5, 4];
/// Beside the claim's ratios one whose lobes do not fit the symmetry of the grid of rounded numbers, which is fourfold.
const ODD: Ratio = ratio(1, 7);
/// Ratio of the runs without forces, which show what the grid alone does.
const STILL: Ratio = ratio(1, 8);
/// Columns of runs.
const COLUMNS: usize = RATIOS.len() + 2;

/// A value of a run.
type Value = fn(&Sample) -> f64;

/// The tables of each way of rounding.
const TABLES: [(Rounding, &[(&str, Value)]); 2] = [
    (
        Rounding::Nearest,
        &[
            ("Radial order", |s| s.orders.radial),
            ("Angular order", |s| s.orders.angular),
            ("Angular order of harmonic 4 (the grid's)", |s| {
                s.grid.angular
            }),
            ("Moved", |s| s.displacement),
        ],
    ),
    (
        Rounding::Stochastic,
        &[
            ("Radial order", |s| s.orders.radial),
            ("Angular order", |s| s.orders.angular),
        ],
    ),
];

/// Setups that this module's tables run a seed.
pub(super) fn setups() -> usize {
    TABLES.len() * BITS.len() * COLUMNS
}

/// The runs of one line.
fn line(base: Setup, bits: u32, rounding: Rounding) -> [Setup; COLUMNS] {
    let setup = |ratio| Setup {
        ratio,
        bits,
        rounding,
        ..base
    };
    let still = Setup {
        amplitudes: Amplitudes {
            radial: 0.0,
            tangential: 0.0,
        },
        // Nothing moves: one frame shows it all.
        frames: 1,
        ..setup(STILL)
    };
    let [a, b, c, d] = RATIOS.map(setup);
    [a, b, c, d, setup(ODD), still]
}

/// Order and motion for each way of rounding.
pub(super) fn by_bits(runs: &Runs<'_>) -> Result<String, SetupError> {
    let mut sections = Vec::new();
    for (rounding, tables) in TABLES {
        let lines = BITS.map(|bits| line(runs.plan.setup, bits, rounding));
        let samples = runs.samples(&lines.concat())?;
        for (title, value) in tables {
            let table = tabulate(&samples, *value);
            sections.push(format!(
                "### {title} by precision, rounding: {rounding}\n\n{table}"
            ));
        }
    }
    Ok(sections.join("\n"))
}

fn tabulate(samples: &[Vec<Sample>], value: Value) -> String {
    let moving = RATIOS
        .into_iter()
        .chain([ODD])
        .map(|ratio| ratio.to_string());
    let header = [
        vec!["bits".to_owned()],
        moving.collect(),
        vec!["no force".to_owned()],
    ];
    let mut table = Table::new(header.concat());
    for (bits, samples) in BITS.iter().zip(samples.chunks(COLUMNS)) {
        let cells = samples
            .iter()
            .map(|samples| spread(samples, value).to_string());
        table.row([bits.to_string()].into_iter().chain(cells));
    }
    table.markdown()
}

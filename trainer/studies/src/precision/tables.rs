//! The study's figures as tables and as CSV.

use crate::harmonic::table::Table;
use crate::precision::interval::Interval;
use crate::precision::kinds::{BASE, Kind};
use crate::precision::measure::{Measures, Reference, Structure};
use std::f64::consts::LOG2_E;
use trainer::util::fmt::grouped;

/// A figure of a run, where it has one.
pub type Figure = fn(&Measures) -> Option<f64>;

/// Bits a character on unseen text.
pub fn bits(run: &Measures) -> Option<f64> {
    Some(run.val_loss * LOG2_E)
}

/// Loss on unseen text less that on the text it learned from.
pub fn gap(run: &Measures) -> Option<f64> {
    Some(run.val_loss - run.train_loss)
}

/// The runs of the kind called `kind`.
pub fn of_kind<'a>(runs: &'a [Measures], kind: &'a str) -> impl Iterator<Item = &'a Measures> {
    runs.iter().filter(move |run| run.kind == kind)
}

/// Mean and interval of a figure over the seeds of a kind.
pub fn interval(runs: &[Measures], kind: &str, figure: Figure) -> Option<Interval> {
    let values: Vec<f64> = of_kind(runs, kind).filter_map(figure).collect();
    Interval::of(&values)
}

/// The same of the differences from the kind `from` with the same seed, which has started from the same numbers and has
/// seen the same text in the same order.
pub fn difference(runs: &[Measures], kind: &str, from: &str, figure: Figure) -> Option<Interval> {
    let differences = of_kind(runs, kind).filter_map(|run| {
        let mut others = of_kind(runs, from);
        let other = others.find(|other| other.seed == run.seed)?;
        Some(figure(run)? - figure(other)?)
    });
    Interval::of(&differences.collect::<Vec<f64>>())
}

fn cell(interval: Option<Interval>, digits: usize) -> String {
    interval.map_or_else(|| "-".to_owned(), |interval| interval.text(digits))
}

/// What a model of each kind costs.
pub fn cost(runs: &[Measures], kinds: &[Kind]) -> Table {
    let mut table = Table::new([
        "model",
        "precision",
        "d_model",
        "hidden",
        "parameters",
        "file bytes",
        "RAM",
        "additions a token",
    ]);
    for kind in kinds {
        let Some(run) = of_kind(runs, kind.name).next() else {
            continue;
        };
        let ram = run
            .ram_bytes
            .map_or("-".to_owned(), |bytes| grouped(bytes as usize));
        table.row([
            kind.name.to_owned(),
            kind.precision(),
            kind.d_model.to_string(),
            kind.hidden.to_string(),
            grouped(run.parameters as usize),
            grouped(run.file_bytes as usize),
            ram,
            grouped(run.additions as usize),
        ]);
    }
    table
}

/// How well each kind has learned.
pub fn learning(runs: &[Measures], kinds: &[Kind]) -> Table {
    let mut table = Table::new([
        "model".to_owned(),
        "seeds".to_owned(),
        "file bytes".to_owned(),
        "training loss".to_owned(),
        "validation loss".to_owned(),
        "gap".to_owned(),
        "bits a character".to_owned(),
        format!("validation less {BASE}'s"),
    ]);
    for kind in kinds {
        let Some(run) = of_kind(runs, kind.name).next() else {
            continue;
        };
        let of = |figure| cell(interval(runs, kind.name, figure), 4);
        let against = match kind.name {
            BASE => "-".to_owned(),
            name => cell(difference(runs, name, BASE, |run| Some(run.val_loss)), 4),
        };
        table.row([
            kind.name.to_owned(),
            of_kind(runs, kind.name).count().to_string(),
            grouped(run.file_bytes as usize),
            of(|run| Some(run.train_loss)),
            of(|run| Some(run.val_loss)),
            of(gap),
            of(bits),
            against,
        ]);
    }
    table
}

fn percent(share: f64) -> f64 {
    100.0 * share
}

/// Structure of what each kind generates, and of as much of the text itself.
pub fn structure(runs: &[Measures], kinds: &[Kind], reference: &Reference) -> Table {
    let mut table = Table::new([
        "text of",
        "known words, %",
        "known speakers, %",
        "headings",
        "2-grams, bits",
        "3-grams, bits",
        "4-grams, bits",
    ]);
    for kind in kinds {
        if of_kind(runs, kind.name).next().is_none() {
            continue;
        }
        let of = |figure, digits| cell(interval(runs, kind.name, figure), digits);
        table.row([
            kind.name.to_owned(),
            of(|run| run.structure.words.map(percent), 2),
            of(|run| run.structure.headings.map(percent), 1),
            of(|run| Some(run.structure.heading_count as f64), 0),
            of(|run| Some(run.structure.divergences[0]), 4),
            of(|run| Some(run.structure.divergences[1]), 4),
            of(|run| Some(run.structure.divergences[2]), 4),
        ]);
    }
    let figure = |share: Option<f64>, digits| {
        share.map_or("-".to_owned(), |share| {
            format!("{:.digits$}", percent(share))
        })
    };
    let mut control = |name: &str, found: &Structure| {
        let mut row = vec![
            name.to_owned(),
            figure(found.words, 2),
            figure(found.headings, 1),
            found.heading_count.to_string(),
        ];
        row.extend(found.divergences.map(|bits| format!("{bits:.4}")));
        table.row(row);
    };
    control("(the training text)", &reference.of_training());
    control("(the validation text)", &reference.of_validation());
    table
}

/// What each kind bears.
pub fn sensitivity(runs: &[Measures], kinds: &[Kind]) -> Table {
    let mut table = Table::new([
        "model",
        "flipped trits, %",
        "noise on weights",
        "noise on activations",
    ]);
    for kind in kinds {
        if of_kind(runs, kind.name).next().is_none() {
            continue;
        }
        let of = |figure, digits| cell(interval(runs, kind.name, figure), digits);
        table.row([
            kind.name.to_owned(),
            of(|run| run.flips.map(|share| 100.0 * share), 3),
            of(|run| Some(run.weight_noise), 3),
            of(|run| Some(run.activation_noise), 3),
        ]);
    }
    table
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::precision::kinds::KINDS;

    /// A run with figures that follow from its kind and seed.
    pub(crate) fn run(kind: Kind, seed: u64) -> Measures {
        let loss = 1.5 + 0.1 * seed as f64 + 0.01 * f64::from(kind.trits.unwrap_or(9));
        Measures {
            kind: kind.name.to_owned(),
            seed,
            steps: 10,
            parameters: 1000,
            file_bytes: 2000 + u64::from(kind.d_model),
            ram_bytes: kind.trits.map(|_| 300),
            additions: 4000,
            train_loss: loss - 0.1,
            val_loss: loss,
            structure: Structure {
                words: Some(0.9),
                headings: Some(0.5),
                heading_count: 12,
                divergences: [0.1, 0.2, 0.3],
            },
            flips: kind.trits.map(|trits| 0.01 / f64::from(trits)),
            weight_noise: 0.1,
            activation_noise: 0.3,
        }
    }

    #[test]
    fn differences_are_of_the_same_seed() {
        let runs: Vec<Measures> = KINDS[..3]
            .iter()
            .flat_map(|&kind| [1, 2].map(|seed| run(kind, seed)))
            .collect();
        let loss: Figure = |run| Some(run.val_loss);
        let difference = difference(&runs, "trits-3", BASE, loss).unwrap();
        // The seeds differ by 0.1, the pairs do not.
        assert!((difference.mean - 0.02).abs() < 1e-12 && difference.half.unwrap() < 1e-12);
        assert!(interval(&runs, "trits-3", loss).unwrap().half.unwrap() > 0.5);
        assert_eq!(interval(&runs, "wide-1", loss), None);
        assert_eq!(interval(&runs, "float", |run| run.flips), None);
    }

    #[test]
    fn tables_have_a_row_for_each_kind_that_was_run() {
        let runs = [run(KINDS[0], 1), run(KINDS[4], 1)];
        for table in [
            cost(&runs, &KINDS),
            learning(&runs, &KINDS),
            sensitivity(&runs, &KINDS),
        ] {
            let text = table.markdown();
            assert_eq!(text.lines().count(), 4, "{text}");
            assert!(text.contains("trits-1") && text.contains("float"));
        }
    }
}

//! What a study leaves behind: a report with tables, its plots, and the CSV behind them.

use crate::precision::charts::{self, Panel, Series};
use crate::precision::interval::Interval;
use crate::precision::kinds::{KINDS, Kind, QUESTIONS};
use crate::precision::measure::{Measures, Reference};
use crate::precision::rows;
use crate::precision::tables::{self, Figure, interval};
use std::path::Path;
use trainer::util::files::{FileError, write_whole};
use trainer::util::plot::ChartError;

/// A report cannot be written.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant passes on what it is named after")]
pub enum ReportError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Chart(#[from] ChartError),
}

/// Writes `report.md`, `study.csv` and the plots of `runs` to `folder`. Returns the report.
///
/// # Errors
/// [`ReportError`].
pub fn write(
    folder: &Path,
    runs: &[Measures],
    reference: &Reference,
    text: &str,
) -> Result<String, ReportError> {
    let report = report(runs, reference, text);
    write_whole(&folder.join("report.md"), report.as_bytes())?;
    write_whole(&folder.join("study.csv"), rows::write(runs).as_bytes())?;
    for (name, svg) in plots(runs)? {
        write_whole(&folder.join(name), svg.as_bytes())?;
    }
    Ok(report)
}

fn report(runs: &[Measures], reference: &Reference, text: &str) -> String {
    let steps = runs.first().map_or(0, |run| run.steps);
    let mut parts = vec![
        format!(
            "# Precision study\n\n{} runs of {steps} steps on {text}. Mean ± half of the 95 % confidence interval over \
             seeds (Student's t).",
            runs.len()
        ),
        format!(
            "## What a model costs\n\n{}",
            tables::cost(runs, &KINDS).markdown()
        ),
    ];
    for question in &QUESTIONS {
        let kinds: Vec<Kind> = question
            .kinds
            .iter()
            .filter_map(|name| Kind::named(name))
            .collect();
        let table = tables::learning(runs, &kinds).markdown();
        parts.push(format!("## {}\n\n{table}", question.title));
    }
    parts.push("![Losses](study-loss.svg)\n\n![Loss by bytes](study-bytes.svg)".to_owned());
    let structure = tables::structure(runs, &KINDS, reference).markdown();
    parts.push(format!("## Structure of generated text\n\n{structure}"));
    let sensitivity = tables::sensitivity(runs, &KINDS).markdown();
    parts.push(format!(
        "## Until the validation loss has risen by 0.1\n\n{sensitivity}"
    ));
    parts.push("![Sensitivity](study-sensitivity.svg)".to_owned());
    parts.join("\n\n").replace("\n\n\n", "\n\n") + "\n"
}

/// Names and pictures; none without runs.
fn plots(runs: &[Measures]) -> Result<Vec<(&'static str, String)>, ChartError> {
    let done = |kind: &Kind| tables::of_kind(runs, kind.name).next().is_some();
    let kinds: Vec<Kind> = KINDS.into_iter().filter(done).collect();
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let models: Vec<String> = kinds.iter().map(|kind| kind.name.to_owned()).collect();
    let series = |name: &str, figure: Figure| Series {
        name: name.to_owned(),
        values: kinds
            .iter()
            .map(|kind| interval(runs, kind.name, figure))
            .collect(),
    };
    let panel = |unit: &str, series: Vec<Series>| Panel {
        unit: unit.to_owned(),
        series,
    };
    let losses = vec![
        series("validation", |run| Some(run.val_loss)),
        series("training", |run| Some(run.train_loss)),
    ];
    let bears = [
        panel(
            "flipped trits, %",
            vec![series("", |run| Some(100.0 * run.flips?))],
        ),
        panel(
            "noise on weights",
            vec![series("", |run| Some(run.weight_noise))],
        ),
        panel(
            "noise on activations",
            vec![series("", |run| Some(run.activation_noise))],
        ),
    ];
    let sizes: Vec<(String, u64, Interval)> = kinds
        .iter()
        .filter_map(|kind| {
            let bytes = tables::of_kind(runs, kind.name).next()?.file_bytes;
            let loss = interval(runs, kind.name, |run| Some(run.val_loss))?;
            Some((kind.name.to_owned(), bytes, loss))
        })
        .collect();
    Ok(vec![
        (
            "study-loss.svg",
            charts::columns(&models, &[panel("nats a character", losses)])?,
        ),
        (
            "study-bytes.svg",
            charts::by_bytes("validation loss, nats a character", &sizes)?,
        ),
        ("study-sensitivity.svg", charts::columns(&models, &bears)?),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precision::tables::tests::run;
    use trainer::data::dataset::Dataset;

    #[test]
    fn everything_is_written_for_one_seed_and_for_several() {
        let play = "ROMEO:\nWhat light is this?\n\n".repeat(90);
        let reference = Reference::new(&Dataset::new(&play, 16).unwrap(), 50);
        for seeds in [1, 3] {
            let folder = tempfile::tempdir().unwrap();
            let of_kind =
                |kind: &Kind| (1..=seeds).map(|seed| run(*kind, seed)).collect::<Vec<_>>();
            let runs: Vec<Measures> = KINDS.iter().flat_map(of_kind).collect();
            let report = write(folder.path(), &runs, &reference, "a play").unwrap();
            for question in &QUESTIONS {
                assert!(report.contains(question.title));
            }
            assert_eq!(report.contains(" ± 0."), seeds > 1);
            for name in [
                "report.md",
                "study.csv",
                "study-loss.svg",
                "study-bytes.svg",
                "study-sensitivity.svg",
            ] {
                assert!(folder.path().join(name).exists(), "{name}");
            }
        }
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[], &reference, "a play").unwrap();
        assert!(!folder.path().join("study-loss.svg").exists());
    }
}

//! The CSV behind a study: a row a run, written and read again.

use crate::precision::kinds::Kind;
use crate::precision::measure::{Measures, Structure};
use crate::precision::tables::{bits, gap};
use serde::{Deserialize, Serialize, Serializer};

/// The columns.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: String,
    trits: Option<u8>,
    d_model: Option<u16>,
    hidden: Option<u16>,
    seed: u64,
    steps: u64,
    parameters: u64,
    file_bytes: u64,
    ram_bytes: Option<u64>,
    additions: u64,
    #[serde(serialize_with = "six")]
    train_loss: Option<f64>,
    #[serde(serialize_with = "six")]
    val_loss: Option<f64>,
    #[serde(serialize_with = "six")]
    gap: Option<f64>,
    #[serde(serialize_with = "six")]
    bits_per_character: Option<f64>,
    #[serde(serialize_with = "six")]
    known_words: Option<f64>,
    #[serde(serialize_with = "six")]
    known_speakers: Option<f64>,
    headings: u64,
    #[serde(serialize_with = "six")]
    divergence_2: Option<f64>,
    #[serde(serialize_with = "six")]
    divergence_3: Option<f64>,
    #[serde(serialize_with = "six")]
    divergence_4: Option<f64>,
    #[serde(serialize_with = "six")]
    flips: Option<f64>,
    #[serde(serialize_with = "six")]
    weight_noise: Option<f64>,
    #[serde(serialize_with = "six")]
    activation_noise: Option<f64>,
}

/// Why a text is not the CSV of a study.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// A row that is none, with its line.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// A figure that every run has is missing.
    #[error("the row of {kind}, seed {seed}, has no {column}")]
    Missing {
        /// Of which kind.
        kind: String,
        /// Of which seed.
        seed: u64,
        /// Which figure.
        column: &'static str,
    },
}

fn six<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    number
        .map(|number| format!("{number:.6}"))
        .serialize(serializer)
}

/// A row a run, under a line that names the columns.
///
/// # Panics
/// Never: memory takes every row.
pub fn write(runs: &[Measures]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for run in runs {
        writer.serialize(row(run)).expect("memory takes every row");
    }
    let bytes = writer.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("rows are text")
}

/// What [`write()`] wrote, to six digits.
///
/// # Errors
/// [`RowError`], naming the line or the figure.
pub fn read(text: &str) -> Result<Vec<Measures>, RowError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| measures(row?)).collect()
}

fn row(run: &Measures) -> Row {
    let kind = Kind::named(&run.kind);
    let [divergence_2, divergence_3, divergence_4] = run.structure.divergences.map(Some);
    Row {
        kind: run.kind.clone(),
        trits: kind.and_then(|kind| kind.trits),
        d_model: kind.map(|kind| kind.d_model),
        hidden: kind.map(|kind| kind.hidden),
        seed: run.seed,
        steps: run.steps,
        parameters: run.parameters,
        file_bytes: run.file_bytes,
        ram_bytes: run.ram_bytes,
        additions: run.additions,
        train_loss: Some(run.train_loss),
        val_loss: Some(run.val_loss),
        gap: gap(run),
        bits_per_character: bits(run),
        known_words: run.structure.words,
        known_speakers: run.structure.headings,
        headings: run.structure.heading_count,
        divergence_2,
        divergence_3,
        divergence_4,
        flips: run.flips,
        weight_noise: Some(run.weight_noise),
        activation_noise: Some(run.activation_noise),
    }
}

fn measures(row: Row) -> Result<Measures, RowError> {
    let needed = |column, figure: Option<f64>| {
        figure
            .filter(|figure| figure.is_finite())
            .ok_or_else(|| RowError::Missing {
                kind: row.kind.clone(),
                seed: row.seed,
                column,
            })
    };
    Ok(Measures {
        train_loss: needed("train_loss", row.train_loss)?,
        val_loss: needed("val_loss", row.val_loss)?,
        structure: Structure {
            words: row.known_words,
            headings: row.known_speakers,
            heading_count: row.headings,
            divergences: [
                needed("divergence_2", row.divergence_2)?,
                needed("divergence_3", row.divergence_3)?,
                needed("divergence_4", row.divergence_4)?,
            ],
        },
        weight_noise: needed("weight_noise", row.weight_noise)?,
        activation_noise: needed("activation_noise", row.activation_noise)?,
        kind: row.kind,
        seed: row.seed,
        steps: row.steps,
        parameters: row.parameters,
        file_bytes: row.file_bytes,
        ram_bytes: row.ram_bytes,
        additions: row.additions,
        flips: row.flips,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precision::kinds::KINDS;
    use crate::precision::tables::tests::run;

    #[test]
    fn every_run_is_a_row_with_a_cell_a_column_and_comes_back() {
        let runs = [run(KINDS[0], 1), run(KINDS[4], 1)];
        let csv = write(&runs);
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.split(',').count() == 23));
        assert!(lines[0].starts_with("kind,trits,d_model,hidden,seed,steps,"));
        assert!(
            lines[1].starts_with(
                "trits-1,1,128,512,1,10,1000,2128,300,4000,1.510000,1.610000,0.100000"
            )
        );
        assert!(lines[2].starts_with("float,,128,512,1,"));
        let back = read(&csv).unwrap();
        assert_eq!((back[1].kind.as_str(), back[1].flips), ("float", None));
        assert_eq!(write(&back), csv);
    }

    #[test]
    fn what_is_no_study_says_where() {
        let csv = write(&[run(KINDS[0], 1)]);
        let error = |text: &str| read(text).unwrap_err().to_string();
        let missing = error(&csv.replace("1.610000", ""));
        assert!(
            missing.contains("trits-1, seed 1, has no val_loss"),
            "{missing}"
        );
        let none = error(&csv.replace("1.610000", "NaN"));
        assert!(none.contains("has no val_loss"), "{none}");
        let word = error(&csv.replace("1.610000", "low"));
        assert!(word.contains("line: 2"), "{word}");
        assert!(error("a,b\n1,2\n").contains("kind"));
    }
}

//! What a run looked like, a row now and then: CSV files of its folder.

use crate::util::files::{self, FileError, write_whole};
use crate::util::terminal::say;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use std::fs::{File, OpenOptions};
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// A row, written after a step. Its fields are the columns.
pub trait Record: Serialize + DeserializeOwned {
    /// Steps taken.
    fn step(&self) -> u64;

    /// The names of its columns, `step` among them.
    fn columns() -> &'static [&'static str];
}

/// A row of `metrics.csv`: losses in nats per token.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Steps taken.
    pub step: u64,
    /// Mean loss of the training batches since the row before.
    #[serde(serialize_with = "rounded")]
    pub loss: f64,
    /// Loss on the validation split, where it was measured.
    #[serde(serialize_with = "rounded")]
    pub val_loss: Option<f64>,
    /// Learning rate of the last step.
    #[serde(serialize_with = "rounded")]
    pub learning_rate: f64,
    /// Norm of the last step's gradient, before clipping.
    #[serde(serialize_with = "rounded")]
    pub gradient_norm: f64,
    /// Training speed since the row before.
    #[serde(serialize_with = "rounded")]
    pub tokens_per_second: f64,
    /// Share of the blocks' weights that are not what they were at the row before.
    #[serde(serialize_with = "rounded")]
    pub flips: f64,
}

/// A row of `weights.csv`: shares of a layer's weights. They add up to 1.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Shares {
    /// Steps taken.
    pub step: u64,
    /// Which block, from 0.
    pub layer: usize,
    /// Share of weights below 0.
    #[serde(serialize_with = "rounded")]
    pub negative: f64,
    /// Share of weights that are 0.
    #[serde(serialize_with = "rounded")]
    pub zero: f64,
    /// Share of weights above 0.
    #[serde(serialize_with = "rounded")]
    pub positive: f64,
}

/// A row of `samples.csv`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sample {
    /// Steps taken.
    pub step: u64,
    /// What the model said then.
    pub text: String,
}

impl Record for Row {
    fn step(&self) -> u64 {
        self.step
    }

    fn columns() -> &'static [&'static str] {
        &[
            "step",
            "loss",
            "val_loss",
            "learning_rate",
            "gradient_norm",
            "tokens_per_second",
            "flips",
        ]
    }
}

impl Record for Shares {
    fn step(&self) -> u64 {
        self.step
    }

    fn columns() -> &'static [&'static str] {
        &["step", "layer", "negative", "zero", "positive"]
    }
}

impl Record for Sample {
    fn step(&self) -> u64 {
        self.step
    }

    fn columns() -> &'static [&'static str] {
        &["step", "text"]
    }
}

/// Six significant digits are more than any of these numbers deserves.
fn rounded<S: Serializer>(number: &impl Rounded, serializer: S) -> Result<S::Ok, S::Error> {
    number.rounded().serialize(serializer)
}

trait Rounded {
    fn rounded(&self) -> Option<f64>;
}

impl Rounded for f64 {
    fn rounded(&self) -> Option<f64> {
        let text = format!("{self:.5e}");
        Some(text.parse().unwrap_or(*self))
    }
}

impl Rounded for Option<f64> {
    fn rounded(&self) -> Option<f64> {
        self.and_then(|number| number.rounded())
    }
}

/// An open file of rows.
#[derive(Debug)]
pub struct Log<R> {
    file: File,
    path: PathBuf,
    rows: PhantomData<R>,
}

impl<R: Record> Log<R> {
    /// The file of a run that has taken `steps` steps: what it says of later ones is forgotten, since they will be taken
    /// again. Rows stay as they are, whoever wrote them; a file with other columns is set aside as `NAME.before-STEPS.csv`.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(path: &Path, steps: u64) -> Result<Self, FileError> {
        let mut kept = Vec::new();
        if steps > 0 && path.exists() {
            let text = files::read(path)?;
            match rows_until::<R>(&text, steps) {
                Some(rows) => kept = rows,
                None => {
                    let aside = path.with_extension(format!("before-{steps}.csv"));
                    say(format_args!(
                        "note: {} has other columns than this version writes: it is kept as {}",
                        path.display(),
                        aside.display()
                    ));
                    std::fs::rename(path, &aside).map_err(FileError::new("rename", path))?;
                }
            }
        }
        write_whole(path, &kept)?;
        let file = OpenOptions::new().append(true).open(path);
        Ok(Self {
            file: file.map_err(FileError::new("write", path))?,
            path: path.to_owned(),
            rows: PhantomData,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn add(&mut self, rows: &[R]) -> Result<(), FileError> {
        let mut write = || {
            let first = self.file.metadata()?.len() == 0;
            io::Write::write_all(&mut self.file, &lines(rows, first))
        };
        write().map_err(FileError::new("write", &self.path))
    }
}

fn lines<R: Record>(rows: &[R], header: bool) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(header)
        .from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("a row is plain values");
    }
    writer.into_inner().expect("memory takes every byte")
}

/// The text of a file up to the last row of step `steps`. None when its columns are not those of `R`.
fn rows_until<R: Record>(text: &[u8], steps: u64) -> Option<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let columns = reader.headers().ok()?.clone();
    if columns.is_empty() {
        return Some(Vec::new());
    }
    let step_column = columns.iter().position(|column| column == "step")?;
    if columns != *R::columns() {
        return None;
    }
    // The reader takes CR LF for the end of a line after its CR.
    let behind = |position: &csv::Position| {
        let byte = position.byte() as usize;
        byte + usize::from(text[..byte].ends_with(b"\r") && text[byte..].starts_with(b"\n"))
    };
    let mut end = behind(reader.position());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).unwrap_or(false) {
        // A row that was being written when the power failed ends the file.
        let step = record.get(step_column).and_then(|step| step.parse().ok());
        let Some(step) = step else { break };
        let next = behind(reader.position());
        let whole = record.len() == columns.len() && text[..next].ends_with(b"\n");
        if steps < step || !whole {
            break;
        }
        end = next;
    }
    Some(text[..end].to_vec())
}

/// The rows of a file; what is no row, such as one that was being written when the power failed, is left out.
///
/// # Errors
/// [`FileError`].
pub fn read<R: Record>(path: &Path) -> Result<Vec<R>, FileError> {
    let text = files::read(path)?;
    let mut reader = csv::Reader::from_reader(text.as_slice());
    Ok(reader.deserialize().filter_map(Result::ok).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(step: u64) -> Row {
        Row {
            step,
            loss: 1.5,
            val_loss: step.is_multiple_of(2).then_some(1.25),
            learning_rate: 3e-3,
            gradient_norm: 0.25,
            tokens_per_second: 1000.0,
            flips: 0.015625,
        }
    }

    #[test]
    fn rows_come_back_and_those_of_steps_to_be_taken_again_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut log = Log::open(&path, 0).unwrap();
        (1..=4).for_each(|step| log.add(&[row(step)]).unwrap());
        assert_eq!(read::<Row>(&path).unwrap(), [1, 2, 3, 4].map(row));
        // The last line was cut.
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 9]).unwrap();
        let mut log = Log::open(&path, 2).unwrap();
        log.add(&[row(3)]).unwrap();
        assert_eq!(read::<Row>(&path).unwrap(), [1, 2, 3].map(row));
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(lines, 4);
    }

    #[test]
    fn rows_of_other_versions_are_never_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        // The columns are known, the way of writing is another one.
        std::fs::write(&path, "step,text\r\n2,\"a\r\nb\"\r\n+4,c\r\n5,d\r\n").unwrap();
        Log::<Sample>::open(&path, 4).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "step,text\r\n2,\"a\r\nb\"\r\n+4,c\r\n");
        // A column that is not known.
        let old = "step,text,mood\n1,a,good\n9,b,bad\n";
        std::fs::write(&path, old).unwrap();
        Log::<Sample>::open(&path, 4).unwrap();
        let aside = folder.path().join("samples.before-4.csv");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), old);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    }

    #[test]
    fn numbers_are_short_and_text_may_be_anything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let shares = Shares {
            step: 1,
            layer: 0,
            negative: 1.0 / 3.0,
            zero: 1.0 / 3.0,
            positive: 1.0 / 3.0,
        };
        Log::open(&path, 0).unwrap().add(&[shares]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "step,layer,negative,zero,positive\n1,0,0.333333,0.333333,0.333333\n"
        );
        let sample = Sample {
            step: 7,
            text: "\"O\",\nhe, said\n\n".to_owned(),
        };
        let mut log = Log::open(&path, 0).unwrap();
        log.add(&[sample.clone(), sample.clone()]).unwrap();
        assert_eq!(read::<Sample>(&path).unwrap(), [sample.clone(), sample]);
    }
}

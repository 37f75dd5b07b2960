//! `metrics.csv`: what a run looked like, a line now and then.

use crate::files::{self, FileError, write_whole};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

const COLUMNS: &str = "step,loss,val_loss,learning_rate,gradient_norm,tokens_per_second,flips";

/// The open file.
#[derive(Debug)]
pub struct Metrics {
    file: File,
    path: PathBuf,
}

/// One line: losses in nats a character.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Row {
    /// Steps taken.
    pub step: u64,
    /// Mean loss of the training batches since the row before.
    pub loss: f64,
    /// Loss on the validation split, where it was measured.
    pub val_loss: Option<f64>,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Norm of the last step's gradient, before clipping.
    pub gradient_norm: f64,
    /// Training speed since the row before.
    pub tokens_per_second: f64,
    /// Share of the blocks' weights that are not what they were at the row before.
    pub flips: f64,
}

impl Metrics {
    /// The file of a run that has taken `steps` steps: what it says of later ones is forgotten, since they will be taken
    /// again.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(path: &Path, steps: u64) -> Result<Self, FileError> {
        let mut text = format!("{COLUMNS}\n");
        if steps > 0 && path.exists() {
            for row in read(path)? {
                if row.step <= steps {
                    text.push_str(&line(&row));
                }
            }
        }
        write_whole(path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path);
        Ok(Self {
            file: file.map_err(FileError::new("write", path))?,
            path: path.to_owned(),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn add(&mut self, row: &Row) -> Result<(), FileError> {
        let written = self.file.write_all(line(row).as_bytes());
        written.map_err(FileError::new("write", &self.path))
    }
}

/// The rows of a file; what is no row, such as one that was being written when the power failed, is left out.
///
/// # Errors
/// [`FileError`].
pub fn read(path: &Path) -> Result<Vec<Row>, FileError> {
    let text = files::read(path)?;
    Ok(String::from_utf8_lossy(&text)
        .lines()
        .filter_map(parse)
        .collect())
}

fn line(row: &Row) -> String {
    let val_loss = row
        .val_loss
        .map_or(String::new(), |loss| format!("{loss:.5}"));
    format!(
        "{},{:.5},{val_loss},{:.3e},{:.4},{:.0},{:.6}\n",
        row.step, row.loss, row.learning_rate, row.gradient_norm, row.tokens_per_second, row.flips
    )
}

fn parse(line: &str) -> Option<Row> {
    let fields: Vec<&str> = line.split(',').collect();
    let [
        step,
        loss,
        val_loss,
        learning_rate,
        gradient_norm,
        tokens_per_second,
        flips,
    ] = fields.try_into().ok()?;
    Some(Row {
        step: step.parse().ok()?,
        loss: loss.parse().ok()?,
        val_loss: match val_loss {
            "" => None,
            loss => Some(loss.parse().ok()?),
        },
        learning_rate: learning_rate.parse().ok()?,
        gradient_norm: gradient_norm.parse().ok()?,
        tokens_per_second: tokens_per_second.parse().ok()?,
        flips: flips.parse().ok()?,
    })
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
        let mut metrics = Metrics::open(&path, 0).unwrap();
        (1..=4).for_each(|step| metrics.add(&row(step)).unwrap());
        assert_eq!(read(&path).unwrap(), [1, 2, 3, 4].map(row));
        // The last line was cut.
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 9]).unwrap();
        let mut metrics = Metrics::open(&path, 2).unwrap();
        metrics.add(&row(3)).unwrap();
        assert_eq!(read(&path).unwrap(), [1, 2, 3].map(row));
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(lines, 4);
    }
}

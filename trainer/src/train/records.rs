//! What a run shows of itself on the way: rows of metrics, samples and a page. A convenience: where it cannot be written, the
//! run says so once and goes on.

use crate::train::html_report;
use crate::train::metrics::{Log, Row, Sample, Shares, read};
use crate::train::run_dir::RunDir;
use crate::util::files::FileError;
use crate::util::terminal::say;
use std::fmt::Display;

/// The open files of a run's records.
#[derive(Debug)]
pub struct Records<'a> {
    folder: &'a RunDir,
    metrics: Log<Row>,
    shares: Log<Shares>,
    samples: Log<Sample>,
    failed: bool,
}

impl<'a> Records<'a> {
    /// Those of a run that has taken `steps` steps. What they say of later ones is forgotten.
    ///
    /// # Errors
    /// [`FileError`]: before the first step there is nothing to lose.
    pub fn open(folder: &'a RunDir, steps: u64) -> Result<Self, FileError> {
        Ok(Self {
            metrics: Log::open(&folder.metrics(), steps)?,
            shares: Log::open(&folder.shares(), steps)?,
            samples: Log::open(&folder.samples(), steps)?,
            folder,
            failed: false,
        })
    }

    /// The validation loss that an earlier process measured after step `step`.
    pub fn measured(folder: &RunDir, step: u64) -> Option<f64> {
        let rows: Vec<Row> = read(&folder.metrics()).ok()?;
        rows.iter().find(|row| row.step == step)?.val_loss
    }

    /// Adds a row.
    pub fn row(&mut self, row: Row) {
        let result = self.metrics.add(&[row]);
        self.warn(result);
    }

    /// Adds the loss to the row of step `step`, whose evaluation was interrupted.
    pub fn finish_row(&mut self, step: u64, val_loss: f64) {
        let finished = (|| {
            let rows: Vec<Row> = read(&self.folder.metrics())?;
            if let Some(row) = rows.into_iter().find(|row| row.step == step) {
                self.metrics = Log::open(&self.folder.metrics(), step - 1)?;
                let val_loss = Some(val_loss);
                self.metrics.add(&[Row { val_loss, ..row }])?;
            }
            Ok::<(), FileError>(())
        })();
        self.warn(finished);
    }

    /// Adds what the weights are and what the model says, and writes the page.
    pub fn show(&mut self, shares: &[Shares], sample: Sample) {
        let result = self.shares.add(shares);
        self.warn(result);
        let result = self.samples.add(&[sample]);
        self.warn(result);
        let result = html_report::write(self.folder);
        self.warn(result);
    }

    fn warn<E: Display>(&mut self, result: Result<(), E>) {
        if let Err(error) = result
            && !std::mem::replace(&mut self.failed, true)
        {
            say(format_args!(
                "warning: {error}; the run goes on without complete records"
            ));
        }
    }
}

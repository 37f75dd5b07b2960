//! `report.html`: a run told in curves and in what the model said on the way, from the files of its folder.

use crate::train::metrics::{Row, Sample, Shares, read};
use crate::train::run_dir::RunDir;
use crate::util::files::{FileError, read as read_file, write_whole};
use crate::util::plot::{ChartError, Curve, Panel, draw};
use std::fmt::Write;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The curves cannot be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
}

/// Writes the report of the run so far: one page without scripts that needs no other file.
///
/// # Errors
/// [`ReportError`].
pub fn write(folder: &RunDir) -> Result<(), ReportError> {
    let rows: Vec<Row> = read(&folder.metrics())?;
    let shares: Vec<Shares> = read(&folder.shares())?;
    let samples: Vec<Sample> = read(&folder.samples())?;
    let config = read_file(&folder.config_file())?;
    let config = String::from_utf8_lossy(&config);
    let curves = draw(&panels(&rows, &shares), 2, "steps")?;
    let page = page(
        &folder.path().display().to_string(),
        &rows,
        &curves,
        &samples,
        &config,
    );
    write_whole(&folder.report(), page.as_bytes())?;
    Ok(())
}

fn panels(rows: &[Row], shares: &[Shares]) -> Vec<Panel> {
    let curve = |name: &str, value: fn(&Row) -> Option<f64>| Curve {
        name: name.to_owned(),
        points: rows
            .iter()
            .filter_map(|row| Some((row.step as f64, value(row)?)))
            .collect(),
    };
    let panel = |y, from_zero, curves| Panel {
        y,
        curves,
        from_zero,
    };
    let layers = shares.iter().map(|row| row.layer + 1).max().unwrap_or(0);
    let zeros = (0..layers).map(|layer| Curve {
        name: format!("layer {layer}"),
        points: shares
            .iter()
            .filter(|row| row.layer == layer)
            .map(|row| (row.step as f64, row.zero))
            .collect(),
    });
    vec![
        panel(
            "loss, nats per token",
            false,
            vec![
                curve("training batches", |row| Some(row.loss)),
                curve("validation split", |row| row.val_loss),
            ],
        ),
        panel("share of weights that are 0", false, zeros.collect()),
        panel(
            "share of weights changed since the row before",
            true,
            vec![curve("flips", |row| Some(row.flips))],
        ),
        panel(
            "norm of the gradient",
            true,
            vec![curve("norm", |row| Some(row.gradient_norm))],
        ),
        panel(
            "learning rate",
            true,
            vec![curve("rate", |row| Some(row.learning_rate))],
        ),
        panel(
            "tokens a second",
            true,
            vec![curve("speed", |row| Some(row.tokens_per_second))],
        ),
    ]
}

fn page(name: &str, rows: &[Row], curves: &str, samples: &[Sample], config: &str) -> String {
    let name = escaped(name);
    let measured = rows
        .iter()
        .rev()
        .find_map(|row| Some((row.step, row.val_loss?)));
    let measured = measured.map_or(String::new(), |(step, loss)| {
        format!(
            "; validation loss {loss:.4} nats per token at step {step}, measured by what trains"
        )
    });
    let steps = rows.last().map_or(0, |row| row.step);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{name}</title>\n\
         <style>body {{ font-family: sans-serif; max-width: 70rem; margin: 2rem auto }} \
         pre {{ background: #f4f4f4; padding: 1rem; white-space: pre-wrap }} svg {{ max-width: 100%; height: auto }}</style>\n\
         </head>\n<body>\n<h1>{name}</h1>\n<p>{steps} steps{measured}.</p>\n{curves}\n<h2>What it says</h2>\n"
    );
    for sample in samples.iter().rev() {
        let _ = writeln!(
            page,
            "<h3>after step {}</h3>\n<pre>{}</pre>",
            sample.step,
            escaped(&sample.text)
        );
    }
    let _ = writeln!(
        page,
        "<h2>Configuration</h2>\n<pre>{}</pre>\n</body>\n</html>",
        escaped(config)
    );
    page
}

/// Text as HTML shows it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_newest_sample_first_and_no_markup_from_the_text() {
        let row = Row {
            step: 40,
            loss: 2.5,
            val_loss: Some(2.25),
            learning_rate: 1e-3,
            gradient_norm: 0.5,
            tokens_per_second: 100.0,
            flips: 0.01,
        };
        let shares = [0, 1].map(|layer| Shares {
            step: 40,
            layer,
            negative: 0.25,
            zero: 0.5,
            positive: 0.25,
        });
        let samples = [(20, "<b>old</b> & odd"), (40, "newer")].map(|(step, text)| Sample {
            step,
            text: text.to_owned(),
        });
        let curves = draw(&panels(&[row], &shares), 2, "steps").unwrap();
        assert!(curves.contains("layer 1") && curves.contains("validation split"));
        let page = page("runs/a<b", &[row], &curves, &samples, "steps = 40");
        assert!(page.contains("<h1>runs/a&lt;b</h1>"), "{page}");
        assert!(page.contains("validation loss 2.2500 nats per token at step 40"));
        assert!(page.contains("&lt;b&gt;old&lt;/b&gt; &amp; odd"));
        assert!(page.find("newer").unwrap() < page.find("old").unwrap());
        assert!(page.contains("steps = 40"));
    }
}

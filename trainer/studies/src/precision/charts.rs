//! The study's figures as SVG pictures: means with their intervals.

use crate::precision::interval::Interval;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::ops::Range;
use trainer::util::plot::{COLORS, ChartError};

/// Width and the height of a panel, in pixels.
const SIZE: (u32, u32) = (960, 300);
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// One figure of several models.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// A value a model, where it has one.
    pub values: Vec<Option<Interval>>,
}

/// Figures of the same unit.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// What the vertical axis counts.
    pub unit: String,
    /// The figures.
    pub series: Vec<Series>,
}

/// `panels` above one another, a column for each of `models`.
///
/// # Errors
/// [`ChartError`]; none is known to happen.
///
/// # Panics
/// When there is no panel or no model.
pub fn columns(models: &[String], panels: &[Panel]) -> Result<String, ChartError> {
    let mut svg = String::new();
    {
        let size = (SIZE.0, SIZE.1 * panels.len() as u32);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        for (area, panel) in root.split_evenly((panels.len(), 1)).iter().zip(panels) {
            draw_columns(area, models, panel)?;
        }
        root.present()?;
    }
    Ok(svg)
}

fn draw_columns(area: &Area<'_>, models: &[String], panel: &Panel) -> Result<(), ChartError> {
    let values = panel
        .series
        .iter()
        .flat_map(|series| series.values.iter().flatten());
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(64)
        .build_cartesian_2d(-0.5..models.len() as f64 - 0.5, range(values))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .max_light_lines(0)
        .x_labels(models.len() + 1)
        .x_label_formatter(&|place| match place.fract() {
            0.0 => models.get(*place as usize).cloned().unwrap_or_default(),
            _ => String::new(),
        })
        .y_desc(&panel.unit)
        .draw()?;
    for (series, &color) in panel.series.iter().zip(COLORS.iter().cycle()) {
        let points = || {
            let values = series.values.iter().enumerate();
            values.filter_map(|(model, value)| Some((model as f64, (*value)?)))
        };
        chart.draw_series(points().filter_map(|(model, value)| bar(model, value, color)))?;
        let drawn = chart.draw_series(points().map(|(model, value)| dot(model, value, color)))?;
        if panel.series.len() > 1 {
            let legend = move |(x, y)| Circle::new((x + 9, y), 4, color.filled());
            drawn.label(&series.name).legend(legend);
        }
    }
    if panel.series.len() > 1 {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperMiddle)
            .background_style(WHITE)
            .draw()?;
    }
    Ok(())
}

/// A figure of models against their size in bytes, on a logarithmic axis; each with its name.
///
/// # Errors
/// [`ChartError`]; none is known to happen.
pub fn by_bytes(unit: &str, points: &[(String, u64, Interval)]) -> Result<String, ChartError> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (SIZE.0, 2 * SIZE.1)).into_drawing_area();
        root.fill(&WHITE)?;
        let bytes = points.iter().map(|(_, bytes, _)| *bytes as f64);
        let (least, most) = bytes.fold((f64::INFINITY, 1.0), |(a, b), x| (x.min(a), x.max(b)));
        let across = (least / 1.3..most * 1.5).log_scale();
        let mut chart = ChartBuilder::on(&root)
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(64)
            .build_cartesian_2d(across, range(points.iter().map(|(.., value)| value)))?;
        chart
            .configure_mesh()
            .max_light_lines(0)
            .x_labels(16)
            .x_desc("bytes of the file")
            .x_label_formatter(&|bytes| format!("{bytes:.0}"))
            .y_desc(unit)
            .draw()?;
        for (name, bytes, value) in points {
            let bytes = *bytes as f64;
            chart.draw_series(bar(bytes, *value, COLORS[0]))?;
            chart.draw_series([dot(bytes, *value, COLORS[0])])?;
            let label = EmptyElement::at((bytes, value.mean))
                + Text::new(name.clone(), (8, -6), ("sans-serif", 14));
            chart.draw_series([label])?;
        }
        root.present()?;
    }
    Ok(svg)
}

/// The line of an interval, if there is one.
fn bar(x: f64, value: Interval, color: RGBColor) -> Option<PathElement<(f64, f64)>> {
    let half = value.half?;
    let ends = [(x, value.mean - half), (x, value.mean + half)];
    Some(PathElement::new(ends, color.stroke_width(2)))
}

fn dot(x: f64, value: Interval, color: RGBColor) -> Circle<(f64, f64), i32> {
    Circle::new((x, value.mean), 4, color.filled())
}

/// What holds all `values` with their intervals, and some air.
fn range<'a>(values: impl Iterator<Item = &'a Interval>) -> Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        let half = value.half.unwrap_or(0.0);
        (low.min(value.mean - half), high.max(value.mean + half))
    });
    let air = 0.1 * (high - low).max(1e-3);
    low - air..high + air
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(mean: f64, half: f64) -> Option<Interval> {
        Some(Interval {
            mean,
            half: Some(half),
        })
    }

    #[test]
    fn every_value_of_every_panel_is_drawn() {
        let models = ["one", "two"].map(str::to_owned);
        let series = |name: &str| Series {
            name: name.to_owned(),
            values: vec![value(1.0, 0.1), None],
        };
        let panel = |unit: &str, names: &[&str]| Panel {
            unit: unit.to_owned(),
            series: names.iter().map(|name| series(name)).collect(),
        };
        let svg = columns(
            &models,
            &[
                panel("nats", &["seen", "unseen"]),
                panel("share", &["flips"]),
            ],
        )
        .unwrap();
        for text in ["one", "two", "nats", "share", "seen", "unseen"] {
            assert!(svg.contains(text), "{text}");
        }
        // Three values and the two of the legend.
        assert_eq!(svg.matches("<circle").count(), 5);
    }

    #[test]
    fn models_stand_at_their_size() {
        let points = [("small", 1000, 1.6), ("large", 100_000, 1.5)];
        let points =
            points.map(|(name, bytes, mean)| (name.to_owned(), bytes, value(mean, 0.01).unwrap()));
        let svg = by_bytes("validation loss", &points).unwrap();
        assert!(svg.contains("small") && svg.contains("large") && svg.contains("validation loss"));
        let places: Vec<f64> = svg
            .split("<circle cx=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect();
        assert!(
            places.len() == 2 && places[0] + 300.0 < places[1],
            "{places:?}"
        );
    }
}

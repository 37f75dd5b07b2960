//! Curves as SVG pictures.

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;
use std::io;

/// Colours that differ for every kind of eye (Okabe and Ito 2008, jfly.uni-koeln.de/color).
pub const COLORS: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x00, 0x00, 0x00),
];

/// Width and height of a panel, in pixels.
const PANEL: (u32, u32) = (560, 320);

/// Curves of at most so many points have a dot at each.
const DOTTED: usize = 40;
/// Radius of a dot, in pixels.
const DOT: u32 = 3;

/// Why there is no picture: what the drawing library says.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw: {0}")]
pub struct ChartError(#[from] DrawingAreaErrorKind<io::Error>);

/// One pair of axes with curves on it.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// What the vertical axis is, with its unit.
    pub y: &'static str,
    /// The curves, in the order of the legend.
    pub curves: Vec<Curve>,
    /// Whether the vertical axis begins at 0 rather than at the least value.
    pub from_zero: bool,
}

/// A line of points with increasing first coordinate.
#[derive(Clone, PartialEq, Debug)]
pub struct Curve {
    /// Its name in the legend.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// Panels below one another in `columns` columns, over a common horizontal axis called `x`.
///
/// # Errors
/// [`ChartError`]; none is known to happen.
pub fn draw(panels: &[Panel], columns: usize, x: &str) -> Result<String, ChartError> {
    let rows = panels.len().div_ceil(columns);
    let size = (PANEL.0 * columns as u32, PANEL.1 * rows as u32);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        let areas = root.split_evenly((rows, columns));
        for (area, panel) in areas.iter().zip(panels) {
            draw_panel(area, panel, x)?;
        }
        root.present()?;
    }
    Ok(svg)
}

fn draw_panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    panel: &Panel,
    x: &str,
) -> Result<(), ChartError> {
    let points = || panel.curves.iter().flat_map(|curve| &curve.points);
    let end = points().map(|point| point.0).fold(1.0, f64::max);
    let values = || {
        points()
            .map(|point| point.1)
            .filter(|value| value.is_finite())
    };
    let top = values().fold(f64::NEG_INFINITY, f64::max);
    let least = values().fold(f64::INFINITY, f64::min);
    let bottom = if panel.from_zero { 0.0 } else { least };
    // A constant still needs an axis.
    let room = if top > bottom {
        0.05 * (top - bottom)
    } else {
        1.0
    };
    let range = if top.is_finite() {
        bottom - if panel.from_zero { 0.0 } else { room }..top + room
    } else {
        0.0..1.0
    };
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(24)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..end, range)?;
    chart
        .configure_mesh()
        .max_light_lines(0)
        .x_desc(x)
        .x_label_formatter(&|x| format!("{x}"))
        .y_desc(panel.y)
        .draw()?;
    for (curve, &color) in panel.curves.iter().zip(COLORS.iter().cycle()) {
        let style = color.stroke_width(2);
        chart
            .draw_series(LineSeries::new(curve.points.iter().copied(), style))?
            .label(&curve.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        let dots = curve.points.iter().filter(|_| curve.points.len() <= DOTTED);
        chart.draw_series(dots.map(|&point| Circle::new(point, DOT, color.filled())))?;
    }
    if panel.curves.len() > 1 {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE)
            .draw()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_is_a_line_with_a_name() {
        let curve = |name: &str, count: u32| Curve {
            name: name.to_owned(),
            points: (0..count).map(|i| (i.into(), (i * i).into())).collect(),
        };
        let panel = |y, curves| Panel {
            y,
            curves,
            from_zero: false,
        };
        let panels = [
            panel("loss", vec![curve("training", 5), curve("validation", 7)]),
            panel("nothing yet", vec![curve("none", 0)]),
            panel("constant", vec![curve("one point", 1)]),
        ];
        let svg = draw(&panels, 2, "steps").unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        for text in ["loss", "training", "validation", "nothing yet", "steps"] {
            assert!(svg.contains(text), "{text}");
        }
        let lines = |points: usize| {
            let lines = svg.split("points=\"").skip(1);
            let points_of = |line: &str| line.split('"').next().unwrap().matches(',').count();
            lines.filter(|line| points_of(line) == points).count()
        };
        assert_eq!((lines(5), lines(7)), (1, 1));
        assert_eq!(svg.matches("<circle").count(), 5 + 7 + 1);
    }
}

//! The order of runs over time, as an SVG picture.

use super::history::{History, Moment};
use plotters::prelude::*;
use trainer::util::plot::{COLORS, ChartError};

/// Width and height, in pixels.
const SIZE: (u32, u32) = (960, 640);
/// Colour of what chance exceeds.
const CHANCE: RGBColor = RGBColor(0xa0, 0xa0, 0xa0);

/// A value of a measurement.
type Value = fn(&Moment) -> f64;

/// Radial order above, angular order below, a colour a ratio; grey lines are what chance exceeds one time in twenty.
///
/// # Errors
/// [`ChartError`]; none is known to happen.
pub fn order_over_time(histories: &[History]) -> Result<String, ChartError> {
    let mut svg = String::new();
    draw(&mut svg, histories)?;
    Ok(svg)
}

fn draw(svg: &mut String, histories: &[History]) -> Result<(), ChartError> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let halves = root.split_evenly((2, 1));
    let orders: [(&str, Value, Value); 2] = [
        ("radial order", |m| m.orders.radial, |m| m.control.radial),
        ("angular order", |m| m.orders.angular, |m| m.control.angular),
    ];
    for (half, (name, value, control)) in halves.iter().zip(orders) {
        let moments = || histories.iter().flat_map(|history| &history.moments);
        let greatest = |value: Value| moments().map(value).fold(0.0, f64::max);
        let end = moments().map(Moment::time).fold(0.0, f64::max);
        let top = 1.1 * greatest(value).max(greatest(control));
        let mut chart = ChartBuilder::on(half)
            .margin(12)
            .margin_right(24)
            .x_label_area_size(36)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..end, 0.0..top)?;
        chart
            .configure_mesh()
            .max_light_lines(0)
            .x_desc("time")
            .y_desc(name)
            .draw()?;
        for (history, &color) in histories.iter().zip(COLORS.iter().cycle()) {
            let line = |value: Value, style| {
                let points = history.moments.iter().map(move |m| (m.time(), value(m)));
                LineSeries::new(points, style)
            };
            chart.draw_series(line(control, CHANCE.stroke_width(1)))?;
            chart
                .draw_series(line(value, color.stroke_width(2)))?
                .label(format!(
                    "{}, {} bits",
                    history.setup.ratio, history.setup.bits
                ))
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2))
                });
        }
        // One legend serves both.
        if name == orders[0].0 {
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperLeft)
                .background_style(WHITE)
                .draw()?;
        }
    }
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harmonic::simulation::Setup;

    #[test]
    fn every_run_is_a_line_of_the_picture() {
        let histories = ["1:8", "16:8"].map(|ratio| {
            let setup = Setup {
                particles: 100,
                frames: 20,
                ..Setup::new(ratio.parse().unwrap(), 1)
            };
            History::record(&setup, |_, _| {}).unwrap()
        });
        let svg = order_over_time(&histories).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        for text in [
            "radial order",
            "angular order",
            "1:8, 53 bits",
            "16:8, 53 bits",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        let lines_of = |points: usize| {
            let lines = svg.split("points=\"").skip(1);
            let points_of = |line: &str| line.split('"').next().unwrap().matches(',').count();
            lines.filter(|line| points_of(line) == points).count()
        };
        // Two orders of two runs with their controls, of five measurements each.
        assert_eq!(lines_of(5), 8);
    }
}

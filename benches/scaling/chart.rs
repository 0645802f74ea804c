//! The chart: a panel per way to grow, both axes logarithmic, the measured medians and the fitted line.

use plotters::prelude::*;

use crate::fit::Power;

/// Measured medians and the line through them.
pub struct Curve {
    pub axis: &'static str,
    pub points: Vec<(f64, f64)>,
    pub power: Power,
}

const WIDTH: u32 = 1080;
const HEIGHT: u32 = 420;
const TITLE: u32 = 44;
/// Blue and vermilion of Okabe and Ito, which everybody can tell apart.
const DOTS: RGBColor = RGBColor(0, 114, 178);
const LINE: RGBColor = RGBColor(213, 94, 0);
const GREY: RGBColor = RGBColor(200, 200, 200);

/// The chart as SVG.
///
/// # Errors
/// What the drawing library says.
pub fn svg(curves: &[Curve]) -> Result<String, String> {
    let mut text = String::new();
    draw(&mut text, curves).map_err(|error| error.to_string())?;
    Ok(text)
}

type Failure = Box<dyn std::error::Error>;

fn draw(text: &mut String, curves: &[Curve]) -> Result<(), Failure> {
    let root = SVGBackend::with_string(text, (WIDTH, HEIGHT)).into_drawing_area();
    root.fill(&WHITE)?;
    let title = "User time of one run: medians (dots), fitted power (line)";
    root.draw(&Text::new(title, (20, 14), ("sans-serif", 20).into_font()))?;
    let (_, panels) = root.split_vertically(TITLE);
    let low = curves.iter().flat_map(|curve| &curve.points).map(|point| point.1).fold(f64::INFINITY, f64::min);
    let high = curves.iter().flat_map(|curve| &curve.points).map(|point| point.1).fold(0.0, f64::max);
    for (panel, curve) in panels.split_evenly((1, curves.len())).iter().zip(curves) {
        draw_panel(panel, curve, 0.8 * low..1.5 * high)?;
    }
    root.present()?;
    drop(root);
    Ok(())
}

fn draw_panel(
    panel: &DrawingArea<SVGBackend, plotters::coord::Shift>,
    curve: &Curve,
    times: std::ops::Range<f64>,
) -> Result<(), Failure> {
    let sizes: Vec<f64> = curve.points.iter().map(|point| point.0).collect();
    let (first, last) = (sizes[0], sizes[sizes.len() - 1]);
    let range = 0.8 * first..1.25 * last;
    let exponent = format!("exponent {:.3} ± {:.3}", curve.power.exponent, curve.power.standard_error);
    let style = ("sans-serif", 17).into_font().color(&LINE);
    let mut chart = ChartBuilder::on(panel)
        .caption(exponent, style)
        .margin(12)
        .x_label_area_size(48)
        .y_label_area_size(56)
        .build_cartesian_2d(
            range.log_scale().with_key_points(sizes.clone()),
            times.clone().log_scale().with_key_points(ticks(&times)),
        )?;
    chart
        .configure_mesh()
        .bold_line_style(GREY)
        .light_line_style(TRANSPARENT)
        .x_desc(curve.axis)
        .y_desc("user time, s")
        .axis_desc_style(("sans-serif", 16))
        .label_style(("sans-serif", 14))
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value}"))
        .draw()?;
    let line = [first, last].map(|size| (size, curve.power.at(size)));
    chart.draw_series([PathElement::new(line, LINE.stroke_width(2))])?;
    chart.draw_series(curve.points.iter().map(|&point| Circle::new(point, 5, DOTS.filled())))?;
    Ok(())
}

/// 1, 2 and 5 times the powers of ten within a range.
fn ticks(range: &std::ops::Range<f64>) -> Vec<f64> {
    let decades = -3..4;
    let all = decades.flat_map(|decade: i32| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(decade)));
    all.filter(|tick| range.contains(tick)).collect()
}

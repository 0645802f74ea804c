//! A break-even search: the metric of both designs over the varied key, with bands, and where they change places.

use super::super::tables::break_even_root;
use super::find::{axis, in_unit};
use super::frame::{MARGIN, Panel, SMALL, TOP, legend, no_data, titled, value_label};
use super::palette::{self, INK, SHADE};
use super::scale::{Label, Scale};
use super::scene::{Colour, Face, HEIGHT, Point, Scene, WIDTH, text_width};
use crate::results::{BreakEven, Estimate, TestedPair};

/// Metrics that span more than this are drawn on a logarithmic scale.
const WIDE: f64 = 30.0;
/// Height of a label of a crossing.
const ROW: f64 = 18.0;

/// The chart of a break-even search.
pub(super) fn of_pair(found: &BreakEven) -> Scene {
    let title = format!("{} of two designs over {}", found.metric, found.varied);
    let designs: [fn(&TestedPair) -> &Estimate; 2] = [|pair| &pair.first, |pair| &pair.second];
    let means: Vec<f64> = found
        .tested
        .iter()
        .flat_map(|pair| [pair.first.mean, pair.second.mean])
        .flatten()
        .filter(|mean| mean.is_finite())
        .collect();
    let highest = means.iter().copied().fold(0.0, f64::max);
    let lowest = means.iter().copied().fold(f64::INFINITY, f64::min);
    if means.is_empty() {
        return no_data(&title, "the metric has no value at any tested value");
    }
    let subtitle = format!("{} values tested from {} to {}", found.tested.len(), found.low, found.high);
    let remark = "Bands: 95 % confidence intervals. Ring: a design is unstable or was stopped there, so that its value is no more than a \
                  bound. Shaded: 95 % interval of the break-even.";
    let mut scene = titled(&title, &subtitle, remark);
    let names = [(found.first.clone(), palette::by_position(0)), (found.second.clone(), palette::by_position(1))];
    let top = legend(&mut scene, &names, MARGIN, WIDTH - MARGIN, TOP - 4.0);
    let panel = Panel { left: 92.0, top: top + 26.0, right: WIDTH - MARGIN - 30.0, bottom: HEIGHT - 84.0 };
    let x = axis(found.log, found.tested.iter().map(|pair| pair.number), panel.left + 14.0, panel.right - 14.0);
    let wide = lowest > 0.0 && highest > WIDE * lowest;
    let y = if wide {
        Scale::log(lowest, highest, panel.bottom, panel.top)
    } else {
        Scale::from_zero(highest * 1.08, panel.bottom, panel.top)
    };
    let label = if found.metric.contains("_ms") { Label::Milliseconds } else { Label::Number };
    panel.vertical_axis(&mut scene, &y, label, &found.metric);
    panel.horizontal_axis(&mut scene, &x, Label::Number, &in_unit(&found.varied, &found.unit), true);
    panel.edges(&mut scene);
    for crossing in &found.crossings {
        if let (Some(low), Some(high)) = (crossing.at.low, crossing.at.high) {
            scene.block((x.at(low), panel.top), (x.at(high), panel.bottom), SHADE.with_alpha(0.25));
        }
        let at = x.at(crossing.at.mean.unwrap_or(f64::NAN));
        scene.line(vec![(at, panel.top), (at, panel.bottom)], INK, 1.6);
    }
    for (design, (_, colour)) in designs.iter().zip(&names) {
        curve(&mut scene, &found.tested, *design, *colour, &x, &y);
    }
    for (index, crossing) in found.crossings.iter().enumerate() {
        let text = format!("break-even {}", break_even_root(found, crossing));
        let at = x.at(crossing.at.mean.unwrap_or(f64::NAN));
        let width = text_width(&text, SMALL, true);
        let start = if at < f64::midpoint(panel.left, panel.right) { at + 8.0 } else { at - 8.0 - width };
        value_label(&mut scene, (start, panel.top + 12.0 + ROW * index as f64), &text, Face::new(SMALL, INK).bold());
    }
    scene
}

fn curve(scene: &mut Scene, tested: &[TestedPair], of: fn(&TestedPair) -> &Estimate, colour: Colour, x: &Scale, y: &Scale) {
    let (mut line, mut above, mut below): (Vec<Point>, Vec<Point>, Vec<Point>) = (Vec::new(), Vec::new(), Vec::new());
    let mut rings = Vec::new();
    for pair in tested {
        let Estimate { mean: Some(mean), low, high, .. } = of(pair) else { continue };
        let place = (x.at(pair.number), y.at(*mean));
        line.push(place);
        rings.push(pair.reason.is_some());
        if let (Some(low), Some(high)) = (low, high) {
            above.push((place.0, y.at(*high)));
            below.push((place.0, y.at(*low)));
        }
    }
    below.reverse();
    above.extend(below);
    scene.area(above, colour.with_alpha(0.2));
    scene.line(line.clone(), colour, 2.0);
    for (place, ring) in line.into_iter().zip(rings) {
        scene.dot(place, 3.5, colour, ring);
    }
}

//! What every chart has: title, axes with grid, legend, and labels that keep out of each other's way.

use super::palette::{AXIS, GRID, INK, SOFT_INK};
use super::scale::{Label, Scale};
use super::scene::{Anchor, Colour, Face, HEIGHT, Point, Scene, WIDTH, fit_text, text_width};

/// Free border of a chart, logical pixels.
pub(super) const MARGIN: f64 = 28.0;
/// Size of ordinary text.
pub(super) const TEXT: f64 = 13.0;
/// Size of axis numbers and remarks.
pub(super) const SMALL: f64 = 12.0;
/// First pixel row below the title and subtitle.
pub(super) const TOP: f64 = 92.0;

/// A chart with title, subtitle and a remark at the bottom (each may be empty).
pub(super) fn titled(title: &str, subtitle: &str, remark: &str) -> Scene {
    let mut scene = Scene { title: title.to_owned(), ..Scene::default() };
    let room = WIDTH - 2.0 * MARGIN;
    // Bold letters are about a tenth wider than the regular ones that are measured.
    let shown = fit_text(title, 20.0, room * 0.88);
    scene.text((MARGIN, 32.0), shown, Face::new(20.0, INK).bold());
    scene.text((MARGIN, 58.0), fit_text(subtitle, TEXT, room), Face::new(TEXT, SOFT_INK));
    let remark = fit_text(remark, 11.0, room);
    scene.text((MARGIN, HEIGHT - 14.0), remark, Face::new(11.0, SOFT_INK));
    scene
}

/// A chart that says why there is nothing to see.
pub(super) fn no_data(title: &str, reason: &str) -> Scene {
    let mut scene = titled(title, "", "");
    let face = Face::new(18.0, SOFT_INK).anchored(Anchor::Middle);
    let text = fit_text(&format!("no data: {reason}"), 18.0, WIDTH - 2.0 * MARGIN);
    scene.text((WIDTH / 2.0, HEIGHT / 2.0), text, face);
    scene
}

/// The pixels a chart's data are drawn on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Panel {
    /// Horizontal grid lines with numbers left of the panel, and the axis label above its left corner.
    pub(super) fn vertical_axis(&self, scene: &mut Scene, scale: &Scale, label: Label, name: &str) {
        let spacing = if scale.is_log() { 24.0 } else { 40.0 };
        let count = ((self.bottom - self.top) / spacing) as usize;
        let face = Face::new(SMALL, SOFT_INK).anchored(Anchor::End);
        let mut free_below = f64::INFINITY;
        for tick in scale.ticks(count.clamp(3, 10)) {
            let y = scale.at(tick);
            scene.line(vec![(self.left, y), (self.right, y)], GRID, 1.0);
            if y < free_below {
                scene.text((self.left - 8.0, y), label.text(tick), face);
                free_below = y - SMALL * 1.3;
            }
        }
        let mut title = name.to_owned();
        if scale.is_log() {
            title.push_str(" (log scale)");
        }
        let room = self.right - self.left;
        let title = fit_text(&title, SMALL, room * 0.9);
        scene.text((self.left, self.top - 12.0), title, Face::new(SMALL, INK).bold());
    }

    /// Vertical grid lines; numbers and the axis label below the panel unless `numbered` is false.
    pub(super) fn horizontal_axis(&self, scene: &mut Scene, scale: &Scale, label: Label, name: &str, numbered: bool) {
        let face = Face::new(SMALL, SOFT_INK).anchored(Anchor::Middle);
        let spacing = if scale.is_log() { 75.0 } else { 110.0 };
        let count = ((self.right - self.left) / spacing) as usize;
        let mut free_from = f64::NEG_INFINITY;
        for tick in scale.ticks(count.clamp(2, 10)) {
            let x = scale.at(tick);
            scene.line(vec![(x, self.top), (x, self.bottom)], GRID, 1.0);
            let text = label.text(tick);
            let half = text_width(&text, SMALL, false) / 2.0;
            if numbered && x - half > free_from {
                scene.text((x, self.bottom + 15.0), text, face);
                free_from = x + half + 8.0;
            }
        }
        if numbered {
            let mut title = name.to_owned();
            if scale.is_log() {
                title.push_str(" (log scale)");
            }
            let middle = f64::midpoint(self.left, self.right);
            let room = self.right - self.left;
            let title = fit_text(&title, SMALL, room);
            scene.text((middle, self.bottom + 36.0), title, face.coloured(INK).bold());
        }
    }

    /// The lines at the left and bottom of the panel.
    pub(super) fn edges(&self, scene: &mut Scene) {
        scene.line(vec![(self.left, self.top), (self.left, self.bottom)], AXIS, 1.0);
        scene.line(vec![(self.left, self.bottom), (self.right, self.bottom)], AXIS, 1.0);
    }
}

/// Moves labels apart so that neighbours are at least `gap` apart, as little as possible, within `low..high`.
///
/// Overlapping labels form a cluster that is centred on the mean of its members' wishes; clusters that meet merge.
/// The result is in the order of the input. With more labels than room they are spaced evenly.
pub(super) fn spread(wishes: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by(|left, right| wishes[*left].total_cmp(&wishes[*right]));
    let gap = gap.min((high - low) / (wishes.len().max(2) - 1) as f64);
    // A cluster: first member (in order), how many, and where its first label goes.
    let mut clusters: Vec<(usize, usize, f64)> = Vec::new();
    for first in 0..order.len() {
        clusters.push((first, 1, wishes[order[first]].clamp(low, high)));
        while let [.., before, last] = clusters.as_slice() {
            if before.2 + before.1 as f64 * gap <= last.2 {
                break;
            }
            let (start, count) = (before.0, before.1 + last.1);
            let wish = |index: usize| wishes[order[start + index]] - index as f64 * gap;
            let mean = (0..count).map(wish).sum::<f64>() / count as f64;
            let room = high - (count - 1) as f64 * gap;
            clusters.truncate(clusters.len() - 2);
            clusters.push((start, count, mean.clamp(low, room.max(low))));
        }
    }
    let mut places = vec![0.0; wishes.len()];
    for (start, count, position) in clusters {
        for index in 0..count {
            places[order[start + index]] = position + index as f64 * gap;
        }
    }
    places
}

/// A label for the end of a line.
pub(super) struct EndLabel {
    pub text: String,
    pub colour: Colour,
    /// Where the line ends.
    pub from: Point,
}

/// Writes labels right of `x`, moved apart, each joined to the end of its line.
pub(super) fn end_labels(scene: &mut Scene, labels: &[EndLabel], x: f64, low: f64, high: f64) {
    let wishes: Vec<f64> = labels.iter().map(|label| label.from.1).collect();
    let places = spread(&wishes, SMALL * 1.35, low, high);
    let room = WIDTH - MARGIN / 2.0 - x - 18.0;
    for (label, y) in labels.iter().zip(places) {
        let joint = vec![label.from, (x + 6.0, y), (x + 14.0, y)];
        scene.line(joint, label.colour.with_alpha(0.6), 1.0);
        let face = Face::new(SMALL, label.colour.for_text());
        scene.text((x + 18.0, y), fit_text(&label.text, SMALL, room), face);
    }
}

/// A legend of coloured squares, wrapped into rows within `left..right`. Returns the pixel row below it.
pub(super) fn legend(scene: &mut Scene, entries: &[(String, Colour)], left: f64, right: f64, top: f64) -> f64 {
    let (mut x, mut y) = (left, top);
    for (name, colour) in entries {
        let name = fit_text(name, TEXT, (right - left) / 2.0);
        let width = 20.0 + text_width(&name, TEXT, false) + 22.0;
        if x > left && x + width > right {
            x = left;
            y += 21.0;
        }
        scene.block((x, y - 6.0), (x + 13.0, y + 7.0), *colour);
        scene.text((x + 20.0, y), name, Face::new(TEXT, INK));
        x += width;
    }
    y + 21.0
}

/// Writes a value over grid lines, on a white ground.
pub(super) fn value_label(scene: &mut Scene, at: Point, text: &str, face: Face) {
    let width = text_width(text, face.size, face.bold);
    let half = face.size * 0.6;
    let white = Colour::new(255, 255, 255);
    scene.block((at.0 - 3.0, at.1 - half), (at.0 + width + 3.0, at.1 + half), white);
    scene.text(at, text, face);
}

/// Room for the row labels of a bar chart: as wide as the widest, within limits.
pub(super) fn label_room<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    let widest = names.map(|name| text_width(name, TEXT, false)).fold(0.0, f64::max);
    MARGIN + widest.clamp(60.0, 330.0) + 12.0
}

/// Writes a row label, shortened to the room left of `right`.
pub(super) fn row_label(scene: &mut Scene, name: &str, right: f64, y: f64) {
    let text = fit_text(name, TEXT, right - MARGIN - 8.0);
    let face = Face::new(TEXT, INK).anchored(Anchor::End);
    scene.text((right - 10.0, y), text, face);
}

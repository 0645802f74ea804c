//! The ladder of what breaks first: limiters by the load multiple at which they bind.

use super::super::numbers;
use super::super::tables::limits_by_load;
use super::frame::{MARGIN, Panel, SMALL, TEXT, TOP, label_room, no_data, row_label, titled, value_label};
use super::palette::{BLUE, INK, SOFT_INK, VERMILLION};
use super::scale::{Label, Scale};
use super::scene::{Face, HEIGHT, Scene, WIDTH, fit_text, text_width};
use crate::results::{LimitRow, Summary};

/// Rungs of the ladder; the rest is in `limits.csv`.
pub(super) const RUNGS_SHOWN: usize = 16;
/// Limiters further away than this are drawn at the end of the axis; nobody plans for more.
pub(super) const FARTHEST: f64 = 10_000.0;

/// One rung per used limiter, the first to bind on top.
pub(super) fn of_run(summary: &Summary) -> Scene {
    let title = format!("What binds first: {}", summary.scenario);
    let used: Vec<(&LimitRow, f64)> = limits_by_load(&summary.limits)
        .into_iter()
        .filter_map(|row| row.load_multiple.map(|multiple| (row, multiple)))
        .filter(|(_, multiple)| *multiple > 0.0)
        .collect();
    if used.is_empty() {
        return no_data(&title, "no limiter was used");
    }
    let subtitle = "Load multiple at which each limiter binds: a linear estimate from the highest demand in this run";
    let hidden = used.len().saturating_sub(RUNGS_SHOWN);
    let remark = if hidden > 0 { format!("Listed in limits.csv: {hidden} more that bind later.") } else { String::new() };
    let mut scene = titled(&title, subtitle, &remark);
    let rungs = &used[..used.len().min(RUNGS_SHOWN)];
    let names: Vec<String> = rungs.iter().map(|(row, _)| format!("{} · {}", row.service, row.limiter)).collect();
    key(&mut scene);
    let top = TOP + 24.0;
    let estimated = |row: &&LimitRow| row.load_multiple.is_some_and(|multiple| multiple > 0.0);
    let below = no_estimate(&mut scene, summary.limits.iter().filter(|row| !estimated(row)));
    let step = ((below - 58.0 - top) / rungs.len() as f64).min(52.0);
    let panel = Panel {
        left: label_room(names.iter().map(|name| &**name)),
        top,
        right: WIDTH - 300.0,
        bottom: top + step * rungs.len() as f64,
    };
    let multiples = rungs.iter().map(|rung| rung.1.min(FARTHEST));
    let lowest = multiples.clone().fold(1.0, f64::min);
    let highest = multiples.fold(2.0, f64::max);
    let x = Scale::log(lowest, highest, panel.left + 10.0, panel.right);
    panel.horizontal_axis(&mut scene, &x, Label::Number, "multiple of the load that was simulated", true);
    panel.edges(&mut scene);
    let now = x.at(1.0);
    scene.line(vec![(now, panel.top - 4.0), (now, panel.bottom)], INK, 1.5);
    for (index, ((row, multiple), name)) in rungs.iter().zip(&names).enumerate() {
        let y = panel.top + (index as f64 + 0.5) * step;
        let colour = if *multiple <= 1.0 { VERMILLION } else { BLUE };
        row_label(&mut scene, name, panel.left, y);
        let at = x.at(*multiple);
        scene.line(vec![(now, y), (at, y)], colour, 2.5);
        scene.dot((at, y), 6.0, colour, row.adjustable);
        let text = format!("× {}   quota {} {}", numbers::number(rounded(*multiple)), numbers::number(row.quota), row.unit);
        let start = at.max(now) + 14.0;
        let room = WIDTH - 12.0 - start;
        value_label(&mut scene, (start, y), &fit_text(&text, SMALL, room), Face::new(SMALL, INK));
    }
    scene
}

/// Lines of names of limiters without an estimate.
const UNUSED_LINES: usize = 3;

/// Lists limiters that have no load multiple at the foot of the chart; returns the pixel row above them.
pub(super) fn no_estimate<'a>(scene: &mut Scene, rows: impl Iterator<Item = &'a LimitRow>) -> f64 {
    let names: Vec<String> = rows.map(|row| format!("{} · {}", row.service, row.limiter)).collect();
    let bottom = HEIGHT - 26.0;
    if names.is_empty() {
        return bottom;
    }
    let room = WIDTH - 2.0 * MARGIN;
    let (mut lines, mut line) = (Vec::new(), "No estimate (unused at this load, or out of reach of any):".to_owned());
    for (index, name) in names.iter().enumerate() {
        let end = if index + 1 < names.len() { "," } else { "" };
        let longer = format!("{line} {name}{end}");
        if text_width(&longer, SMALL, false) <= room {
            line = longer;
        } else if lines.len() + 1 < UNUSED_LINES {
            lines.push(std::mem::replace(&mut line, format!("{name}{end}")));
        } else {
            line = format!("{line} and {} more", names.len() - index);
            break;
        }
    }
    lines.push(line);
    let top = bottom - 17.0 * lines.len() as f64;
    for (index, line) in lines.iter().enumerate() {
        let y = top + 17.0 * (index as f64 + 0.5);
        scene.text((MARGIN, y), fit_text(line, SMALL, room), Face::new(SMALL, SOFT_INK));
    }
    top
}

/// A linear estimate deserves no more than three digits.
pub(super) fn rounded(multiple: f64) -> f64 {
    if multiple >= 100.0 {
        return libm::round(multiple);
    }
    let step = if multiple >= 10.0 { 0.1 } else { 0.01 };
    libm::round(multiple / step) * step
}

/// What filled, hollow and red dots mean.
fn key(scene: &mut Scene) {
    let face = Face::new(TEXT, SOFT_INK);
    let y = TOP - 6.0;
    for (x, colour, hollow, text) in [
        (34.0, BLUE, false, "fixed limit"),
        (150.0, BLUE, true, "adjustable: ask for an increase"),
        (400.0, VERMILLION, true, "binds at or below the simulated load"),
    ] {
        scene.dot((x, y), 6.0, colour, hollow);
        scene.text((x + 14.0, y), text, face);
    }
}

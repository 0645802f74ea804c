//! The ladder of what breaks first: limiters by the load multiple at which they bind.

use super::super::numbers;
use super::super::tables::limits_by_load;
use super::frame::{Panel, SMALL, TEXT, TOP, label_room, no_data, row_label, titled, value_label};
use super::palette::{BLUE, INK, SOFT_INK, VERMILLION};
use super::scale::{Label, Scale};
use super::scene::{Face, HEIGHT, Scene, WIDTH, fit_text};
use crate::results::{LimitRow, Summary};

/// Rungs of the ladder; the rest is in `limits.csv`.
const RUNGS_SHOWN: usize = 16;
/// Limiters further away than this are drawn at the end of the axis; nobody plans for more.
const FARTHEST: f64 = 10_000.0;

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
    let unused = summary.limits.len() - used.len();
    let remark = match (hidden, unused) {
        (0, 0) => String::new(),
        (0, _) => format!("Unused limiters, listed in limits.csv: {unused}."),
        _ => format!("Listed in limits.csv: {hidden} more that bind later, {unused} unused."),
    };
    let mut scene = titled(&title, subtitle, &remark);
    let rungs = &used[..used.len().min(RUNGS_SHOWN)];
    let names: Vec<String> = rungs.iter().map(|(row, _)| format!("{} · {}", row.service, row.limiter)).collect();
    key(&mut scene);
    let top = TOP + 24.0;
    let step = ((HEIGHT - 84.0 - top) / rungs.len() as f64).min(52.0);
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

/// A linear estimate deserves no more than three digits.
fn rounded(multiple: f64) -> f64 {
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

//! The ladder of limits, with the loads at which runs confirm them.

use super::super::numbers;
use super::super::tables::between;
use super::frame::{Panel, SMALL, TEXT, TOP, label_room, no_data, row_label, titled, value_label};
use super::limits::{FARTHEST, RUNGS_SHOWN, no_estimate, rounded};
use super::palette::{BLUE, GREY, INK, SOFT_INK, VERMILLION};
use super::scale::{Label, Scale};
use super::scene::{Anchor, Face, HEIGHT, Scene, WIDTH, fit_text};
use crate::results::{Confirmation, Ladder, Rung};

/// The axis ends at this multiple of the highest load that was to be tested.
const BEYOND: f64 = 5.0;

/// One rung per limiter with an estimate, the first to bind on top.
pub(super) fn of_ladder(ladder: &Ladder) -> Scene {
    let title = format!("What binds first: {}", ladder.scenario);
    if ladder.rungs.is_empty() {
        return no_data(&title, "no limiter was used");
    }
    let subtitle = format!(
        "Load multiple at which each limiter binds: it refuses or delays more than {} of what comes to it",
        numbers::percent(ladder.binds_above)
    );
    let hidden = ladder.rungs.len().saturating_sub(RUNGS_SHOWN);
    let remark = if hidden > 0 { format!("Listed in ladder.csv: {hidden} more that bind later.") } else { String::new() };
    let mut scene = titled(&title, &subtitle, &remark);
    key(&mut scene);
    let rungs = &ladder.rungs[..ladder.rungs.len().min(RUNGS_SHOWN)];
    let names: Vec<String> = rungs.iter().map(|rung| format!("{} · {}", rung.service, rung.limiter)).collect();
    let top = TOP + 24.0;
    let left = label_room(names.iter().map(|name| &**name));
    let below = no_estimate(&mut scene, ladder.no_estimate.iter());
    let step = ((below - 58.0 - top) / rungs.len() as f64).min(52.0);
    let panel = Panel { left, top, right: WIDTH - 360.0, bottom: top + step * rungs.len() as f64 };
    // What was not tested, far away, must not press the rest together.
    let farthest = (ladder.up_to * BEYOND).min(FARTHEST);
    let loads = || rungs.iter().flat_map(marks).map(|load| load.min(farthest));
    let x = Scale::log(loads().fold(1.0, f64::min), loads().fold(2.0, f64::max), panel.left + 10.0, panel.right);
    panel.horizontal_axis(&mut scene, &x, Label::Number, "multiple of the load of the scenario", true);
    panel.edges(&mut scene);
    scene.line(vec![(x.at(1.0), panel.top - 4.0), (x.at(1.0), panel.bottom)], INK, 1.5);
    for (index, (rung, name)) in rungs.iter().zip(&names).enumerate() {
        let y = panel.top + (index as f64 + 0.5) * step;
        row_label(&mut scene, name, panel.left, y);
        draw(&mut scene, rung, &x, y, farthest);
    }
    scene
}

/// The loads that a rung shows.
fn marks(rung: &Rung) -> Vec<f64> {
    let tests = [&rung.below, &rung.above].into_iter().flatten().map(|test| test.load);
    std::iter::once(rung.estimate).chain(tests).collect()
}

fn colour_of(rung: &Rung) -> super::scene::Colour {
    match rung.finding {
        Confirmation::Confirmed => BLUE,
        Confirmation::NotTested => GREY,
        _ => VERMILLION,
    }
}

fn draw(scene: &mut Scene, rung: &Rung, x: &Scale, y: f64, farthest: f64) {
    let colour = colour_of(rung);
    let estimate = x.at(rung.estimate.min(farthest));
    let [low, high] = [&rung.below, &rung.above].map(|test| test.as_ref().map(|test| x.at(test.load)));
    if let (Some(low), Some(high)) = (low, high) {
        scene.block((low, y - 9.0), (high.max(low + 2.0), y + 9.0), colour.with_alpha(0.35));
    }
    // Ends of the bracket stand upright: it does not bind left of the first, it binds right of the second.
    for at in [low, high].into_iter().flatten() {
        scene.line(vec![(at, y - 9.0), (at, y + 9.0)], colour, 2.0);
    }
    scene.dot((estimate, y), 5.0, INK, true);
    let text = match rung.finding {
        Confirmation::Confirmed | Confirmation::Refined => between(rung).replace(" and ", " to "),
        Confirmation::NotReached => format!("not up to {}", between(rung).trim_start_matches("above ")),
        Confirmation::BindsThroughout => between(rung),
        Confirmation::NotTested => format!("× {}, not tested", numbers::number(rounded(rung.estimate))),
    };
    let text = format!("{text}   quota {} {}", numbers::number(rung.quota), rung.unit);
    let start = [Some(estimate), low, high].into_iter().flatten().fold(0.0, f64::max) + 14.0;
    value_label(scene, (start, y), &fit_text(&text, SMALL, WIDTH - 12.0 - start), Face::new(SMALL, INK));
}

/// What the marks mean.
fn key(scene: &mut Scene) {
    let face = Face::new(TEXT, SOFT_INK);
    let y = TOP - 6.0;
    scene.dot((34.0, y), 5.0, INK, true);
    scene.text((48.0, y), "linear estimate", face);
    for (x, colour, text) in
        [(180.0, BLUE, "binds between these tested loads, as estimated"), (550.0, VERMILLION, "binds elsewhere, or not at all")]
    {
        scene.block((x, y - 7.0), (x + 16.0, y + 7.0), colour.with_alpha(0.35));
        scene.line(vec![(x, y - 7.0), (x, y + 7.0)], colour, 2.0);
        scene.line(vec![(x + 16.0, y - 7.0), (x + 16.0, y + 7.0)], colour, 2.0);
        scene.text((x + 24.0, y), text, face);
    }
    let end = Face::new(SMALL, SOFT_INK).anchored(Anchor::End);
    scene.text((WIDTH - 28.0, HEIGHT - 14.0), "1 is the load of the scenario", end);
}

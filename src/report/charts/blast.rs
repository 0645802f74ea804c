//! A blast as heat maps: services down the side, contexts across, one panel per design.

use super::super::numbers;
use super::super::tables::{cell_share, short_names};
use super::frame::{MARGIN, SMALL, TEXT, TOP, no_data, titled};
use super::palette::{self, INK, SOFT_INK};
use super::scene::{Anchor, Colour, Face, HEIGHT, Scene, WIDTH, fit_text, text_width};
use crate::results::{Blast, BlastDesign, Estimate};

/// Designs side by side on one chart.
pub(super) const PANELS: usize = 3;
/// Failures that a panel has room for; the rest is in blast.csv.
const ROWS: usize = 32;
/// Columns about whole journeys, before those of the contexts.
const WHOLE: usize = 2;
/// Height of the two lines of column names.
const HEADING: f64 = 44.0;

/// The maps of up to [`PANELS`] designs from `first` on.
pub(super) fn maps(blast: &Blast, first: usize) -> Scene {
    let names = short_names(blast);
    let outage = numbers::milliseconds(blast.outage_seconds * 1e3);
    let title = format!("What the failure of each service takes with it ({outage})");
    let panels: Vec<(&BlastDesign, &String)> = blast.designs.iter().zip(&names).skip(first).take(PANELS).collect();
    if panels.iter().all(|(design, _)| design.failures.is_empty()) {
        return no_data(&title, "no service was stopped");
    }
    let subtitle =
        "Percent of the journeys that arrive while the service is down: lost, late, and with work lost to each context";
    let hidden = panels.iter().map(|(design, _)| design.failures.len().saturating_sub(ROWS)).max().unwrap_or(0);
    let remark = match hidden {
        0 => "Darker is more. Grey: the context has no work to lose.".to_owned(),
        _ => format!("Darker is more. Grey: the context has no work to lose. {hidden} more services are in blast.csv."),
    };
    let mut scene = titled(&title, subtitle, &remark);
    let rows = panels.iter().map(|(design, _)| design.failures.len().min(ROWS)).max().unwrap_or(1);
    let high = ((HEIGHT - 48.0 - TOP - 24.0 - HEADING) / rows as f64).min(30.0);
    let wide = (WIDTH - 2.0 * MARGIN + 16.0) / panels.len() as f64;
    for (index, (design, name)) in panels.into_iter().enumerate() {
        let left = MARGIN + index as f64 * wide;
        panel(&mut scene, design, name, (left, left + wide - 16.0), high);
    }
    scene
}

fn panel(scene: &mut Scene, design: &BlastDesign, name: &str, (left, right): (f64, f64), high: f64) {
    scene.text((left, TOP), fit_text(name, TEXT, (right - left) * 0.9), Face::new(TEXT, INK).bold());
    let size = SMALL.min(high * 0.55).max(7.0);
    let rows = design.failures.iter().take(ROWS);
    let widest = rows.clone().map(|failure| text_width(&failure.service, size, false)).fold(0.0, f64::max);
    let label = (widest + 10.0).min((right - left) * 0.35);
    let (begin, top) = (left + label, TOP + 18.0 + HEADING);
    let columns: Vec<&str> = ["lost", "late"].into_iter().chain(design.contexts.iter().map(String::as_str)).collect();
    // Columns wider than their names need are hard to compare.
    let wide = ((right - begin) / columns.len() as f64).min(110.0);
    for (index, column) in columns.iter().enumerate() {
        // Neighbours stand on two lines, so that each has the room of two columns.
        let y = top - if index % 2 == 0 { 10.0 } else { 26.0 };
        let face = Face::new(SMALL - 1.0, if index < WHOLE { INK } else { SOFT_INK });
        let last = index + 1 == columns.len();
        // The last one ends in the gap before the next panel.
        let (x, room, face) = if last {
            (begin + (index + 1) as f64 * wide + 12.0, 1.5 * wide + 8.0, face.anchored(Anchor::End))
        } else {
            (begin + (index as f64 + 0.5) * wide, 2.0 * wide - 6.0, face.anchored(Anchor::Middle))
        };
        scene.text((x, y), fit_text(column, SMALL - 1.0, room), face);
    }
    for (row, failure) in rows.enumerate() {
        let y = top + row as f64 * high;
        let face = Face::new(size, INK).anchored(Anchor::End);
        scene.text((begin - 6.0, y + high / 2.0), fit_text(&failure.service, size, label - 8.0), face);
        let shares = design.contexts.iter().map(|context| failure.contexts.get(context).map(|loss| &loss.lost_share));
        let whole = [Some(&failure.lost_share), Some(&failure.late_share)];
        for (column, share) in whole.into_iter().chain(shares).enumerate() {
            let x = begin + column as f64 * wide;
            let gap = if column + 1 == WHOLE { 5.0 } else { 1.5 };
            let colour = [palette::BLUE, palette::SKY].get(column).copied().unwrap_or(palette::VERMILLION);
            cell(scene, ((x, y), (x + wide - gap, y + high - 1.5)), share, colour, size);
        }
    }
}

type Corners = ((f64, f64), (f64, f64));

fn cell(scene: &mut Scene, (corner, end): Corners, share: Option<&Estimate>, colour: Colour, size: f64) {
    let Some((share, mean)) = share.and_then(|share| Some((share, share.mean?))) else {
        scene.block(corner, end, palette::GRID);
        return;
    };
    scene.block(corner, end, colour.with_alpha(0.05 + 0.85 * mean.clamp(0.0, 1.0)));
    let ink = if mean > 0.6 && colour != palette::SKY { Colour::new(255, 255, 255) } else { INK };
    let middle = (f64::midpoint(corner.0, end.0), f64::midpoint(corner.1, end.1));
    let size = size.min((end.0 - corner.0) / 2.6).max(7.0);
    let text = fit_text(&cell_share(share), size, end.0 - corner.0 - 2.0);
    scene.text(middle, text, Face::new(size, ink).anchored(Anchor::Middle));
}

//! Colours that people with any kind of colour vision can tell apart (Okabe and Ito), the same for the same thing in
//! every chart of a report.

use super::scene::Colour;
use crate::results::{Comparison, Series, SeriesKind, Summary};

pub(super) const BLACK: Colour = Colour::new(0, 0, 0);
pub(super) const INK: Colour = Colour::new(34, 34, 34);
pub(super) const SOFT_INK: Colour = Colour::new(96, 96, 96);
pub(super) const AXIS: Colour = Colour::new(140, 140, 140);
pub(super) const GRID: Colour = Colour::new(228, 228, 228);
pub(super) const SHADE: Colour = Colour::new(120, 120, 120);

pub(super) const BLUE: Colour = Colour::new(0, 114, 178);
pub(super) const VERMILLION: Colour = Colour::new(213, 94, 0);
const GREEN: Colour = Colour::new(0, 158, 115);
const PURPLE: Colour = Colour::new(204, 121, 167);
const ORANGE: Colour = Colour::new(230, 159, 0);
pub(super) const SKY: Colour = Colour::new(86, 180, 233);
const YELLOW: Colour = Colour::new(240, 228, 66);
/// What is left over, or has no colour of its own.
pub(super) const GREY: Colour = Colour::new(170, 170, 170);

/// In the order of use: strong contrasts first, yellow, which is weak on white, last.
const ORDER: [Colour; 8] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, YELLOW];

/// Colour of the design, or of the curve, at a position; grey beyond the eighth.
pub(super) fn by_position(position: usize) -> Colour {
    ORDER.get(position).copied().unwrap_or(GREY)
}

/// Categories of the breakdown in the order they are stacked, with label and colour.
pub(super) const CATEGORIES: [(&str, &str, Colour); 7] = [
    ("work", "work", BLUE),
    ("service", "service", SKY),
    ("batch_wait", "batch wait", YELLOW),
    ("queue", "queue", ORANGE),
    ("throttle", "throttle", VERMILLION),
    ("back_off", "back-off", PURPLE),
    ("cold_start", "cold start", GREEN),
];

/// Gives each service one colour in all charts of a report.
pub(super) struct ServiceColours {
    names: Vec<String>,
}

impl ServiceColours {
    /// The services with the highest costs over all designs get the colours.
    pub(super) fn by_cost(designs: &[Summary]) -> Self {
        let mut costs: Vec<(String, f64)> = Vec::new();
        for (service, cost) in designs.iter().flat_map(super::super::tables::cost_by_service) {
            let mean = cost.mean.unwrap_or(0.0);
            match costs.iter_mut().find(|(name, _)| *name == service) {
                Some(entry) => entry.1 += mean,
                None => costs.push((service, mean)),
            }
        }
        costs.sort_by(|left, right| right.1.total_cmp(&left.1));
        Self { names: costs.into_iter().map(|(name, _)| name).collect() }
    }

    /// For one run: services drawn as lines come first, since lines need telling apart more than labelled bars.
    pub(super) fn of_run(summary: &Summary) -> Self {
        let mut names: Vec<String> = Vec::new();
        let drawn = |series: &&Series| {
            matches!(series.kind, SeriesKind::Backlog | SeriesKind::Concurrency) && super::time_series::peak(series) > 0.0
        };
        let with_series = summary.series.iter().filter(drawn).map(|series| series.service.clone());
        let by_cost = Self::by_cost(std::slice::from_ref(summary)).names;
        for name in with_series.chain(by_cost) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Self { names }
    }

    pub(super) fn get(&self, service: &str) -> Colour {
        let position = self.names.iter().position(|name| name == service);
        position.map_or(GREY, by_position)
    }

    /// The services that have a colour of their own, in order.
    pub(super) fn coloured(&self) -> &[String] {
        &self.names[..self.names.len().min(ORDER.len())]
    }
}

/// Name and colour of every design of a comparison.
pub(super) fn designs(comparison: &Comparison) -> Vec<(String, Colour)> {
    let named = comparison.designs.iter().enumerate();
    named.map(|(position, design)| (design.scenario.clone(), by_position(position))).collect()
}

use super::study_samples::{blast, sensitivity};
use super::tables::cell_share;
use super::{Style, blast_text, csv_files, sensitivity_text};
use crate::results::{Blast, Estimate, Sensitivity};

/// A text without its line breaks.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn studies_print_within_the_width_of_a_terminal() {
    for text in [blast_text(&blast(), Style::Plain), sensitivity_text(&sensitivity(), Style::Plain)] {
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= 100, "{widest} columns: {text}");
        assert!(!text.contains("NaN") && !text.contains('{'), "{text}");
    }
}

#[test]
fn a_blast_says_what_is_lost_who_was_spared_and_what_does_not_show() {
    let text = unwrapped(&blast_text(&blast(), Style::Plain));
    for part in [
        "choreographed: percent of journeys lost and late, and lost to each context",
        "choreographed: percent lost to further contexts",
        "`carrier` is not stopped: its own timeline stops it",
        "no work of these contexts shows, since no step of theirs makes a mark: audit",
        "holds in all runs: psp 3x slower",
        "a backlog still grew at the end of the window after the failure of service-21",
        "[1] no journey is fulfilled in both runs",
        "against",
    ] {
        assert!(text.contains(part), "`{part}` is missing: {text}");
    }
    let empty = blast_text(&Blast::default(), Style::Plain);
    assert!(!empty.contains("against"), "{empty}");
}

#[test]
fn shares_in_a_matrix_are_short_and_never_round_to_all_or_nothing() {
    let cases = [(0.0, "0"), (0.0004, "<0.1"), (0.014, "1.4"), (0.0994, "9.9"), (0.4349, "43"), (0.9996, ">99"), (1.0, "100")];
    for (share, expected) in cases {
        assert_eq!(cell_share(&Estimate::exact(share)), expected, "{share}");
    }
    assert_eq!(cell_share(&Estimate::default()), "-");
}

#[test]
fn a_sensitivity_study_says_what_matters_and_what_does_not() {
    let text = unwrapped(&sensitivity_text(&sensitivity(), Style::Plain));
    for part in [
        "journeys.checkout.milestones.fulfilled.latency_ms.p99 = 900 ± 18 ms",
        "No assumption moves bill.per_million_fulfilled_usd from",
        "750 ms to 1.18 s (5th to 95th percentile of 32 points), median 920 ms",
        "4 more with smaller swings are in sensitivity.csv",
        "60 % (50-70)",
        "9 of 32",
        "lambda.keep_alive: the scenario sets it itself",
    ] {
        assert!(text.contains(part), "`{part}` is missing: {text}");
    }
    assert!(!sensitivity_text(&Sensitivity::default(), Style::Plain).contains("Objectives"));
}

#[test]
fn tables_of_studies_are_tidy() {
    let rows = |text: &str| text.lines().count() - 1;
    let failures: usize = blast().designs.iter().map(|design| design.failures.len()).sum();
    let csv = csv_files::blast(&blast()).unwrap();
    assert_eq!(rows(&csv), failures * (9 + 7 * 3 + 1), "nine metrics, three for each context, one ending");
    assert!(csv.contains("\"orders, choreographed\",service-1,lambda,ordering,context billing,lost_share,"), "{csv}");
    let csv = csv_files::sensitivity(&sensitivity()).unwrap();
    assert_eq!(rows(&csv), 2 * 24);
}

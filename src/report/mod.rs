//! Shows results: terminal tables, CSV and JSON files, and charts as SVG and PNG.
//!
//! Everything here is a pure function of [`crate::results`]; the same input gives the same bytes. Files are built in
//! memory first and then put in place together, so that a reader never meets half of a report.

mod charts;
mod csv_files;
mod files;
mod json;
mod names;
mod numbers;
mod tables;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod search_samples;
#[cfg(test)]
mod study_samples;
#[cfg(test)]
mod study_tests;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use charts::{
    Chart, blast_charts, comparison_charts, file_name, ladder_chart, load_chart, points_charts, run_charts, sensitivity_charts,
    services_chart, sweep_charts, waterfall_chart,
};
pub use files::{
    OutputFile, WriteOptions, write_blast, write_break_even, write_charts, write_comparison, write_find, write_ladder,
    write_points, write_run, write_sensitivity, write_sweep, write_text,
};
pub use json::{
    blast_json, break_even_json, comparison_json, find_json, ladder_json, points_json, sensitivity_json, summary_json, sweep_json,
};
pub use numbers::{Notes, Unit, estimate};
pub use tables::{
    Style, blast_text, break_even_text, comparison_markdown, comparison_text, fenced, find_text, ladder_markdown, ladder_text,
    points_markdown, points_text, run_markdown, run_text, sensitivity_text, sweep_markdown, sweep_text,
};

/// Why a report could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The operating system refused to create, write or replace a file or folder.
    #[error("cannot {action} `{}`: {}", path.display(), explain(source))]
    Write {
        /// What was attempted: `create`, `write`, `replace`.
        action: &'static str,
        /// The file or folder concerned.
        path: PathBuf,
        /// The system's own words.
        source: std::io::Error,
    },
    /// Something of another kind stands where a file has to go; it is left alone.
    #[error(
        "cannot write `{}`: a folder of that name is in the way; remove it or choose another output folder",
        path.display()
    )]
    FolderInTheWay {
        /// Where the file should go.
        path: PathBuf,
    },
    /// Results that cannot be expressed in the file format. This is a fault of this program.
    #[error("cannot express the results as {format}: {reason}")]
    Encode {
        /// `JSON`, `CSV`, `SVG` or `PNG`.
        format: &'static str,
        /// The encoder's own words.
        reason: String,
    },
}

impl ReportError {
    fn encode(format: &'static str, reason: impl ToString) -> Self {
        Self::Encode { format, reason: reason.to_string() }
    }
}

/// The system's message and what to do about it.
fn explain(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let advice = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "; choose an output folder you may write to",
        ErrorKind::FileTooLarge => "; the system limits the size of files (`ulimit -f`)",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space or choose an output folder on another disk",
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "; a file stands where a folder is needed, choose another output folder"
        }
        _ => "",
    };
    format!("{error}{advice}")
}

//! Tests of usage files.

mod infracost;
mod regions;
mod rules;
mod targets;
mod worked;

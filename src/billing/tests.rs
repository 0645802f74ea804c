//! Tests of usage files.

mod regions;
mod rules;
mod targets;
mod worked;

//! Tests of usage files.

mod rules;
mod worked;

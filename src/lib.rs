//! floodplan: a discrete-event simulator and cost model for event-driven, serverless architectures on AWS.
//!
//! Data flows one way: scenario text, spanned tree (`reader`), validated model (`scenario`), compiled simulation
//! (`engine` on `kernel` and `fabric`), results (`results`, `stats`, `pricing`), report (`report`). See ARCHITECTURE.md.

pub mod billing;
pub mod cli;
pub mod engine;
pub mod fabric;
pub mod kernel;
pub mod maths;
pub mod pricing;
pub mod reader;
pub mod report;
pub mod results;
pub mod scenario;
pub mod services;
pub mod stats;
pub mod study;
pub mod units;
pub mod workload;

#[cfg(test)]
#[path = "../tests/common/corpus.rs"]
mod corpus;

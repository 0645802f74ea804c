//! Workloads: arrivals, payload fields, and the clients that make requests and wait for answers.

pub mod arrivals;
pub mod client;
pub mod config;
pub mod payload;
#[cfg(test)]
mod tests;

pub use client::Client;
pub use config::WorkloadConfig;

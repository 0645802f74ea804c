//! Workloads: arrivals, payload fields, and the clients that make requests and wait for answers.
//!
//! Left out: arrivals that depend on how earlier journeys went, other than those of `users`; fields that depend on one another, on
//! the time or on the trace; fields with continuous values (numbers are rounded to three digits); sessions of several requests;
//! users that give up a queue before their time-out; the SDKs' adaptive mode, waits that a server asks for, and pools of
//! connections. A workload is one client: all of its requests share one retry quota.

pub mod arrivals;
pub mod client;
pub mod config;
pub mod payload;
#[cfg(test)]
mod tests;

pub use client::Client;
pub use config::WorkloadConfig;

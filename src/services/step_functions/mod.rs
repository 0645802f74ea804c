//! Step Functions.
pub mod asl;

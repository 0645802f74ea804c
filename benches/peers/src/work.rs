//! The work that every simulator does, and the answer that theory has for it.

use clap::Subcommand;
use serde::{Deserialize, Serialize};

use crate::measure::Measured;

/// How busy the servers of the queues are.
pub const UTILISATION: f64 = 0.9;
/// Answers farther off than so many standard errors are wrong.
const STANDARD_ERRORS: f64 = 4.0;
/// Histograms are within this share of the exact quantile.
const HISTOGRAM_ERROR: f64 = 0.004;

/// What is simulated. Times are exponentially distributed with mean 1 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand, Serialize, Deserialize)]
pub enum Work {
    /// M/M/c: so many requests arrive at servers that are busy 90 % of the time, and all are served.
    Queue { servers: u32, requests: u64 },
    /// The hold model: so many jobs, each of which waits a random time again and again until a time has passed.
    Hold { pending: u32, seconds: u32 },
}

/// What theory says: each value with its largest deviation.
pub struct Expected {
    pub requests: (f64, f64),
    pub mean_seconds: (f64, f64),
    /// Where there is a simple formula.
    pub p99_seconds: Option<(f64, f64)>,
}

impl Work {
    /// Requests per second that arrive at so many servers.
    pub fn rate(servers: u32) -> f64 {
        UTILISATION * f64::from(servers)
    }

    /// What theory says of the answer.
    pub fn expected(self) -> Expected {
        match self {
            Self::Queue { servers, requests } => {
                let mean = 1.0 + erlang_c(servers) / (f64::from(servers) * (1.0 - UTILISATION));
                let tolerance = STANDARD_ERRORS * queue_error(requests);
                Expected {
                    // floodplan ends arrivals by time; the others count them.
                    requests: (requests as f64, STANDARD_ERRORS * (requests as f64).sqrt()),
                    mean_seconds: (mean, tolerance * mean),
                    // The time in an M/M/1 system is exponential. Its 99th percentile is rarer seen than its mean.
                    p99_seconds: (servers == 1).then(|| (mean * 100_f64.ln(), 2.0 * tolerance * mean * 100_f64.ln())),
                }
            }
            Self::Hold { pending, seconds } => {
                let renewed = f64::from(pending) * f64::from(seconds);
                let requests = f64::from(pending) + renewed;
                // Of the 99th percentile q: sqrt(0.99 * 0.01 / n) / density, relative to q.
                let p99_error = (0.99 * 0.01 / requests).sqrt() / 0.01 / 100_f64.ln();
                let p99_tolerance = STANDARD_ERRORS * p99_error + HISTOGRAM_ERROR;
                Expected {
                    requests: (requests, STANDARD_ERRORS * renewed.sqrt()),
                    mean_seconds: (1.0, STANDARD_ERRORS / requests.sqrt()),
                    p99_seconds: Some((100_f64.ln(), p99_tolerance * 100_f64.ln())),
                }
            }
        }
    }

    /// What is wrong with an answer, if anything.
    pub fn mistake(self, measured: &Measured) -> Option<String> {
        let expected = self.expected();
        let off = |name: &str, value: f64, (right, tolerance): (f64, f64)| {
            // `!(... <= ...)` would also refuse what is no number.
            let fits = (value - right).abs() <= tolerance;
            (!fits).then(|| format!("{name} is {value}, but theory says {right} ± {tolerance}"))
        };
        off("the number of requests", measured.requests as f64, expected.requests)
            .or_else(|| off("the mean time", measured.mean_seconds, expected.mean_seconds))
            .or_else(|| off("the 99th percentile", measured.p99_seconds, expected.p99_seconds?))
    }
}

/// The probability of waiting in M/M/c (Erlang's formula C), by the recursion of formula B.
fn erlang_c(servers: u32) -> f64 {
    let offered = UTILISATION * f64::from(servers);
    let blocked = (1..=servers).fold(1.0, |blocked, server| offered * blocked / (f64::from(server) + offered * blocked));
    blocked / (1.0 - UTILISATION * (1.0 - blocked))
}

/// The relative standard error of the mean number in an M/M/1 system, and so of the mean time, seen over so many requests
/// (W. Whitt, Planning queueing simulations, 1989: asymptotic variance 2 rho (1 + rho) / (1 - rho)^4 at service rate 1). With more
/// servers and as many requests it is smaller.
fn queue_error(requests: u64) -> f64 {
    let rho = UTILISATION;
    let seconds = requests as f64 / rho;
    let variance = 2.0 * rho * (1.0 + rho) / (1.0 - rho).powi(4) / seconds;
    variance.sqrt() / (rho / (1.0 - rho))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(requests: u64, mean_seconds: f64, p99_seconds: f64) -> Measured {
        Measured { requests, mean_seconds, p99_seconds, ..Measured::default() }
    }

    #[test]
    fn erlangs_formula_c_of_one_server_is_its_utilisation() {
        assert!((erlang_c(1) - 0.9).abs() < 1e-12);
        // Tabulated: 18 Erlang offered to 20 servers wait with probability 0.5508.
        assert!((erlang_c(20) - 0.5508).abs() < 5e-5, "{}", erlang_c(20));
    }

    #[test]
    fn right_answers_pass_and_wrong_ones_are_told() {
        let queue = Work::Queue { servers: 1, requests: 2_000_000 };
        assert_eq!(queue.mistake(&measured(2_000_000, 10.1, 46.0)), None);
        assert!(queue.mistake(&measured(1_990_000, 10.0, 46.0)).is_some());
        // At a utilisation of 0.91 requests would take 11.1 s.
        assert!(queue.mistake(&measured(2_000_000, 11.1, 46.0)).is_some());
        assert!(queue.mistake(&measured(2_000_000, 10.0, 60.0)).is_some());
        assert!(queue.mistake(&measured(2_000_000, f64::NAN, 46.0)).is_some());

        let hold = Work::Hold { pending: 1_000, seconds: 4_000 };
        assert_eq!(hold.mistake(&measured(4_001_000, 1.0, 4.605)), None);
        assert!(hold.mistake(&measured(4_020_000, 1.0, 4.605)).is_some());
        assert!(hold.mistake(&measured(4_001_000, 1.01, 4.605)).is_some());
        assert!(hold.mistake(&measured(4_001_000, 1.0, 4.7)).is_some());
    }
}

//! A bench for tests of rooms: calls at chosen times, stubs that answer, and everything they heard.
//!
//! A test lists services (rooms by closures, see `services::testing` for rooms from text; stubs by the operations they
//! take), builds a [`Trial`], plans calls with [`Trial::at`] or [`Trial::journey_at`], moves the clock with
//! [`Trial::run_until`], and looks at replies, arrivals, counters, levels, meters, limiters and endings. All of the run is
//! measured window, unless the test opens and closes the window itself.

mod plan;
mod script;
mod trial;

pub use plan::{Parties, Plan};
pub use script::Answer;
pub use trial::Trial;

#[cfg(test)]
mod tests {
    use super::Plan;
    use crate::fabric::call::errors;
    use crate::fabric::{Class, Disturbance, NONE, Operation, Reply, Request};

    #[test]
    fn calls_are_made_when_planned_and_answers_are_heard() {
        let plan = Plan::default().accepting("provider", &[Operation::Request], 7);
        let mut trial = plan.trial();
        let early = trial.journey_at(5, "provider", Request::background(Operation::Request));
        let late = trial.at(30, "provider", Request::background(Operation::Request));
        trial.disturb(20, "provider", Disturbance::Down(true));
        trial.run_until(11);
        assert_eq!((trial.now(), trial.heard(early)), (11, None));
        assert_eq!(trial.open_journeys(), 1);
        trial.run_until(100);
        let (at, reply) = trial.heard(early).expect("answered");
        assert_eq!((at, reply.outcome, reply.batch), (12, Reply::OK.outcome, NONE));
        assert_eq!(trial.reply(late).outcome.class, Class::Unavailable);
        assert_eq!(trial.reply(late).outcome.error, errors::SERVICE_DOWN);
        assert_eq!(trial.arrivals("provider").len(), 1);
        assert_eq!((trial.open_journeys(), trial.endings("")), (0, 1));
    }
}

//! The same scenario under a multiple of its load.

use thiserror::Error;

use crate::units::{Count, Rate};

use super::{Change, Model};

/// A scaled count may differ from the exact one by this part of it; it has to be whole.
const COUNT_TOLERANCE: f64 = 0.01;

/// Why the load of a scenario cannot be multiplied.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ScaleError {
    #[error("the arrivals of `{workload}` are recorded: a trace has no rate that could be multiplied")]
    Recorded { workload: String },
    #[error("{count} {what} of `{workload}` times {factor} are no whole number, nor nearly one")]
    Count { workload: String, what: &'static str, count: u64, factor: f64 },
    #[error("the rate of `{workload}` times {factor} is too high to be expressed")]
    TooHigh { workload: String, factor: f64 },
}

impl Model {
    /// The scenario with the arrivals of all workloads multiplied: rates, those of profiles and of the timeline too, and the numbers of
    /// users and of journeys in bursts, which are rounded.
    ///
    /// # Errors
    /// Recorded arrivals cannot be multiplied, and small counts not by every factor.
    pub fn at_load(&self, factor: f64) -> Result<Model, ScaleError> {
        let mut model = self.clone();
        for workload in &mut model.workloads {
            let name = workload.name.clone();
            if workload.recorded.is_some() {
                return Err(ScaleError::Recorded { workload: name });
            }
            let config = &mut workload.config;
            if let Some(rate) = &mut config.rate {
                *rate = scaled(*rate, factor, &name)?;
            }
            for step in &mut config.profile {
                step.rate = scaled(step.rate, factor, &name)?;
            }
            if let Some(users) = &mut config.users {
                *users = whole(*users, factor, &name, "users")?;
            }
            for burst in &mut config.bursts {
                burst.count = whole(burst.count, factor, &name, "journeys of a burst")?;
            }
        }
        let workloads: Vec<String> = model.workloads.iter().map(|workload| workload.name.clone()).collect();
        for entry in model.timeline.iter_mut().filter(|entry| workloads.contains(&entry.target)) {
            for change in &mut entry.changes {
                if let Change::Set { key, value, back } = change
                    && key == "rate"
                {
                    *value *= factor;
                    *back = back.map(|back| back * factor);
                }
            }
        }
        Ok(model)
    }
}

fn scaled(rate: Rate, factor: f64, workload: &str) -> Result<Rate, ScaleError> {
    let made = libm::round(rate.0 as f64 * factor);
    // As exactly as a float can say it; beyond that nothing could be simulated.
    if made >= u64::MAX as f64 {
        return Err(ScaleError::TooHigh { workload: workload.to_string(), factor });
    }
    Ok(Rate(made as u64))
}

fn whole(count: Count, factor: f64, workload: &str, what: &'static str) -> Result<Count, ScaleError> {
    let exact = count.0 as f64 * factor;
    let made = libm::round(exact);
    if (made - exact).abs() > exact * COUNT_TOLERANCE {
        return Err(ScaleError::Count { workload: workload.to_string(), what, count: count.0, factor });
    }
    Ok(Count(made as u64))
}

#[cfg(test)]
mod tests {
    use super::super::{Change, Model, read_text};
    use super::ScaleError;

    fn model(workload: &str, rest: &str) -> Model {
        let text = format!(
            "name: x\nservices: {{ s: {{ type: external, service_time: 1 ms }} }}\nworkload: {{ w: {{ target: s, {workload} }} }}\n{rest}"
        );
        let reading = read_text(&text);
        reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
    }

    #[test]
    fn every_way_to_say_how_journeys_arrive_is_multiplied() {
        let made = model("rate: 20/s, bursts: [{ at: 1 s, count: 200 }]", "").at_load(1.25).unwrap();
        assert_eq!(made.workloads[0].config.rate.map(|rate| rate.as_per_second()), Some(25.0));
        assert_eq!(made.workloads[0].config.bursts[0].count.0, 250);
        let made = model("profile: [{ at: 0 s, rate: 2/s }, { at: 9 s, rate: 4/s }]", "").at_load(0.5).unwrap();
        let rates: Vec<f64> = made.workloads[0].config.profile.iter().map(|step| step.rate.as_per_second()).collect();
        assert_eq!(rates, [1.0, 2.0]);
        assert_eq!(model("users: 40", "").at_load(0.95).unwrap().workloads[0].config.users.map(|users| users.0), Some(38));
        let timeline = "timeline: [{ from: 1 s, until: 2 s, workload: w, set: { rate: 100/s } }]";
        let made = model("rate: 20/s", timeline).at_load(2.0).unwrap();
        let Change::Set { value, back, .. } = &made.timeline[0].changes[0] else { panic!("{:?}", made.timeline) };
        assert_eq!((*value, *back), (200.0, Some(40.0)));
    }

    #[test]
    fn what_cannot_be_multiplied_is_said() {
        let error = model("users: 3", "").at_load(0.95).unwrap_err();
        assert!(matches!(error, ScaleError::Count { count: 3, .. }), "{error}");
        assert!(error.to_string().contains("3 users of `w`"), "{error}");
    }
}

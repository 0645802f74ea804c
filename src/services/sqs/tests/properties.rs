//! Random scripts: nothing is lost or handed out twice at a time.

use proptest::prelude::*;

use super::*;

/// What a random script does next.
#[derive(Clone, Debug)]
enum Move {
    Send {
        delay: u64,
    },
    Receive {
        kind: u8,
        maximum: u16,
    },
    /// Deletes some of the records got so far, oldest first; they may be stale by then.
    Delete {
        count: usize,
    },
    Change {
        timeout: u64,
    },
    Abandon,
}

fn moves() -> impl Strategy<Value = Vec<(u64, Move)>> {
    let step = prop_oneof![
        4 => (0..20_u64).prop_map(|delay| Move::Send { delay: delay.saturating_sub(14) }),
        4 => (0..3_u8, 1..10_u16).prop_map(|(kind, maximum)| Move::Receive { kind, maximum }),
        3 => (1..12_usize).prop_map(|count| Move::Delete { count }),
        1 => (0..40_u64).prop_map(|timeout| Move::Change { timeout }),
        1 => Just(Move::Abandon),
    ];
    prop::collection::vec((0..6_000_u64, step), 1..150)
}

/// Runs a script; every receive's records end up in `got` when they have arrived.
fn play(trial: &mut Trial, script: &[(u64, Move)]) {
    let mut now = 0;
    let (mut receives, mut got): (Vec<u32>, Vec<Record>) = (Vec::new(), Vec::new());
    for (pause, step) in script {
        now += pause * MILLISECOND;
        trial.run_until(now);
        receives.retain(|token| {
            let Some((_, reply)) = trial.heard(*token) else { return true };
            got.extend(trial.take_records(reply.batch));
            false
        });
        match step {
            Move::Send { delay } => {
                let site = trial.site(Parameters::Send { delay: Some(delay * SECOND) });
                trial.journey_at(now, "queue", Request { site, ..Request::background(Operation::SendMessage) });
            }
            Move::Receive { kind, maximum } => {
                let wait = if *kind == 1 { 3 * SECOND } else { 0 };
                receives.push(receive(trial, now, Parameters::Receive { maximum: *maximum, wait, park: *kind == 2 }));
            }
            Move::Delete { count } => {
                let some = got.drain(..(*count).min(got.len())).collect();
                delete(trial, now, some);
            }
            Move::Change { timeout } => {
                let (batch, site) =
                    (trial.put_records(got.clone()), trial.site(Parameters::Visibility { timeout: timeout * SECOND }));
                trial.at(now, "queue", Request { batch, site, ..Request::background(Operation::ChangeMessageVisibility) });
            }
            Move::Abandon => {
                if let Some(token) = receives.pop()
                    && trial.heard(token).is_none()
                {
                    trial.run_until(now);
                    if trial.heard(token).is_none() {
                        trial.abandon(token);
                    } else {
                        receives.push(token);
                    }
                }
            }
        }
    }
    trial.run_until(now);
    for token in receives {
        let arrived = trial.heard(token).map_or(NONE, |(_, reply)| reply.batch);
        trial.take_records(arrived);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// Everything sent is deleted, expired, dead-lettered, or still there; journeys are open exactly as long as their
    /// messages are; in the end nothing is left of anything.
    #[test]
    fn nothing_is_lost(script in moves(), limit in 1..8_u64, receive_count in 1..6_u64, seed in 0..1_000_u64) {
        let text = format!("
queue: {{ type: sqs, visibility_timeout: 7 s, message_retention_period: 60 s, redrive: {{ dead_letter: dlq, max_receive_count: {receive_count} }} }}
dlq: {{ type: sqs, message_retention_period: 2 min }}
");
        let mut trial = instant(&text).quota("sqs.messages_in_flight", limit as f64).assume("sqs.duplicate_probability", 0.05).seed(seed).trial();
        play(&mut trial, &script);
        let count = |trial: &Trial, name: &str| trial.counter("queue", name);
        let gone = |trial: &Trial| count(trial, "messages_deleted") + count(trial, "messages_expired") + count(trial, "messages_dead_lettered");
        let left: u64 = levels(&trial, "queue").iter().sum();
        prop_assert_eq!(count(&trial, "messages_sent"), gone(&trial) + left);
        prop_assert_eq!(trial.open_journeys() as u64, left);
        prop_assert_eq!(trial.simulation.world.open_messages(), left);
        prop_assert!(trial.level("queue", "messages_in_flight").1 <= limit);
        prop_assert_eq!(trial.limiter("queue", "messages_in_flight").used(), trial.level("queue", "messages_in_flight").0);
        prop_assert_eq!(trial.endings("dead_lettered"), count(&trial, "messages_dead_lettered"));
        prop_assert_eq!(trial.counter("dlq", "dead_letters_kept"), count(&trial, "messages_dead_lettered"));
        let end = trial.now() + 3 * MINUTE;
        trial.run_until(end);
        prop_assert_eq!(count(&trial, "messages_sent"), gone(&trial));
        prop_assert_eq!(trial.counter("dlq", "messages_expired"), count(&trial, "messages_dead_lettered"));
        prop_assert_eq!((levels(&trial, "queue"), levels(&trial, "dlq"), trial.open_journeys()), ([0; 3], [0; 3], 0));
        // A receive that waited past the end of the script may have got a batch that the script no longer takes.
        trial.finish();
    }
}

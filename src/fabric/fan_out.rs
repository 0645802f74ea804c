//! Fan-out by content: which of many receivers take an event, decided once for each different content.
//!
//! A topic with filter policies and a bus with rules are both this. What they decide depends on the content alone, so a
//! run evaluates every filter once per content, and each further event costs one look-up however many filters there are.

use serde_json::Value;

use super::content::{ContentId, Contents, MemoId};

/// The receivers of each content seen so far.
#[derive(Debug)]
pub struct FanOut {
    memo: MemoId,
    /// Different answers, each in the order of the receivers.
    sets: Vec<Box<[u16]>>,
    /// The answer at hand.
    decided: Vec<u16>,
}

impl FanOut {
    /// A fan-out that has decided nothing yet; `memo` must be its own.
    pub fn new(memo: MemoId) -> Self {
        Self { memo, sets: Vec::new(), decided: Vec::new() }
    }

    /// The index of the set of receivers of `content`; `decide` is asked only when the content is new, and adds them.
    #[inline]
    pub fn decide(&mut self, contents: &mut Contents, content: ContentId, decide: impl FnOnce(&Value, &mut Vec<u16>)) -> usize {
        let Self { memo, sets, decided } = self;
        let index = contents.evaluate(*memo, content, |value| {
            decided.clear();
            decide(value, decided);
            let known = sets.iter().position(|other| **other == **decided);
            known.unwrap_or_else(|| {
                sets.push(decided.as_slice().into());
                sets.len() - 1
            }) as u32
        });
        index as usize
    }

    /// The receivers in a set.
    #[inline]
    pub fn receivers(&self, set: usize) -> &[u16] {
        &self.sets[set]
    }
}

#[cfg(test)]
mod tests {
    use super::FanOut;
    use crate::fabric::content::Contents;
    use serde_json::json;

    #[test]
    fn each_content_is_decided_once_and_equal_answers_share_a_set() {
        let mut contents = Contents::default();
        let mut fan_out = FanOut::new(contents.memo());
        let [gold, silver, lead] = ["gold", "silver", "lead"].map(|tier| contents.intern(json!({ "tier": tier })));
        let precious = fan_out.decide(&mut contents, gold, |_, set| set.extend([0, 2]));
        assert_eq!(fan_out.decide(&mut contents, silver, |_, set| set.extend([0, 2])), precious);
        let plain = fan_out.decide(&mut contents, lead, |value, set| set.extend((value["tier"] == "lead").then_some(2)));
        assert_eq!(fan_out.decide(&mut contents, gold, |_, _| unreachable!("remembered")), precious);
        assert_eq!((fan_out.receivers(precious), fan_out.receivers(plain)), (&[0, 2][..], &[2][..]));
    }
}

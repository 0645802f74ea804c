//! What a payload says: the few fields that routing and control flow read, as immutable interned JSON values.
//!
//! Payload fields come from discrete distributions (see `workload`), so the number of different contents depends on the
//! scenario, not on the number of requests; each is stored once and named by a 32-bit index. Pure evaluators
//! (event patterns, filter policies, state machine data operators) are remembered by (evaluator, content).

use rustc_hash::FxHashMap;
use serde_json::Value;

/// Index of an interned content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ContentId(pub u32);

impl ContentId {
    /// The empty object: a payload of which no rule reads a field.
    pub const EMPTY: ContentId = ContentId(0);
}

/// Index of a pure evaluator, given out at build time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemoId(pub u32);

/// More different contents than this end the run: a field must have been given too many values.
pub const CONTENTS_MAX: usize = 2_000_000;

/// All contents of a simulation and what the evaluators said of them.
#[derive(Debug)]
pub struct Contents {
    values: Vec<Value>,
    index: FxHashMap<String, ContentId>,
    memos: FxHashMap<(u32, u32), u32>,
    memo_count: u32,
}

impl Default for Contents {
    fn default() -> Self {
        let mut contents = Self { values: Vec::new(), index: FxHashMap::default(), memos: FxHashMap::default(), memo_count: 0 };
        contents.intern(Value::Object(serde_json::Map::new()));
        contents
    }
}

impl Contents {
    /// The index of `value`, stored now if it is new.
    pub fn intern(&mut self, value: Value) -> ContentId {
        let text = value.to_string();
        if let Some(id) = self.index.get(&text) {
            return *id;
        }
        let id = ContentId(self.values.len() as u32);
        self.values.push(value);
        self.index.insert(text, id);
        id
    }

    /// The value behind an index.
    pub fn value(&self, id: ContentId) -> &Value {
        &self.values[id.0 as usize]
    }

    /// Whether the bound on different contents has been passed.
    pub fn is_full(&self) -> bool {
        self.values.len() > CONTENTS_MAX
    }

    /// A fresh evaluator index.
    pub fn memo(&mut self) -> MemoId {
        self.memo_count += 1;
        MemoId(self.memo_count - 1)
    }

    /// What evaluator `memo` says of `content`, computed at most once.
    #[inline]
    pub fn evaluate(&mut self, memo: MemoId, content: ContentId, compute: impl FnOnce(&Value) -> u32) -> u32 {
        let key = (memo.0, content.0);
        if let Some(answer) = self.memos.get(&key) {
            return *answer;
        }
        let answer = compute(&self.values[content.0 as usize]);
        self.memos.insert(key, answer);
        answer
    }

    /// The content that `memo` makes of `content`, computed at most once.
    #[inline]
    pub fn transform(&mut self, memo: MemoId, content: ContentId, compute: impl FnOnce(&Value) -> Value) -> ContentId {
        let key = (memo.0, content.0);
        if let Some(answer) = self.memos.get(&key) {
            return ContentId(*answer);
        }
        let made = compute(&self.values[content.0 as usize]);
        let id = self.intern(made);
        self.memos.insert(key, id.0);
        id
    }
}

/// The fields that user code sees: the `detail` of an EventBridge event, otherwise the value itself.
pub fn fields_of(value: &Value) -> &Value {
    match value {
        Value::Object(map) if map.contains_key("detail-type") => map.get("detail").unwrap_or(value),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::{ContentId, Contents, fields_of};
    use serde_json::json;

    #[test]
    fn equal_contents_share_an_index_and_evaluators_run_once() {
        let mut contents = Contents::default();
        assert_eq!(contents.intern(json!({})), ContentId::EMPTY);
        let gold = contents.intern(json!({"tier": "gold"}));
        assert_eq!(contents.intern(json!({"tier": "gold"})), gold);
        let memo = contents.memo();
        assert_eq!(contents.evaluate(memo, gold, |value| u32::from(value["tier"] == "gold")), 1);
        assert_eq!(contents.evaluate(memo, gold, |_| unreachable!("remembered")), 1);
        let wrap = contents.memo();
        let wrapped = contents.transform(wrap, gold, |value| json!({"detail-type": "T", "detail": value}));
        assert_eq!(fields_of(contents.value(wrapped)), &json!({"tier": "gold"}));
    }
}

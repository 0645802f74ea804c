//! What a payload says: the few fields that routing and control flow read, as immutable interned JSON values.
//!
//! Payload fields come from discrete distributions (see `workload`), so the number of different contents depends on the
//! scenario, not on the number of requests; each is stored once and named by a 32-bit index. Pure evaluators
//! (event patterns, filter policies, state machine data operators) are remembered by (evaluator, content).

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Serialize, Serializer};
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

/// What makes a content of another. It is written out, not built: most often the content is known already, and looking for
/// its text allocates nothing.
pub trait Projection {
    /// Writes what is made of `value`.
    fn write<S: Serializer>(&self, value: &Value, serializer: S) -> Result<S::Ok, S::Error>;
}

/// A value seen through a projection.
struct Projected<'a, P>(&'a P, &'a Value);

impl<P: Projection> Serialize for Projected<'_, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(self.1, serializer)
    }
}

/// The JSON texts of all contents, one behind the other: contents are equal when their texts are.
#[derive(Debug)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each text begins, and where the last one ends.
    bounds: Vec<usize>,
    /// By the hash of the text; of texts whose hashes are equal, the later ones lie at the next free keys.
    index: FxHashMap<u64, ContentId>,
}

impl Texts {
    fn text(&self, id: ContentId) -> &[u8] {
        &self.bytes[self.bounds[id.0 as usize]..self.bounds[id.0 as usize + 1]]
    }

    /// The index of a value's text, and whether it is new.
    fn find(&mut self, value: &impl Serialize) -> (ContentId, bool) {
        let start = self.bytes.len();
        serde_json::to_writer(&mut self.bytes, value).expect("the keys of contents are texts");
        let text = &self.bytes[start..];
        let mut hasher = FxHasher::default();
        hasher.write(text);
        let mut key = hasher.finish();
        while let Some(id) = self.index.get(&key) {
            if self.text(*id) == text {
                let known = *id;
                self.bytes.truncate(start);
                return (known, false);
            }
            key = key.wrapping_add(1);
        }
        let id = ContentId(self.bounds.len() as u32 - 1);
        self.bounds.push(self.bytes.len());
        self.index.insert(key, id);
        (id, true)
    }
}

/// All contents of a simulation and what the evaluators said of them.
#[derive(Debug)]
pub struct Contents {
    values: Vec<Value>,
    texts: Texts,
    /// By evaluator and content.
    memos: FxHashMap<u64, u32>,
    memo_count: u32,
}

impl Default for Contents {
    fn default() -> Self {
        let texts = Texts { bytes: Vec::new(), bounds: vec![0], index: FxHashMap::default() };
        let mut contents = Self { values: Vec::new(), texts, memos: FxHashMap::default(), memo_count: 0 };
        contents.intern(Value::Object(serde_json::Map::new()));
        contents
    }
}

impl Contents {
    /// The index of `value`, stored now if it is new.
    pub fn intern(&mut self, value: Value) -> ContentId {
        let (id, new) = self.texts.find(&value);
        if new {
            self.values.push(value);
        }
        id
    }

    /// The index of a text as a value.
    pub fn intern_text(&mut self, text: &str) -> ContentId {
        let (id, new) = self.texts.find(&text);
        if new {
            self.values.push(Value::String(text.to_owned()));
        }
        id
    }

    /// The value behind an index.
    pub fn value(&self, id: ContentId) -> &Value {
        &self.values[id.0 as usize]
    }

    /// Bytes of a content's JSON text.
    pub fn length(&self, id: ContentId) -> u32 {
        self.texts.text(id).len().min(u32::MAX as usize) as u32
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
        let key = memo_key(memo, content);
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
        let key = memo_key(memo, content);
        if let Some(answer) = self.memos.get(&key) {
            return ContentId(*answer);
        }
        let made = compute(&self.values[content.0 as usize]);
        let id = self.intern(made);
        self.memos.insert(key, id.0);
        id
    }

    /// As [`Contents::transform`], without building a content that is known already.
    #[inline]
    pub fn project(&mut self, memo: MemoId, content: ContentId, projection: &impl Projection) -> ContentId {
        let key = memo_key(memo, content);
        if let Some(answer) = self.memos.get(&key) {
            return ContentId(*answer);
        }
        let id = self.projected(content, projection);
        self.memos.insert(key, id.0);
        id
    }

    /// As [`Contents::project`], for what is done once only.
    pub fn projected(&mut self, content: ContentId, projection: &impl Projection) -> ContentId {
        let made = Projected(projection, &self.values[content.0 as usize]);
        let (id, new) = self.texts.find(&made);
        if new {
            let value = serde_json::to_value(made).expect("what has a text is a value");
            self.values.push(value);
        }
        id
    }
}

fn memo_key(memo: MemoId, content: ContentId) -> u64 {
    u64::from(memo.0) << 32 | u64::from(content.0)
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
    use std::hash::Hasher;

    use rustc_hash::FxHasher;
    use serde_json::json;

    use super::{ContentId, Contents, fields_of};

    #[test]
    fn texts_of_one_hash_stay_apart() {
        let mut contents = Contents::default();
        let gold = contents.intern(json!("gold"));
        let mut hasher = FxHasher::default();
        hasher.write(br#""silver""#);
        // As if the hash of the text of `gold` were that of `silver`.
        contents.texts.index.insert(hasher.finish(), gold);
        let silver = contents.intern_text("silver");
        assert_ne!(silver, gold);
        assert_eq!((contents.value(silver), contents.length(silver)), (&json!("silver"), 8));
        assert_eq!((contents.intern(json!("silver")), contents.intern_text("gold")), (silver, gold));
    }

    #[test]
    fn contents_are_equal_when_their_texts_are() {
        let mut contents = Contents::default();
        let values = [json!(1), json!(1.0), json!("1"), json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), json!([]), json!(null)];
        let ids = values.clone().map(|value| contents.intern(value));
        for (place, value) in values.iter().enumerate() {
            assert_eq!(contents.intern(value.clone()), ids[place]);
            assert_eq!(contents.length(ids[place]) as usize, value.to_string().len());
            assert!(ids[..place].iter().all(|other| *other != ids[place]), "{value}");
        }
    }

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

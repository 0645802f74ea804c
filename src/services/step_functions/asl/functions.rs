//! What each intrinsic function computes.
//!
//! Source of limits and rounding: <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>, read
//! 2026-11-23.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest;
use serde_json::{Number, Value};

use super::errors::EvaluationError;
use super::intrinsic::Function;
use super::scope::{Scope, mixed};

/// Base64 and Hash take at most this many characters.
const TEXT_CHARACTERS_MAX: usize = 10_000;
/// `ArrayRange` makes at most this many elements.
const RANGE_ELEMENTS_MAX: i64 = 1_000;

type Outcome = Result<Value, EvaluationError>;

/// Applies any function but Format, whose template needs its backslashes.
pub(super) fn apply(function: Function, arguments: Vec<Value>, scope: &Scope<'_>) -> Outcome {
    match (function, arguments.as_slice()) {
        (Function::Array, _) => Ok(Value::Array(arguments)),
        (Function::ArrayContains, [array, value]) => {
            list(array).map(|list| Value::Bool(list.iter().any(|element| same(element, value))))
        }
        (Function::ArrayGetItem, [array, index]) => array_get_item(array, index),
        (Function::ArrayLength, [array]) => list(array).map(|list| Value::from(list.len())),
        (Function::ArrayPartition, [array, size]) => array_partition(array, size),
        (Function::ArrayRange, [first, last, step]) => array_range(integer(first)?, integer(last)?, integer(step)?),
        (Function::ArrayUnique, [array]) => array_unique(array),
        (Function::Base64Encode, [data]) => Ok(Value::String(STANDARD.encode(short_text(data)?))),
        (Function::Base64Decode, [data]) => base64_decode(short_text(data)?),
        (Function::Hash, [data, algorithm]) => hash(data, text(algorithm)?),
        (Function::JsonMerge, [first, second, deep]) => json_merge(first, second, deep),
        (Function::JsonToString, [value]) => Ok(Value::String(value.to_string())),
        (Function::StringToJson, [value]) => string_to_json(text(value)?),
        (Function::MathAdd, [first, second]) => integer(first)?
            .checked_add(integer(second)?)
            .map(Value::from)
            .ok_or_else(|| EvaluationError::intrinsic("the sum is too large")),
        (Function::MathRandom, [start, end]) => math_random(integer(start)?, integer(end)?, scope.next_random()),
        (Function::MathRandom, [start, end, seed]) => {
            let seed = u64::from_ne_bytes(integer(seed)?.to_ne_bytes());
            math_random(integer(start)?, integer(end)?, mixed(seed, 0))
        }
        (Function::StringSplit, [value, delimiters]) => Ok(string_split(text(value)?, text(delimiters)?)),
        (Function::Uuid, []) => Ok(Value::String(uuid(scope.next_random(), scope.next_random()))),
        _ => Err(EvaluationError::intrinsic("the number of arguments is wrong")),
    }
}

/// Fills the `{}` of a template; strings as they are, everything else as JSON.
pub(super) fn format(template: &str, values: &[Value]) -> Result<String, EvaluationError> {
    let mut filled = String::with_capacity(template.len());
    let mut values = values.iter();
    let mut rest = template;
    while let Some(position) = rest.find(['\\', '{']) {
        filled.push_str(&rest[..position]);
        rest = &rest[position..];
        if let Some(after) = rest.strip_prefix("{}") {
            match values.next() {
                Some(Value::String(value)) => filled.push_str(value),
                Some(value) => filled.push_str(&value.to_string()),
                None => return Err(EvaluationError::intrinsic("States.Format has more {} than arguments")),
            }
            rest = after;
        } else {
            let length = escape_length(rest);
            filled.push_str(&rest[usize::from(length == 2)..length]);
            rest = &rest[length..];
        }
    }
    filled.push_str(rest);
    if values.next().is_some() {
        return Err(EvaluationError::intrinsic("States.Format has more arguments than {}"));
    }
    Ok(filled)
}

/// A text literal without the backslashes before quotes, braces and backslashes.
pub(super) fn unescape_text(raw: &str) -> String {
    let mut unescaped = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(position) = rest.find('\\') {
        unescaped.push_str(&rest[..position]);
        rest = &rest[position..];
        let length = escape_length(rest);
        unescaped.push_str(&rest[usize::from(length == 2)..length]);
        rest = &rest[length..];
    }
    unescaped + rest
}

/// 2 if the text starts with an escape, 1 for any other single-byte start.
fn escape_length(rest: &str) -> usize {
    let escapes = ["\\'", "\\{", "\\}", "\\\\"];
    if escapes.iter().any(|escape| rest.starts_with(escape)) { 2 } else { 1 }
}

fn array_get_item(array: &Value, index: &Value) -> Outcome {
    let list = list(array)?;
    let index = integer(index)?;
    let item = usize::try_from(index).ok().and_then(|index| list.get(index));
    item.cloned().ok_or_else(|| EvaluationError::intrinsic(format!("index {index} is outside of an array of {}", list.len())))
}

fn array_partition(array: &Value, size: &Value) -> Outcome {
    let size = usize::try_from(integer(size)?).ok().filter(|size| *size > 0);
    let size = size.ok_or_else(|| EvaluationError::intrinsic("the chunk size of States.ArrayPartition is positive"))?;
    Ok(Value::Array(list(array)?.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect()))
}

/// Both ends are included.
fn array_range(first: i64, last: i64, step: i64) -> Outcome {
    if step == 0 {
        return Err(EvaluationError::intrinsic("the step of States.ArrayRange is not 0"));
    }
    let mut elements = Vec::new();
    let mut next = Some(first);
    while let Some(element) = next.filter(|element| if step > 0 { *element <= last } else { *element >= last }) {
        if elements.len() as i64 == RANGE_ELEMENTS_MAX {
            return Err(EvaluationError::intrinsic(format!("States.ArrayRange makes at most {RANGE_ELEMENTS_MAX} elements")));
        }
        elements.push(Value::from(element));
        next = element.checked_add(step);
    }
    Ok(Value::Array(elements))
}

fn array_unique(array: &Value) -> Outcome {
    let mut unique: Vec<Value> = Vec::new();
    for element in list(array)? {
        if !unique.iter().any(|kept| same(kept, element)) {
            unique.push(element.clone());
        }
    }
    Ok(Value::Array(unique))
}

fn base64_decode(encoded: &str) -> Outcome {
    let bytes = STANDARD.decode(encoded).map_err(|error| EvaluationError::intrinsic(format!("not Base64: {error}")))?;
    String::from_utf8(bytes).map(Value::String).map_err(|_| EvaluationError::intrinsic("the decoded bytes are not UTF-8 text"))
}

/// The digest as lower-case hexadecimal digits. Anything but a string is hashed as JSON text.
fn hash(data: &Value, algorithm: &str) -> Outcome {
    let data = match data {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    check_length(&data)?;
    let digest = match algorithm {
        "MD5" => hexadecimal(&md5::Md5::digest(&data)),
        "SHA-1" => hexadecimal(&sha1::Sha1::digest(&data)),
        "SHA-256" => hexadecimal(&sha2::Sha256::digest(&data)),
        "SHA-384" => hexadecimal(&sha2::Sha384::digest(&data)),
        "SHA-512" => hexadecimal(&sha2::Sha512::digest(&data)),
        other => {
            return Err(EvaluationError::intrinsic(format!(
                "States.Hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not {other}"
            )));
        }
    };
    Ok(Value::String(digest))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Only the shallow mode exists: the second object's fields replace the first's.
fn json_merge(first: &Value, second: &Value, deep: &Value) -> Outcome {
    match (first, second, deep) {
        (Value::Object(first), Value::Object(second), Value::Bool(false)) => {
            let mut merged = first.clone();
            merged.extend(second.iter().map(|(key, value)| (key.clone(), value.clone())));
            Ok(Value::Object(merged))
        }
        (_, _, Value::Bool(false)) => Err(EvaluationError::intrinsic("States.JsonMerge takes two objects")),
        _ => Err(EvaluationError::intrinsic("the third argument of States.JsonMerge can only be false")),
    }
}

/// Blank text is null, as recorded from the service.
fn string_to_json(text: &str) -> Outcome {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let mut value = serde_json::from_str(text).map_err(|error| EvaluationError::intrinsic(format!("not JSON: {error}")))?;
    without_negative_zero(&mut value);
    Ok(value)
}

/// The service writes -0 as 0; the JSON reader would keep it as -0.0.
fn without_negative_zero(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_f64().is_some_and(|float| float == 0.0 && float.is_sign_negative()) => {
            *value = Value::Number(Number::from(0));
        }
        Value::Array(array) => array.iter_mut().for_each(without_negative_zero),
        Value::Object(object) => object.values_mut().for_each(without_negative_zero),
        _ => {}
    }
}

/// A whole number from `start` up to but not including `end`.
fn math_random(start: i64, end: i64, random: u64) -> Outcome {
    let width = u64::try_from(i128::from(end) - i128::from(start)).ok().filter(|width| *width > 0);
    let width = width.ok_or_else(|| EvaluationError::intrinsic("States.MathRandom needs a start below its end"))?;
    // Multiply and keep the high half: no division, and a bias below width / 2^64.
    let offset = (u128::from(random) * u128::from(width)) >> 64;
    let drawn = i128::from(start) + offset as i128;
    i64::try_from(drawn).map(Value::from).map_err(|_| EvaluationError::intrinsic("the range is too wide"))
}

/// Every character of `delimiters` separates; empty parts are left out.
fn string_split(text: &str, delimiters: &str) -> Value {
    let parts = text.split(|character| delimiters.contains(character)).filter(|part| !part.is_empty());
    Value::Array(parts.map(Value::from).collect())
}

/// A version 4 identifier from two random numbers (RFC 9562).
fn uuid(high: u64, low: u64) -> String {
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    let (first, second, third) = (high >> 32, (high >> 16) & 0xffff, high & 0xffff);
    format!("{first:08x}-{second:04x}-{third:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)
}

fn list(value: &Value) -> Result<&Vec<Value>, EvaluationError> {
    value.as_array().ok_or_else(|| EvaluationError::intrinsic(format!("{value} is not an array")))
}

fn text(value: &Value) -> Result<&str, EvaluationError> {
    value.as_str().ok_or_else(|| EvaluationError::intrinsic(format!("{value} is not a string")))
}

fn short_text(value: &Value) -> Result<&str, EvaluationError> {
    let text = text(value)?;
    check_length(text)?;
    Ok(text)
}

fn check_length(text: &str) -> Result<(), EvaluationError> {
    if text.chars().count() <= TEXT_CHARACTERS_MAX {
        return Ok(());
    }
    Err(EvaluationError::intrinsic(format!("the text is longer than {TEXT_CHARACTERS_MAX} characters")))
}

/// A whole number; fractions are rounded half up, as recorded from the service (-2.5 becomes -2).
fn integer(value: &Value) -> Result<i64, EvaluationError> {
    let wrong = || EvaluationError::intrinsic(format!("{value} is not a number in range"));
    if let Some(whole) = value.as_i64() {
        return Ok(whole);
    }
    let number = value.as_f64().ok_or_else(wrong)?;
    let rounded = (number + 0.5).floor();
    // Beyond 2^53 a float cannot name every whole number.
    if rounded.abs() <= 9_007_199_254_740_992.0 { Ok(rounded as i64) } else { Err(wrong()) }
}

/// Equality by value: 1 and 1.0 are the same number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len() && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

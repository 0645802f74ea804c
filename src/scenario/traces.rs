//! Recorded arrivals out of CSV files.

use crate::kernel::{SECOND, Time};
use crate::reader::{Code, Diagnostics, FileSystem, Sources, load::beside};
use crate::workload::config::Trace;

/// Rows of a trace: a time and how many arrive then, or within the bin that begins then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub rows: Vec<(Time, u64)>,
    /// Width of a bin, when rows are counts.
    pub spread: Option<Time>,
}

/// A trace may hold so many rows.
const ROWS_MAX: usize = 20_000_000;

/// Reads a trace; what is wrong goes to the diagnostics.
pub fn read(trace: &Trace, files: &dyn FileSystem, sources: &Sources, diagnostics: &mut Diagnostics) -> Option<Recorded> {
    let path = beside(sources, trace.file.span, &trace.file.value);
    let text = match files.read(&path) {
        Ok(text) => text,
        Err(error) => {
            diagnostics.error(trace.file.span, Code::Include, format!("the trace `{}` cannot be read: {error}", path.display()));
            return None;
        }
    };
    match parse(trace, &text) {
        Ok(recorded) => Some(recorded),
        Err(message) => {
            let hint = "a trace is CSV: a row per arrival with its time (a number, or RFC 3339), or a row per bin of `unit` with \
                        its time and a count";
            diagnostics.error(trace.file.span, Code::InvalidValue, message).hint(hint);
            None
        }
    }
}

fn parse(trace: &Trace, text: &str) -> Result<Recorded, String> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(trace.header).trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let headers = if trace.header { Some(reader.headers().map_err(|error| error.to_string())?.clone()) } else { None };
    let column = |name: &str| -> Result<usize, String> {
        if let Some(place) =
            headers.as_ref().and_then(|headers| headers.iter().position(|header| header.trim_start_matches('\u{feff}') == name))
        {
            return Ok(place);
        }
        name.parse().map_err(|_| {
            let known = headers
                .as_ref()
                .map_or_else(String::new, |headers| format!("; columns: {}", headers.iter().collect::<Vec<_>>().join(", ")));
            format!("the trace has no column `{name}`{known}")
        })
    };
    let time = column(&trace.time)?;
    let count = trace.count.as_deref().map(column).transpose()?;
    let unit = trace.unit.map_or(SECOND, |unit| unit.0);
    let mut rows = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let line = index + 1 + usize::from(trace.header);
        let record = record.map_err(|error| format!("line {line}: {error}"))?;
        let at = instant(record.get(time).unwrap_or(""), unit)
            .ok_or_else(|| format!("line {line}: no time in column `{}`", trace.time))?;
        let many = match count {
            Some(column) => {
                whole(record.get(column).unwrap_or("")).ok_or_else(|| format!("line {line}: the count is not a whole number"))?
            }
            None => 1,
        };
        rows.push((at, many));
        if rows.len() > ROWS_MAX {
            return Err(format!("the trace has more than {ROWS_MAX} rows"));
        }
    }
    if rows.is_empty() {
        return Err("the trace has no rows".to_string());
    }
    rows.sort_by_key(|row| row.0);
    let first = rows[0].0;
    let rows = rows.into_iter().map(|(at, many)| ((at - first) as Time, many)).collect();
    Ok(Recorded { rows, spread: count.map(|_| unit) })
}

/// A time as nanoseconds from some origin: a number of units, or an RFC 3339 time stamp.
fn instant(text: &str, unit: Time) -> Option<i128> {
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some((number * unit as f64) as i128);
    }
    time_stamp(text)
}

fn whole(text: &str) -> Option<u64> {
    let number: f64 = text.parse().ok()?;
    (number >= 0.0 && number.fract() == 0.0).then_some(number as u64)
}

/// `2023-11-16 18:15:46.6805900`, with `T` or a space, with or without a zone.
fn time_stamp(text: &str) -> Option<i128> {
    let (date, clock) = text.split_once(['T', ' '])?;
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let (clock, ahead) = match clock.rfind(['+', '-']) {
        Some(place) => (&clock[..place], zone(&clock[place..])?),
        None => (clock.trim_end_matches(['Z', 'z']), 0),
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (parts.next()?.parse::<i64>().ok()?, parts.next()?.parse::<i64>().ok()?);
    let seconds: f64 = parts.next().unwrap_or("0").parse().ok()?;
    // Days from the civil calendar (proleptic Gregorian).
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let whole = i128::from(days) * 86_400 + i128::from(hour) * 3_600 + i128::from(minute) * 60 - i128::from(ahead);
    Some(whole * i128::from(SECOND) + (seconds * SECOND as f64) as i128)
}

/// Seconds that a zone such as `-05:00` is ahead of universal time.
fn zone(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text[1..].split_once(':').unwrap_or((&text[1..], "0"));
    Some(sign * (hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60))
}

#[cfg(test)]
mod tests {
    use super::{Recorded, Trace, parse};
    use crate::kernel::SECOND;
    use crate::reader::Spanned;
    use crate::units::Duration;

    fn trace(time: &str, count: Option<&str>, unit: Option<Duration>) -> Trace {
        let file = Spanned { value: String::new(), span: crate::reader::Span::default() };
        Trace { file, header: true, time: time.into(), unit, count: count.map(Into::into) }
    }

    #[test]
    fn times_and_counts_are_read() {
        let stamps =
            parse(&trace("TIMESTAMP", None, None), "TIMESTAMP,x\n2023-11-16 18:15:46.5,1\n2023-11-16 18:15:48,2\n").unwrap();
        assert_eq!(stamps, Recorded { rows: vec![(0, 1), (3 * SECOND / 2, 1)], spread: None });
        let zones = parse(
            &trace("at", None, None),
            "at\n2024-02-29T23:59:59-05:00\n2024-03-01T05:00:00Z\n2024-03-01T06:00:01+01:00\n2024-03-01T05:00:02+00\n",
        );
        assert_eq!(zones.unwrap().rows, [0, 1, 2, 3].map(|second| (second * SECOND, 1)));
        let counts =
            parse(&trace("period", Some("count"), Some(Duration::seconds(60))), "period,count\n7,10\n8,0\n9,3\n").unwrap();
        assert_eq!(counts, Recorded { rows: vec![(0, 10), (60 * SECOND, 0), (120 * SECOND, 3)], spread: Some(60 * SECOND) });
        let missing = parse(&trace("nope", None, None), "a,b\n1,2\n").unwrap_err();
        assert!(missing.contains("no column `nope`; columns: a, b"), "{missing}");
        assert!(parse(&trace("a", None, None), "a,b\nx,2\n").unwrap_err().starts_with("line 2: no time"));
    }
}

//! Reading and printing of every unit.

use super::{Bytes, Count, Duration, Money, Number, Quantity, Rate, Share, UnitErrorKind};

#[test]
fn durations_read_exactly_and_print_shortest() {
    let cases: &[(&str, u64, &str)] = &[
        ("0", 0, "0 s"),
        ("30 s", 30_000_000_000, "30 s"),
        ("1.991 s", 1_991_000_000, "1.991 s"),
        ("0.1ms", 100_000, "100 us"),
        ("7ns", 7, "7 ns"),
        ("1.5 us", 1_500, "1.5 us"),
        ("10 min", 600_000_000_000, "10 min"),
        ("90 s", 90_000_000_000, "90 s"),
        ("60 s", 60_000_000_000, "1 min"),
        ("730 h", 2_628_000_000_000_000, "730 h"),
        ("2 d", 172_800_000_000_000, "2 d"),
        ("0.000000001 s", 1, "1 ns"),
        ("1e3 ms", 1_000_000_000, "1 s"),
        ("12345678901 ns", 12_345_678_901, "12.345678901 s"),
        ("1_000 s", 1_000_000_000_000, "1000 s"),
    ];
    for (text, nanos, printed) in cases {
        let read: Duration = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read.0, *nanos, "{text}");
        assert_eq!(read.to_string(), *printed, "{text}");
        assert_eq!(printed.parse(), Ok(read), "{printed} reads back");
    }
}

#[test]
fn sizes_count_in_steps_of_1024() {
    let cases: &[(&str, u64, &str)] = &[
        ("512 MB", 536_870_912, "512 MB"),
        ("256 KB", 262_144, "256 KB"),
        ("1.5 KB", 1_536, "1.5 KB"),
        ("350 B", 350, "350 B"),
        ("1000 B", 1_000, "1000 B"),
        ("10 GiB", 10_737_418_240, "10 GB"),
        ("1 TB", 1_099_511_627_776, "1 TB"),
        ("0", 0, "0 B"),
    ];
    for (text, bytes, printed) in cases {
        let read: Bytes = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((read.0, read.to_string().as_str()), (*bytes, *printed), "{text}");
        assert_eq!(printed.parse(), Ok(read), "{printed} reads back");
    }
}

#[test]
fn rates_print_in_the_unit_they_were_meant_in() {
    let cases: &[(&str, u64, &str)] = &[
        ("200/s", 200_000_000_000, "200/s"),
        ("0.9/s", 900_000_000, "0.9/s"),
        ("5/min", 83_333_333, "5/min"),
        ("10/h", 2_777_778, "10/h"),
        ("1/d", 11_574, "1/d"),
        ("0.5/h", 138_889, "0.5/h"),
        ("24/d", 277_778, "1/h"),
        ("7 / min", 116_666_667, "7/min"),
        ("0", 0, "0/s"),
        ("60/min", 1_000_000_000, "1/s"),
    ];
    for (text, parts, printed) in cases {
        let read: Rate = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((read.0, read.to_string().as_str()), (*parts, *printed), "{text}");
        assert_eq!(printed.parse(), Ok(read), "{printed} reads back");
    }
}

#[test]
fn shares_counts_numbers_and_money() {
    assert_eq!("0.5%".parse(), Ok(Share(0.005)));
    assert_eq!("0.005".parse(), Ok(Share(0.005)));
    assert_eq!(Share(0.07).to_string(), "7%");
    assert_eq!(Share(1.0 / 3.0).to_string(), "33.33333333333333%");
    assert_eq!("1_000_000".parse(), Ok(Count(1_000_000)));
    assert_eq!("-2.5".parse(), Ok(Number(-2.5)));
    for (text, pico, printed) in [
        ("0.0000002 USD", 200_000, "0.0000002 USD"),
        ("$20", 20_000_000_000_000, "20 USD"),
        ("0.2", 200_000_000_000, "0.2 USD"),
        ("-1.25 USD", -1_250_000_000_000, "-1.25 USD"),
        ("0.00000000208 USD", 2_080, "0.00000000208 USD"),
    ] {
        assert_eq!(text.parse(), Ok(Money(pico)), "{text}");
        assert_eq!(Money(pico).to_string(), printed);
    }
}

#[test]
fn mistakes_say_what_to_write() {
    let duration = |text: &str| text.parse::<Duration>().map(|_| ()).unwrap_err();
    let cases = [
        (duration("5"), UnitErrorKind::Unit, "a duration needs a unit (write it like `30 s`)"),
        (duration("5 sec"), UnitErrorKind::Unit, "there is no unit `sec` (did you mean `s`?)"),
        (duration("5 MB"), UnitErrorKind::Unit, "expected a duration, found a size (write it like `30 s`)"),
        (
            duration("0.5 ns"),
            UnitErrorKind::Range,
            "`0.5 ns` is not a whole number of nanoseconds (a nanosecond is the finest step)",
        ),
        (duration("-1 s"), UnitErrorKind::Range, "a duration cannot be negative"),
        (duration("900000 d"), UnitErrorKind::Range, "a duration can be at most 584 years"),
        (duration("soon"), UnitErrorKind::Syntax, "`soon` is not a quantity (start with a number)"),
        (duration(""), UnitErrorKind::Syntax, "`` is not a quantity (start with a number)"),
        ("512".parse::<Bytes>().unwrap_err(), UnitErrorKind::Unit, "a size needs a unit (write it like `256 KB`)"),
        (
            "0.1 KB".parse::<Bytes>().unwrap_err(),
            UnitErrorKind::Range,
            "`0.1 KB` is not a whole number of bytes (a byte is the finest step)",
        ),
        ("200".parse::<Rate>().unwrap_err(), UnitErrorKind::Unit, "a rate needs a unit (write it like `200/s`)"),
        ("5".parse::<Share>().unwrap_err(), UnitErrorKind::Range, "a share lies between 0 and 1, that is 0% and 100% (`5%`?)"),
        ("1.5".parse::<Count>().unwrap_err(), UnitErrorKind::Range, "expected a whole number"),
        (
            "99999999999999999999999999999999999999999 s".parse::<Duration>().unwrap_err(),
            UnitErrorKind::Range,
            "`99999999999999999999999999999999999999999` has too many digits",
        ),
    ];
    for (error, kind, text) in cases {
        assert_eq!((error.kind, error.to_string().as_str()), (kind, text));
    }
}

#[test]
fn other_formats_read_and_write_text() {
    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    struct Config {
        timeout: Duration,
        memory: Bytes,
        rate: Rate,
        share: Share,
        count: Count,
        price: Money,
        factor: Number,
    }
    let text =
        r#"{"timeout":"30 s","memory":"512 MB","rate":"200/s","share":"0.5%","count":"7","price":"20 USD","factor":"1.5"}"#;
    let config: Config = serde_json::from_str(text).expect("it reads");
    assert_eq!(config.timeout, Duration::seconds(30));
    assert_eq!(serde_json::to_string(&config).expect("it writes"), text);
    assert_eq!(serde_json::from_str::<Share>("0.25").expect("a number"), Share(0.25));
    assert_eq!(serde_json::from_str::<Duration>("0").expect("nought needs no unit"), Duration(0));
    assert!(serde_json::from_str::<Duration>("5").is_err(), "other numbers do");
}

#[test]
fn every_unit_has_a_schema_that_describes_it() {
    let schema = serde_json::to_value(schemars::schema_for!(Duration)).expect("JSON");
    assert_eq!(schema["anyOf"][0]["type"], "string");
    assert!(schema["anyOf"][0]["pattern"].as_str().is_some_and(|pattern| pattern.contains("min|h|d")));
    assert!(schema["description"].as_str().is_some_and(|text| text.contains("30 s")));
}

#[test]
fn arithmetic_keeps_dimensions_apart() {
    let quantity = |text: &str| Quantity::parse(text).expect("a literal");
    let product = quantity("200/s").times(quantity("30 s")).and_then(Quantity::to_count);
    assert_eq!(product, Ok(Count(6_000)));
    assert_eq!(quantity("10 s").over(quantity("3")).and_then(Quantity::to_duration), Ok(Duration(3_333_333_333)));
    let error = quantity("1 s").plus(quantity("1 KB")).unwrap_err();
    assert_eq!(error.message, "a duration cannot be added to a size");
    assert_eq!(quantity("1 s").over(quantity("0")).unwrap_err().message, "division by zero");
}

//! What expressions evaluate to, and which part of them is blamed.

use super::{Parameter, Parameters, evaluate, evaluate_parameters};
use crate::reader::diagnostics::Diagnostics;
use crate::reader::sources::Sources;
use crate::reader::tree::parse;
use crate::units::{Quantity, UnitErrorKind};

fn parameters() -> Parameters {
    let known = |text: &str| Parameter::Known(Quantity::parse(text).expect("a literal"));
    [("timeout", known("10 s")), ("rate", known("200/s")), ("batch", known("10")), ("bad", Parameter::Broken)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[test]
fn arithmetic_with_units() {
    let cases = [
        ("6 * timeout + 1 s", "61 s"),
        ("timeout*6+1s", "61 s"),
        ("(timeout + 2 s) / 4", "3 s"),
        ("10 s - 2 s - 3 s", "5 s"),
        ("12 s / 2 / 3", "2 s"),
        ("-(1 s) + 3 s", "2 s"),
        ("1 s + 2 * 3 s", "7 s"),
        ("rate * 1 min", "12000"),
        ("200/s", "200/s"),
        ("5 / min", "5/min"),
        ("5/min(2, 5)", "2.5"),
        ("min(timeout, 3 s, 1 min)", "3 s"),
        ("max(1, batch, 7)", "10"),
        ("10 / rate", "0.05 s"),
        ("512 MB / 2", "256 MB"),
        ("100 MB/s * 2 s", "200 MB"),
        ("50% * batch", "5"),
        ("$3 * 2", "6 USD"),
        ("1e3 ms", "1 s"),
        ("1_000", "1000"),
        ("  timeout  ", "10 s"),
    ];
    for (text, expected) in cases {
        let expected = Quantity::parse(expected).expect("a literal");
        assert_eq!(evaluate(text, &parameters()), Ok(expected), "{text}");
    }
}

#[test]
fn mistakes_blame_the_part_that_causes_them() {
    use UnitErrorKind::{Range, Reported, Syntax, Unit, UnknownName};
    let cases = [
        ("timeout + batch", Unit, "a duration cannot be added to a plain number", "timeout + batch"),
        ("2 * (timeout - 1 KB)", Unit, "a size cannot be subtracted from a duration", "timeout - 1 KB"),
        ("min(1 s, 2)", Unit, "a duration cannot be compared with a plain number", "min(1 s, 2"),
        ("1 + timeot", UnknownName, "there is no parameter `timeot`", "timeot"),
        ("3 secs * 2", Unit, "there is no unit `secs`", "secs"),
        ("sum(1, 2)", Syntax, "there is no function `sum`", "sum"),
        ("1 / (2 - 2)", Range, "division by zero", "1 / (2 - 2)"),
        ("1 s 2", Syntax, "`2` was not expected here", "2"),
        ("(1 + 2", Syntax, "the expression ends too early", "(1 + 2"),
        ("1 + * 2", Syntax, "`*` was not expected here", "*"),
        ("", Syntax, "the expression ends too early", ""),
        ("0.5 ns * 4", Range, "`0.5 ns` is not a whole number of nanoseconds", "0.5 ns"),
        ("bad + 1", Reported, "already reported", "bad"),
        ("é", UnknownName, "there is no parameter `é`", "é"),
    ];
    for (text, kind, message, blamed) in cases {
        let error = evaluate(text, &parameters()).expect_err(text);
        let range = error.range.unwrap_or((0, text.len()));
        assert_eq!((error.kind, error.message.as_str(), &text[range.0..range.1]), (kind, message, blamed), "{text}");
    }
}

#[test]
fn nesting_and_length_are_bounded() {
    let deep = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
    for text in [deep, "-".repeat(900) + "1", "(".repeat(900)] {
        assert_eq!(evaluate(&text, &parameters()).map_err(|error| error.kind), Err(UnitErrorKind::Syntax));
    }
    let product = "99999999999 * ".repeat(20) + "1";
    assert_eq!(evaluate(&product, &parameters()).map_err(|error| error.kind), Err(UnitErrorKind::Range));
}

#[test]
fn parameters_refer_to_one_another_in_any_order() {
    let evaluated = |text: &str| {
        let mut sources = Sources::new();
        let file = sources.add("s.yaml", text);
        let mut diagnostics = Diagnostics::new();
        let map = parse(text, file, &mut diagnostics).expect("it parses");
        let parameters = evaluate_parameters(&map, &mut diagnostics);
        (parameters, diagnostics.render(&sources, false))
    };
    let (parameters, messages) = evaluated("{ b: 2 * a, a: c + 1 s, c: 500 ms, share: 0.5%, one: 1 }");
    assert_eq!(messages, "");
    assert_eq!(parameters.get("b"), Some(&Parameter::Known(Quantity::parse("3 s").expect("a literal"))));
    assert_eq!(parameters.keys().map(String::as_str).collect::<Vec<_>>(), ["b", "a", "c", "share", "one"]);

    let (parameters, messages) = evaluated("{ a: b, b: c, c: a, late: 2 * a, s: 1, my-name: 2, list: [1] }");
    let titles: Vec<&str> = messages.lines().filter(|line| line.starts_with("error")).collect();
    let expected = [
        "error[expression]: the parameters refer to one another in a circle: a -> b -> c -> a",
        "error[expression]: `s` is a unit or a function and cannot name a parameter",
        "error[expression]: `my-name` cannot name a parameter",
        "error[wrong-type]: a parameter is a quantity or an expression, found a list",
    ];
    assert_eq!(titles, expected);
    assert_eq!(parameters.get("late"), Some(&Parameter::Broken));

    let chain: Vec<String> = (0..5_000).map(|number| format!("p{number}: p{} + 1\n", number + 1)).collect();
    assert!(evaluated(&(chain.concat() + "p5000: 1\n")).1.contains("more than 32 deep"));
}

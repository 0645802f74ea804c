//! Each operator on values that it accepts and on near misses.

use super::{assert_verdicts, json, pattern};

/// Alternatives of a field, values it accepts, values it does not.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

fn assert_rows(rows: &[Row]) {
    for (alternatives, accepted, refused) in rows {
        let pattern = pattern(&format!(r#"{{"a": {alternatives}}}"#));
        for value in *accepted {
            let event = json(&format!(r#"{{"a": {value}}}"#));
            assert!(pattern.matches(&event), "{alternatives} must accept {value}");
        }
        for value in *refused {
            let event = json(&format!(r#"{{"a": {value}}}"#));
            assert!(!pattern.matches(&event), "{alternatives} must refuse {value}");
        }
    }
}

#[test]
fn exact_values() {
    assert_rows(&[
        (r#"["x"]"#, &[r#""x""#], &[r#""X""#, r#""xx""#, r#""""#, "null", "{}", r#"{"x": 1}"#]),
        (r#"["x", "y"]"#, &[r#""x""#, r#""y""#], &[r#""z""#]),
        (r#"[""]"#, &[r#""""#], &["null", r#"" ""#, "[]"]),
        ("[null]", &["null", "[1, null]"], &[r#""null""#, "0", "false", r#""""#]),
        ("[true]", &["true"], &["false", r#""true""#, "1"]),
        ("[false]", &["false"], &["true", "null", "0"]),
        (r#"["1"]"#, &[r#""1""#], &["1", r#""1.0""#]),
        (r#"[{"exactly": "x"}]"#, &[r#""x""#], &[r#""X""#]),
    ]);
}

#[test]
fn numbers_are_equal_by_value() {
    assert_rows(&[
        ("[1]", &["1", "1.0", "1e0", "10e-1"], &["2", "1.000001", r#""1""#, "true"]),
        ("[1.0]", &["1", "1e0"], &["-1"]),
        ("[300]", &["300.0", "3.0e2"], &["30"]),
        ("[0]", &["0.0", "-0.0"], &["1e-9"]),
        ("[-2.5]", &["-25e-1"], &["2.5"]),
        ("[9007199254740992]", &["9007199254740992", "9007199254740992.0"], &["9007199254740993"]),
        // Above 2^53 numbers are equal only as integers, not by their doubles.
        ("[9007199254740993]", &["9007199254740993"], &["9007199254740992", "9007199254740994"]),
        ("[18446744073709551615]", &["18446744073709551615"], &["18446744073709551614"]),
        ("[-9223372036854775808]", &["-9223372036854775808"], &["-9223372036854775807"]),
    ]);
}

#[test]
fn prefix_and_suffix() {
    assert_rows(&[
        (r#"[{"prefix": "ab"}]"#, &[r#""ab""#, r#""abc""#], &[r#""Ab""#, r#""a""#, r#""cab""#, "1"]),
        (r#"[{"prefix": ""}]"#, &[r#""""#, r#""x""#], &["1", "null"]),
        (r#"[{"prefix": "1"}]"#, &[r#""12""#], &["12"]),
        (r#"[{"suffix": "ab"}]"#, &[r#""ab""#, r#""cab""#], &[r#""aB""#, r#""b""#, r#""abc""#]),
        (r#"[{"suffix": ""}]"#, &[r#""""#, r#""x""#], &["1"]),
        (r#"[{"prefix": {"equals-ignore-case": "aB"}}]"#, &[r#""ab""#, r#""ABc""#], &[r#""a""#, r#""cab""#, "null"]),
        (r#"[{"suffix": {"equals-ignore-case": ".PnG"}}]"#, &[r#""x.png""#, r#""X.PNG""#], &[r#""png""#, r#""x.png ""#]),
    ]);
}

#[test]
fn equals_ignoring_case() {
    assert_rows(&[
        (r#"[{"equals-ignore-case": "aLice"}]"#, &[r#""alice""#, r#""ALICE""#], &[r#""alic""#, r#""alices""#, "1"]),
        (r#"[{"equals-ignore-case": ""}]"#, &[r#""""#], &[r#""a""#, "null"]),
        (r#"[{"equals-ignore-case": "ÄÖ"}]"#, &[r#""äö""#, r#""Äö""#], &[r#""ao""#]),
        (r#"[{"equals-ignore-case": "ⱥb"}]"#, &[r#""ȺB""#], &[r#""ab""#]),
        (r#"[{"equals-ignore-case": "straße"}]"#, &[r#""STRASSE""#, r#""Straße""#], &[r#""strase""#]),
        // Outside the first plane there is no folding.
        (r#"[{"equals-ignore-case": "𐐀"}]"#, &[r#""𐐀""#], &[r#""𐐨""#]),
        (r#"[{"suffix": {"equals-ignore-case": "ß"}}]"#, &[r#""maSS""#, r#""maß""#], &[r#""mas""#]),
    ]);
}

#[test]
fn wildcards() {
    assert_rows(&[
        (r#"[{"wildcard": ""}]"#, &[r#""""#], &[r#""a""#, "null"]),
        (r#"[{"wildcard": "*"}]"#, &[r#""""#, r#""a""#, r#""a/b""#], &["1", "null", "true"]),
        (r#"[{"wildcard": "abc"}]"#, &[r#""abc""#], &[r#""abcd""#, r#""ABC""#]),
        (r#"[{"wildcard": "a*"}]"#, &[r#""a""#, r#""ab""#], &[r#""ba""#, r#""""#]),
        (r#"[{"wildcard": "*a"}]"#, &[r#""a""#, r#""ba""#], &[r#""ab""#]),
        (r#"[{"wildcard": "ab*ba"}]"#, &[r#""abba""#, r#""ab-ba""#], &[r#""aba""#]),
        (r#"[{"wildcard": "*a*b*"}]"#, &[r#""ab""#, r#""xaybz""#, r#""aab""#], &[r#""ba""#, r#""a""#, r#""b""#]),
        (r#"[{"wildcard": "a*bc*c"}]"#, &[r#""abcc""#, r#""a-bc-c""#], &[r#""abc""#]),
        (r#"[{"wildcard": "a\\*b"}]"#, &[r#""a*b""#], &[r#""ab""#, r#""axb""#, r#""a\\*b""#]),
        (r#"[{"wildcard": "a\\\\*"}]"#, &[r#""a\\""#, r#""a\\x""#], &[r#""a*""#]),
        (r#"[{"wildcard": "*ö*"}]"#, &[r#""schön""#], &[r#""schon""#]),
    ]);
}

#[test]
fn wildcards_take_linear_time() {
    // Backtracking would take longer than the test may run.
    let pattern = pattern(r#"{"a": [{"wildcard": "*ab*ab*ab*ab*x"}]}"#);
    let text = "ab".repeat(500_000);
    let event = json(&format!(r#"{{"a": "{text}"}}"#));
    assert!(!pattern.matches(&event));
    let event = json(&format!(r#"{{"a": "{text}x"}}"#));
    assert!(pattern.matches(&event));
}

#[test]
fn anything_but() {
    assert_rows(&[
        (
            r#"[{"anything-but": "x"}]"#,
            &[r#""y""#, r#""X""#, "1", "null", "true", r#"["x", "y"]"#],
            &[r#""x""#, r#"["x"]"#, "[]", "{}"],
        ),
        (r#"[{"anything-but": ["x", "y"]}]"#, &[r#""z""#], &[r#""x""#, r#""y""#]),
        ("[{\"anything-but\": 1}]", &["2", r#""1""#, "null"], &["1", "1.0", "1e0"]),
        ("[{\"anything-but\": [1, 2]}]", &["3", "[1, 3]"], &["1", "2.0", "[1, 2]"]),
        (r#"[{"anything-but": {"prefix": "ab"}}]"#, &[r#""ba""#, "1"], &[r#""abc""#]),
        (r#"[{"anything-but": {"prefix": ["a", "b"]}}]"#, &[r#""c""#], &[r#""ax""#, r#""bx""#]),
        (r#"[{"anything-but": {"suffix": "ab"}}]"#, &[r#""aba""#], &[r#""cab""#]),
        (r#"[{"anything-but": {"suffix": ["a", "b"]}}]"#, &[r#""ac""#], &[r#""xa""#, r#""xb""#]),
        (r#"[{"anything-but": {"equals-ignore-case": ["a", ""]}}]"#, &[r#""b""#], &[r#""A""#, r#""""#]),
        (r#"[{"anything-but": {"wildcard": "*/lib/*"}}]"#, &[r#""/bin/x""#, "null"], &[r#""/lib/x""#]),
        (r#"[{"anything-but": {"wildcard": ["*a*", "b"]}}]"#, &[r#""bb""#], &[r#""cac""#, r#""b""#]),
        // An excluded text is compared as text even when it is an address.
        (r#"[{"anything-but": "10.0.0.1"}]"#, &[r#""10.0.0.01""#], &[r#""10.0.0.1""#]),
    ]);
}

#[test]
fn numeric() {
    assert_rows(&[
        (r#"[{"numeric": ["=", 5]}]"#, &["5", "5.0"], &["5.000001", r#""5""#, "null"]),
        (r#"[{"numeric": ["<", 5]}]"#, &["4.999999", "-1e9"], &["5", "6", r#""4""#]),
        (r#"[{"numeric": ["<=", 5]}]"#, &["5"], &["5.1"]),
        (r#"[{"numeric": [">", 5]}]"#, &["5.1", "9007199254740992"], &["5", "9007199254740993"]),
        (r#"[{"numeric": [">=", 5]}]"#, &["5"], &["4.9", "true"]),
        (r#"[{"numeric": [">", 0, "<=", 5]}]"#, &["0.1", "5"], &["0", "5.1"]),
        (r#"[{"numeric": [">=", 0, "<", 5]}]"#, &["0", "4.9", "-0.0"], &["5", "-0.1"]),
        (r#"[{"numeric": ["=", 0.3]}]"#, &["0.3", "3e-1"], &["0.30000000000000004"]),
    ]);
}

#[test]
fn exists() {
    assert_rows(&[
        (
            r#"[{"exists": true}]"#,
            &["1", r#""""#, "null", "false", "[1]", "[[null]]"],
            &["{}", r#"{"b": 1}"#, "[]", "[{}]", r#"[{"b": 1}]"#],
        ),
        (
            r#"[{"exists": false}]"#,
            &["{}", r#"{"b": 1}"#, "[]", r#"[{"b": 1}]"#],
            &["1", "null", r#""""#, "[[1]]", r#"[{"b": 1}, 2]"#],
        ),
        (r#"["x", {"exists": false}]"#, &[r#""x""#, "{}"], &[r#""y""#]),
    ]);
    assert_verdicts(&[
        (r#"{"a": [{"exists": false}]}"#, "{}", true),
        (r#"{"a": {"b": [{"exists": false}]}}"#, r#"{"a": 1}"#, true),
        (r#"{"a": {"b": [{"exists": false}]}}"#, "{}", true),
        (r#"{"a": {"b": [{"exists": true}]}}"#, r#"{"a": {"b": 0}}"#, true),
        (r#"{"a": {"b": [{"exists": true}]}}"#, r#"{"a": {"c": 0}}"#, false),
        (r#"{"a": ["x", {"exists": false}]}"#, "{}", true),
        (r#"{"a": [{"anything-but": "x"}]}"#, "{}", false),
    ]);
}

#[test]
fn addresses() {
    assert_rows(&[
        (
            r#"[{"cidr": "10.0.0.0/24"}]"#,
            &[r#""10.0.0.0""#, r#""10.0.0.255""#, r#""010.0.0.1""#],
            &[r#""10.0.1.0""#, r#""9.255.255.255""#, r#""10.0.0.256""#, r#""10.0.0""#, "10", r#""x""#, r#""10.0.0.1/32""#],
        ),
        // The range is that of the network, whichever of its addresses is written.
        (r#"[{"cidr": "10.0.0.77/24"}]"#, &[r#""10.0.0.1""#], &[r#""10.0.1.77""#]),
        (r#"[{"cidr": "0.0.0.0/0"}]"#, &[r#""255.1.2.3""#], &[r#""::1""#]),
        (r#"[{"cidr": "10.0.0.0/31"}]"#, &[r#""10.0.0.1""#], &[r#""10.0.0.2""#]),
        (r#"[{"cidr": "2001:db8::/32"}]"#, &[r#""2001:db8::1""#, r#""2001:DB8:ffff::""#], &[r#""2001:db9::""#, r#""10.0.0.1""#]),
        (r#"["10.0.0.1"]"#, &[r#""10.0.0.1""#, r#""10.0.0.001""#, r#""::ffff:a00:1""#], &[r#""10.0.0.2""#]),
        (r#"["::1"]"#, &[r#""0:0:0:0:0:0:0:1""#], &[r#""::2""#, r#""1""#]),
    ]);
}

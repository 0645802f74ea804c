//! Paths, placing results and intrinsic functions, case by case.

use serde_json::{Value, json};

use super::super::errors::{INTRINSIC_FAILURE, RESULT_PATH_MATCH_FAILURE, RUNTIME};
use super::super::{Call, Path};
use super::with_scope;

fn book_store() -> Value {
    json!({
        "books": [
            { "title": "A", "price": 8.5, "tags": ["x", "y"], "isbn": "1" },
            { "title": "B", "price": 12, "tags": [] },
            { "title": "C", "price": 30, "tags": ["y"], "isbn": "3" }
        ],
        "limit": 12, "test-run": { "a b": 1, "c.d": 2 }, "numbers": [0, 1, 2, 3, 4, 5], "nothing": null
    })
}

fn find(path: &str, input: &Value) -> Option<Value> {
    let context = json!({ "State": { "Name": "Here" }, "Map": { "Item": { "Index": 3 } } });
    let variables = json!({ "order": { "id": 7 } });
    let path = Path::parse(path).unwrap_or_else(|message| panic!("{path}: {message}"));
    with_scope(&context, &variables, |scope| path.find(input, scope).map(std::borrow::Cow::into_owned))
}

#[test]
fn paths_name_places() {
    let cases = [
        ("$.limit", json!(12)),
        ("$.nothing", json!(null)),
        ("$['limit']", json!(12)),
        ("$.test-run['a b']", json!(1)),
        ("$.test-run.['a b']", json!(1)),
        (r"$.test-run.c\.d", json!(2)),
        ("$[\"test-run\"][\"c.d\"]", json!(2)),
        ("$.books[1].title", json!("B")),
        ("$.books.[1].title", json!("B")),
        ("$.books[-1].title", json!("C")),
        ("$$.State.Name", json!("Here")),
        ("$order.id", json!(7)),
        ("$.test-run['a b','c.d']", json!({ "a b": 1, "c.d": 2 })),
        ("$.books[*].title", json!(["A", "B", "C"])),
        ("$..title", json!(["A", "B", "C"])),
        ("$.books..tags[0]", json!(["x", "y"])),
        ("$.numbers[1:3]", json!([1, 2])),
        ("$.numbers[-2:]", json!([4, 5])),
        ("$.numbers[:-4]", json!([0, 1])),
        ("$.numbers[0:6:2]", json!([0, 2, 4])),
        ("$.numbers[9:]", json!([])),
        ("$.numbers[0,-1,9]", json!([0, 5])),
        ("$.books[*].isbn", json!(["1", "3"])),
        ("$.books[?(@.isbn)].title", json!(["A", "C"])),
        ("$.books[?(!@.isbn)].title", json!(["B"])),
        ("$.books[?(@.price > 10)].title", json!(["B", "C"])),
        ("$.books[?(@.price <= $.limit)].title", json!(["A", "B"])),
        ("$.books[?(@.price > 10 && @.isbn == '3')].title", json!(["C"])),
        ("$.books[?(@.price < 9 || (@.title == \"C\" && @.price >= 30))].title", json!(["A", "C"])),
        ("$.books[?(@.title in ['A', 'B'])].price", json!([8.5, 12])),
        ("$.books[?(@.title nin ['A', 'B'])].price", json!([30])),
        ("$.books[?(@.tags contains 'y')].title", json!(["A", "C"])),
        ("$.books[?(@.price == 12.0)].title", json!(["B"])),
        ("$.books[?(@.title > 1)].title", json!([])),
        ("$.books[?(@.title != 'A')].title", json!(["B", "C"])),
        ("$.numbers[?(@ > 1)]", json!([])),
    ];
    for (path, expected) in cases {
        assert_eq!(find(path, &book_store()), Some(expected), "{path}");
    }
    for path in ["$.absent", "$.books[3]", "$.books[-4]", "$.limit.x", "$.absent[*].x", "$absent", "$.books['title']"] {
        assert_eq!(find(path, &book_store()), None, "{path}");
    }
    assert_eq!(find("$.numbers[?(@.x)]", &json!({ "numbers": [] })), Some(json!([])));
}

#[test]
fn malformed_paths_are_refused() {
    let paths = [
        "",
        "a.b",
        ".a",
        "$.",
        "$..",
        "$...",
        "$.a b",
        "$.a[",
        "$.a[]",
        "$.a['b]",
        "$.a[b]",
        "$.list.length()",
        "$.a[?(@.b =~ /x/)]",
        "$.a[(@.length-1)]",
        "$.a[?()]",
        "$.a[1:2:0]",
        "$.a]",
        "$.a,",
        "$.a[?(@.b == )]",
        "States.UUID()",
    ];
    for path in paths {
        assert!(Path::parse(path).is_err(), "{path} was accepted");
    }
    let deep = format!("$[?{}@.a{}]", "(".repeat(5_000), ")".repeat(5_000));
    assert!(Path::parse(&deep).unwrap_err().contains("deep"));
}

#[test]
fn results_are_placed() {
    let cases = [
        ("$.x", json!({ "a": 1 }), json!({ "a": 1, "x": "R" })),
        ("$.a", json!({ "a": 1 }), json!({ "a": "R" })),
        ("$.x.y.z", json!({}), json!({ "x": { "y": { "z": "R" } } })),
        ("$.a[1]", json!({ "a": [1, 2] }), json!({ "a": [1, "R"] })),
        ("$.a[0].b", json!({ "a": [{}] }), json!({ "a": [{ "b": "R" }] })),
        ("$['x y']", json!({}), json!({ "x y": "R" })),
        ("$", json!([1]), json!("R")),
    ];
    for (path, input, expected) in cases {
        assert_eq!(Path::parse(path).unwrap().assign(input, json!("R")), Ok(expected), "{path}");
    }
    for (path, input) in [
        ("$.a.b", json!({ "a": 1 })),
        ("$.a", json!([])),
        ("$.a[2]", json!({ "a": [1, 2] })),
        ("$.a[0]", json!({})),
        ("$.a", json!("text")),
    ] {
        let error = Path::parse(path).unwrap().assign(input, json!("R")).unwrap_err();
        assert_eq!(error.name, RESULT_PATH_MATCH_FAILURE, "{path}");
    }
}

fn call(text: &str, input: &Value) -> Result<Value, &'static str> {
    let call = Call::parse(text).unwrap_or_else(|message| panic!("{text}: {message}"));
    with_scope(&json!({}), &json!({ "who": "Ann" }), |scope| call.evaluate(input, scope)).map_err(|error| error.name)
}

#[test]
fn functions_compute() {
    let input = json!({ "n": 3, "list": [1, 2, 2.0, "2", [1], [1.0]], "object": { "a": 1, "b": [1] }, "text": "{}" });
    let cases = [
        ("States.Format('{} and {}', $.n, 'two')", json!("3 and two")),
        ("States.Format('It\\'s \\{{}\\} \\\\ C:\\d', $who)", json!("It's {Ann} \\ C:\\d")),
        ("States.Format('{}', $.object)", json!("{\"a\":1,\"b\":[1]}")),
        ("States.Format('${Stage}-{}', true)", json!("${Stage}-true")),
        ("States.Format($.text, null)", json!("null")),
        ("States.Array()", json!([])),
        ("States.Array('a', 1, -2.5, null, $.n)", json!(["a", 1, -2.5, null, 3])),
        ("States.ArrayPartition($.list, 4)", json!([[1, 2, 2.0, "2"], [[1], [1.0]]])),
        ("States.ArrayContains($.list, 2.0)", json!(true)),
        ("States.ArrayContains($.list, 5)", json!(false)),
        ("States.ArrayUnique($.list)", json!([1, 2, "2", [1]])),
        ("States.ArrayRange(9, 1, -4)", json!([9, 5, 1])),
        ("States.ArrayRange(1, 0, 1)", json!([])),
        ("States.ArrayGetItem($.list, 3)", json!("2")),
        ("States.ArrayLength($.list)", json!(6)),
        ("States.Base64Encode('Data to encode')", json!("RGF0YSB0byBlbmNvZGU=")),
        ("States.Base64Decode('w6k=')", json!("é")),
        ("States.Hash('abc', 'MD5')", json!("900150983cd24fb0d6963f7d28e17f72")),
        ("States.Hash('abc', 'SHA-1')", json!("a9993e364706816aba3e25717850c26c9cd0d89d")),
        ("States.Hash('abc', 'SHA-256')", json!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        ("States.JsonMerge($.object, States.StringToJson('{\"b\":2,\"c\":3}'), false)", json!({ "a": 1, "b": 2, "c": 3 })),
        ("States.JsonToString($.object)", json!("{\"a\":1,\"b\":[1]}")),
        ("States.StringToJson('[-0, {\"z\": 1, \"a\": 2}]')", json!([0, { "z": 1, "a": 2 }])),
        ("States.StringSplit('a,b;;c', ',;')", json!(["a", "b", "c"])),
        ("States.MathAdd(States.MathAdd($.n, 1), -10)", json!(-6)),
        ("States.MathRandom(5, 6)", json!(5)),
    ];
    for (text, expected) in cases {
        assert_eq!(call(text, &input), Ok(expected), "{text}");
    }
    let sha = |bits: &str| call(&format!("States.Hash('abc', 'SHA-{bits}')"), &input).unwrap().to_string();
    assert!(sha("384").starts_with("\"cb00753f45a35e8bb5a03d699ac65007"));
    assert!(sha("512").starts_with("\"ddaf35a193617abacc417349ae204131"));
}

#[test]
fn functions_fail_by_name() {
    let input = json!({ "long": "x".repeat(10_001), "list": [1] });
    let cases = [
        ("States.Format('{} {}', 1)", INTRINSIC_FAILURE),
        ("States.Format('{}', 1, 2)", INTRINSIC_FAILURE),
        ("States.Format($.list)", INTRINSIC_FAILURE),
        ("States.ArrayGetItem($.list, 1)", INTRINSIC_FAILURE),
        ("States.ArrayGetItem($.list, -1)", INTRINSIC_FAILURE),
        ("States.ArrayPartition($.list, 0)", INTRINSIC_FAILURE),
        ("States.ArrayRange(0, 1000, 1)", INTRINSIC_FAILURE),
        ("States.ArrayRange(0, 5, 0)", INTRINSIC_FAILURE),
        ("States.ArrayLength('text')", INTRINSIC_FAILURE),
        ("States.Base64Encode($.long)", INTRINSIC_FAILURE),
        ("States.Base64Decode('***')", INTRINSIC_FAILURE),
        ("States.Hash('abc', 'SHA-3')", INTRINSIC_FAILURE),
        ("States.JsonMerge($, $, true)", INTRINSIC_FAILURE),
        ("States.JsonMerge($.list, $, false)", INTRINSIC_FAILURE),
        ("States.StringToJson('{')", INTRINSIC_FAILURE),
        ("States.MathAdd(9223372036854775807, 1)", INTRINSIC_FAILURE),
        ("States.MathAdd('1', 1)", INTRINSIC_FAILURE),
        ("States.MathRandom(5, 5)", INTRINSIC_FAILURE),
        ("States.Array($.absent)", RUNTIME),
    ];
    for (text, expected) in cases {
        assert_eq!(call(text, &input), Err(expected), "{text}");
    }
    assert_eq!(call("States.ArrayLength(States.ArrayRange(1, 1000, 1))", &input), Ok(json!(1_000)));
    let malformed = [
        "States.Nothing()",
        "States.UUID(1)",
        "States.Array(1",
        "States.Array(1,)",
        "States.Array(1) x",
        "States.Array('a)",
        " States.Array()",
        "States.Array(\"a\")",
        "States.Array(word)",
        "States.ArrayLength()",
        "Format('x')",
    ];
    for text in malformed {
        assert!(Call::parse(text).is_err(), "{text} was accepted");
    }
    assert!(Call::parse(&"States.Array(".repeat(5_000)).unwrap_err().contains("deep"));
}

#[test]
fn random_functions_depend_on_the_draw_only() {
    let pair = Call::parse("States.Array(States.MathRandom(-5, 5), States.UUID(), States.MathRandom(0, 1000000, 7))").unwrap();
    let variables = serde_json::Map::new();
    let draw = |draw| pair.evaluate(&json!({}), &super::super::Scope::new(&Value::Null, &variables, draw)).unwrap();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1)[1], draw(2)[1]);
    assert_eq!(draw(1)[2], draw(2)[2], "a seed of its own makes the number the same every time");
    let mut seen = [0; 10];
    for key in 0..2_000 {
        let outcome = draw(key);
        seen[usize::try_from(outcome[0].as_i64().unwrap() + 5).unwrap()] += 1;
        let uuid = outcome[1].as_str().unwrap();
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"), "{uuid}");
        assert!("89ab".contains(&uuid[19..20]) && uuid.matches('-').count() == 4, "{uuid}");
    }
    // 200 expected each, standard deviation 13.4.
    assert!(seen.iter().all(|count| (140..260).contains(count)), "{seen:?}");
}

//! Broken inputs and the exact words they are answered with.

use super::tests::{Services, read};

/// What is shown, what was written, and the whole answer.
const CASES: &[(&str, &str, &str)] = &[
    (
        "misspelt key is not missing as well",
        "charge:\n  timout: 30 s\n",
        "error[unknown-key]: the key `timout` is not known here
 --> s.yaml:2:3
  |
2 |   timout: 30 s
  |   ^^^^^^
  |
  = hint: did you mean `timeout`?
",
    ),
    (
        "all missing keys are named",
        "charge:\n  timeout: 3 s\n  redrive: {}\n",
        "error[missing-key]: `redrive` needs the key `dead_letter`
 --> s.yaml:3:12
  |
3 |   redrive: {}
  |            ^^

error[missing-key]: `redrive` needs the key `max_receive_count`
 --> s.yaml:3:12
  |
3 |   redrive: {}
  |            ^^
",
    ),
    (
        "missing key points to the owner",
        "charge:\n  memory_size: 1 GB\n  traced: true\n",
        "error[missing-key]: `charge` needs the key `timeout`
 --> s.yaml:1:1
  |
1 | charge:
  | ^^^^^^
",
    ),
    (
        "unit missing",
        "charge: { timeout: 30 }\n",
        "error[wrong-unit]: a duration needs a unit
 --> s.yaml:1:20
  |
1 | charge: { timeout: 30 }
  |                    ^^
  |
  = hint: write it like `30 s`
",
    ),
    (
        "unit unknown",
        "charge:\n  timeout: 30 s\n  memory_size: 512 mb\n",
        "error[wrong-unit]: there is no unit `mb`
 --> s.yaml:3:20
  |
3 |   memory_size: 512 mb
  |                    ^^
  |
  = hint: did you mean `MB`?
",
    ),
    (
        "unit of another dimension",
        "charge:\n  timeout: 512 MB\n",
        "error[wrong-unit]: expected a duration, found a size
 --> s.yaml:2:12
  |
2 |   timeout: 512 MB
  |            ^^^^^^
  |
  = hint: write it like `30 s`
",
    ),
    (
        "too fine",
        "charge: { timeout: 0.5 ns }\n",
        "error[out-of-range]: `0.5 ns` is not a whole number of nanoseconds
 --> s.yaml:1:20
  |
1 | charge: { timeout: 0.5 ns }
  |                    ^^^^^^
  |
  = hint: a nanosecond is the finest step
",
    ),
    (
        "share above one",
        "charge: { timeout: 1 s, errors: 5 }\n",
        "error[out-of-range]: a share lies between 0 and 1, that is 0% and 100%
 --> s.yaml:1:33
  |
1 | charge: { timeout: 1 s, errors: 5 }
  |                                 ^
  |
  = hint: `5%`?
",
    ),
    (
        "number out of range",
        "charge: { timeout: 1 s, batch_size: 70000 }\n",
        "error[out-of-range]: the number must be from 0 to 65535
 --> s.yaml:1:37
  |
1 | charge: { timeout: 1 s, batch_size: 70000 }
  |                                     ^^^^^
",
    ),
    (
        "fraction for a whole number",
        "charge: { timeout: 1 s, batch_size: 2.5, environments: 1.5 }\n",
        "error[out-of-range]: expected a whole number
 --> s.yaml:1:37
  |
1 | charge: { timeout: 1 s, batch_size: 2.5, environments: 1.5 }
  |                                     ^^^

error[out-of-range]: expected a whole number
 --> s.yaml:1:56
  |
1 | charge: { timeout: 1 s, batch_size: 2.5, environments: 1.5 }
  |                                                        ^^^
",
    ),
    (
        "yes is text",
        "charge: { timeout: 1 s, traced: yes }\n",
        "error[wrong-type]: expected `true` or `false`, found the text `yes`
 --> s.yaml:1:33
  |
1 | charge: { timeout: 1 s, traced: yes }
  |                                 ^^^
  |
  = hint: did you mean `true`?
",
    ),
    (
        "number for text",
        "charge: { timeout: 1 s, runtime: 3.10 }\n",
        "error[wrong-type]: expected text, found the number 3.1
 --> s.yaml:1:34
  |
1 | charge: { timeout: 1 s, runtime: 3.10 }
  |                                  ^^^^
  |
  = hint: put it in quotes
",
    ),
    (
        "text for a map",
        "charge: { timeout: 1 s, redrive: dead }\n",
        "error[wrong-type]: expected a map, found the text `dead`
 --> s.yaml:1:34
  |
1 | charge: { timeout: 1 s, redrive: dead }
  |                                  ^^^^
  |
  = hint: its keys are `dead_letter`, `max_receive_count`
",
    ),
    (
        "map for a list",
        "charge:\n  timeout: 1 s\n  steps:\n    work: { p50: 1 ms, p99: 2 ms }\n",
        "error[wrong-type]: expected a list, found a map
 --> s.yaml:3:3
  |
3 |   steps:
  |   ^^^^^
  |
  = hint: begin each element with `- `
",
    ),
    (
        "unknown step",
        "charge:\n  timeout: 1 s\n  steps:\n    - wrk: { p50: 1 ms, p99: 2 ms }\n    - fly\n",
        "error[unknown-choice]: `wrk` is not known here
 --> s.yaml:4:7
  |
4 |     - wrk: { p50: 1 ms, p99: 2 ms }
  |       ^^^
  |
  = hint: did you mean `work`?

error[unknown-choice]: `fly` is not known here
 --> s.yaml:5:7
  |
5 |     - fly
  |       ^^^
  |
  = hint: the choices are `work`, `call`, `commit`, `sleep`, `for_each`
",
    ),
    (
        "step without settings",
        "charge: { timeout: 1 s, steps: [sleep, commit] }\n",
        "error[wrong-type]: `sleep` needs settings
 --> s.yaml:1:33
  |
1 | charge: { timeout: 1 s, steps: [sleep, commit] }
  |                                 ^^^^^
  |
  = hint: write `sleep: ...`
",
    ),
    (
        "step with a stray key",
        "charge:\n  timeout: 1 s\n  steps:\n    - work: { p50: 1 ms, p99: 2 ms }\n      sleep: 3 s\n",
        "error[unknown-key]: the key `sleep` is not known beside `work`
 --> s.yaml:5:7
  |
5 |       sleep: 3 s
  |       ^^^^^
  |
  = hint: indent it to belong to `work`, or begin a new list element
",
    ),
    (
        "struct that reads the whole step",
        "charge:\n  timeout: 1 s\n  steps:\n    - for_each: record\n      concurency: 10\n      steps: [commit]\n",
        "error[unknown-key]: the key `concurency` is not known here
 --> s.yaml:5:7
  |
5 |       concurency: 10
  |       ^^^^^^^^^^
  |
  = hint: did you mean `concurrency`?
",
    ),
    (
        "unknown parameter",
        "parameters: { charge_timeout: 10 s }\ncharge: { timeout: 6 * charge_timout + 1 s }\n",
        "error[unknown-parameter]: there is no parameter `charge_timout`
 --> s.yaml:2:24
  |
2 | charge: { timeout: 6 * charge_timout + 1 s }
  |                        ^^^^^^^^^^^^^
  |
  = hint: did you mean `charge_timeout`?
",
    ),
    (
        "parameters in a circle",
        "parameters: { a: b + 1 s, b: 2 * a }\ncharge: { timeout: a }\n",
        "error[expression]: the parameters refer to one another in a circle: a -> b -> a
 --> s.yaml:1:34
  |
1 | parameters: { a: b + 1 s, b: 2 * a }
  |                                  ^
",
    ),
    (
        "sum of two dimensions",
        "parameters: { limit: 10 s }\ncharge: { timeout: \"2 * (limit + 1 KB)\" }\n",
        r#"error[wrong-unit]: a duration cannot be added to a size
 --> s.yaml:2:26
  |
2 | charge: { timeout: "2 * (limit + 1 KB)" }
  |                          ^^^^^^^^^^^^
"#,
    ),
    (
        "expression cut short",
        "charge: { timeout: \"3 s *\" }\n",
        r#"error[expression]: the expression ends too early
 --> s.yaml:1:21
  |
1 | charge: { timeout: "3 s *" }
  |                     ^^^^^
  |
  = hint: expected a duration such as `30 s`, or an expression over parameters
"#,
    ),
    (
        "duplicate key",
        "charge:\n  timeout: 1 s\n  timeout: 2 s\n",
        "error[duplicate-key]: the key `timeout` is given twice
 --> s.yaml:3:3
  |
2 |   timeout: 1 s
  |   ------- first given here
3 |   timeout: 2 s
  |   ^^^^^^^
  |
  = hint: keep one of the two, or give one of them another name
",
    ),
    (
        "tab",
        "charge:\n\ttimeout: 1 s\n",
        "error[syntax]: tabs disallowed within this context (block indentation)
 --> s.yaml:2:2
  |
2 |     timeout: 1 s
  |     ^
  |
  = hint: indent with spaces
",
    ),
    (
        "unclosed bracket",
        "charge: { timeout: 1 s\nother: 3\n",
        "error[syntax]: while parsing a flow mapping, did not find expected ',' or '}'
 --> s.yaml:2:6
  |
2 | other: 3
  |      ^
  |
  = hint: a comma is missing, or a `{` or `[` further up is not closed
",
    ),
    (
        "custom tag",
        "charge: { timeout: !Ref Limit }\n",
        "error[syntax]: the tag `!Ref` has no meaning here
 --> s.yaml:1:20
  |
1 | charge: { timeout: !Ref Limit }
  |                    ^^^^^^^^^^
  |
  = hint: write the long form, a map such as `Fn::GetAtt: [...]`, or put the text in quotes
",
    ),
    (
        "two documents",
        "charge: { timeout: 1 s }\n---\nother: 3\n",
        "error[syntax]: a file holds one document; this is a second one
 --> s.yaml:2:1
  |
2 | ---
  | ^^^
",
    ),
    (
        "not ascii",
        "zürich: { timeout: 1 s, größe: 5 GB }\n",
        "error[unknown-key]: the key `größe` is not known here
 --> s.yaml:1:25
  |
1 | zürich: { timeout: 1 s, größe: 5 GB }
  |                         ^^^^^
  |
  = hint: the keys are `timeout`, `memory_size`, `rate`, `errors`, `batch_size`, `traced`, `runtime`, `targets`, `event_pattern`, `steps`, `redrive`, `price`, `environments`, `factor`
",
    ),
    (
        "windows line ends",
        "charge:\r\n  timeout: 30\r\n  traced: 7\r\n",
        "error[wrong-unit]: a duration needs a unit
 --> s.yaml:2:12
  |
2 |   timeout: 30
  |            ^^
  |
  = hint: write it like `30 s`

error[wrong-type]: expected `true` or `false`, found the number 7
 --> s.yaml:3:11
  |
3 |   traced: 7
  |           ^
",
    ),
    (
        "alias errors are told once",
        "first: &shared\n  timeout: 30\nsecond: *shared\n",
        "error[wrong-unit]: a duration needs a unit
 --> s.yaml:2:12
  |
2 |   timeout: 30
  |            ^^
  |
  = hint: write it like `30 s`
",
    ),
    (
        "block text",
        "charge:\n  timeout: |\n    30 sec\n    or so\n",
        "error[wrong-unit]: there is no unit `sec`
 --> s.yaml:3:5
  |
3 |     30 sec
  |     ^^^^^^
  |
  = hint: did you mean `s`?
",
    ),
];

#[test]
fn every_broken_input_is_answered_word_for_word() {
    for (name, text, expected) in CASES {
        let (_, messages) = read::<Services>(text);
        assert_eq!(messages, *expected, "{name}");
    }
}

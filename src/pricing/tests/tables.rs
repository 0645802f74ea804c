use super::book;
use crate::pricing::book::{AllowanceScope, PriceBook};
use crate::pricing::error::{MissingHint, PriceError};
use crate::pricing::region;
use crate::pricing::{REGIONS, UnitPrice};

const HEADER: &str = "sku,region,product,unit,tier_from,tier_to,price_usd,free_allowance,as_of,source,note\n";

fn parse(rows: &str) -> Result<PriceBook, Vec<PriceError>> {
    PriceBook::parse(&format!("{HEADER}{rows}"), "t.csv")
}

fn codes(errors: &[PriceError]) -> Vec<&'static str> {
    errors.iter().map(PriceError::code).collect()
}

/// Every SKU that any of the three Regions of the fact sheets has is there, and a unit means the same everywhere.
#[test]
fn every_table_has_prices_of_one_unit() {
    let book = book();
    for (room, text) in crate::services::prices() {
        let own = PriceBook::parse(text, room).expect("valid");
        assert!(own.prices().next().is_some(), "{room} has no rows");
    }
    let mut skus: Vec<(&str, &str)> = book.prices().map(|price| (price.sku.as_str(), price.unit.as_str())).collect();
    skus.dedup();
    let mut names: Vec<&str> = skus.iter().map(|(sku, _)| *sku).collect();
    names.dedup();
    assert_eq!(names.len(), skus.len(), "a SKU is counted in two units");
    for sku in ["lambda-duration-x86", "sqs-requests-standard", "s3-storage-standard", "kinesis-shard-hours", "nat-gateway-hours"]
    {
        for region in ["us-east-1", "eu-west-1", "ap-southeast-2"] {
            assert!(book.price(sku, region).is_ok(), "{sku} in {region}");
        }
    }
    assert!(names.len() > 200, "{}", names.len());
}

#[test]
fn embedded_prices_are_the_published_ones() {
    let book = book();
    for (sku, region, tier, price) in [
        ("lambda-requests-arm", "eu-west-1", 0, "0.0000002"),
        ("lambda-duration-x86", "us-east-1", 0, "0.0000166667"),
        ("lambda-duration-arm", "us-east-1", 2, "0.0000106667"),
        ("sqs-requests-standard", "ap-southeast-2", 1, "0.00000035"),
        ("sqs-requests-fifo", "eu-west-1", 2, "0.00000035"),
        ("api-gateway-requests-rest", "eu-west-1", 3, "0.00000172"),
        ("api-gateway-requests-http", "eu-west-1", 0, "0.00000111"),
        ("sns-publish-standard", "eu-west-1", 0, "0.0000005"),
        ("sns-delivery-lambda", "eu-west-1", 0, "0"),
        ("eventbridge-events-custom", "us-east-1", 0, "0.000001"),
        ("step-functions-transitions", "us-east-1", 0, "0.000025"),
        ("step-functions-express-duration", "us-east-1", 2, "0.00000456"),
        ("dynamodb-write-request-units", "eu-west-1", 0, "0.000000705"),
        ("dynamodb-read-request-units", "eu-west-1", 0, "0.0000001415"),
        ("dynamodb-storage", "us-east-1", 0, "0.25"),
        ("logs-ingestion-vended", "eu-west-1", 3, "0.057"),
        ("data-transfer-internet-egress", "us-east-1", 1, "0.085"),
    ] {
        let row = &book.price(sku, region).expect("priced").tiers[tier];
        assert_eq!(Ok(row.price), UnitPrice::parse(price), "{sku} {region} tier {tier}");
    }
    for (sku, quantity, group, scope) in [
        ("lambda-duration-arm", "400000", "lambda-duration", AllowanceScope::Account),
        ("lambda-requests-x86", "1000000", "lambda-requests", AllowanceScope::Account),
        ("sqs-requests-fifo", "1000000", "sqs-requests", AllowanceScope::Account),
        ("step-functions-transitions", "4000", "step-functions-transitions", AllowanceScope::Account),
        ("dynamodb-storage", "25", "dynamodb-storage", AllowanceScope::Region),
        ("logs-storage", "5", "cloudwatch-logs", AllowanceScope::Account),
    ] {
        let allowance = book.price(sku, "us-east-1").expect("priced").allowance.as_ref().expect("has an allowance");
        assert_eq!(
            (allowance.quantity.to_string().as_str(), allowance.group.as_str(), allowance.scope),
            (quantity, group, scope)
        );
    }
}

#[test]
fn broken_rows_are_reported_with_line_and_reason() {
    for (rows, code, message) in [
        (
            "a,us-east-1,P,u,0,,-1,,2026-01-01,s,",
            "price-bad-field",
            "t.csv:2: `price_usd` is `-1`, expected a number that is not negative",
        ),
        ("a,us-east-1,P,u,0,,1e-6,,2026-01-01,s,", "price-bad-field", "plain decimal"),
        ("a,us-east-1,P,u,0,,1,,2026-02-29,s,", "price-bad-field", "t.csv:2: `as_of` is `2026-02-29`"),
        ("a,us-east-1,P,u,0,,1,,26-01-01,s,", "price-bad-field", "YYYY-MM-DD"),
        ("a,us-east-1,P,u,0,,1,,2026-01-01,,", "price-bad-field", "`source` is ``, expected some text"),
        ("a,us-esat-1,P,u,0,,1,,2026-01-01,s,", "price-bad-field", "did you mean `us-east-1`?"),
        ("a,us-east-1,P,u,0,,1,5,2026-01-01,s,", "price-bad-field", "`QUANTITY SCOPE GROUP`"),
        ("a,us-east-1,P,u,0,,1,5 world g,2026-01-01,s,", "price-bad-field", "`account`"),
        ("a,us-east-1,P,u,0,,1,x account g,2026-01-01,s,", "price-bad-field", "as first word"),
        ("a,us-east-1,P,u,0,,1", "price-malformed-line", "t.csv:2: 7 fields, expected 11"),
        (
            "a,us-east-1,P,u,0,5,1,,2026-01-01,s,\na,us-east-1,P,u,6,,1,,2026-01-01,s,",
            "price-bad-tiers",
            "t.csv:3: `a` in us-east-1: gap between tiers: nothing covers 5 to 6",
        ),
        (
            "a,us-east-1,P,u,0,5,1,,2026-01-01,s,\na,us-east-1,P,u,4,,1,,2026-01-01,s,",
            "price-bad-tiers",
            "tiers overlap from 4 on (see line 2)",
        ),
        ("a,us-east-1,P,u,0,,1,,2026-01-01,s,\na,us-east-1,P,u,4,,1,,2026-01-01,s,", "price-bad-tiers", "overlap"),
        ("a,us-east-1,P,u,0,,1,,2026-01-01,s,\na,us-east-1,P,u,0,,1,,2026-01-01,s,", "price-bad-tiers", "overlap"),
        ("a,us-east-1,P,u,1,,1,,2026-01-01,s,", "price-bad-tiers", "it must start at 0"),
        ("a,us-east-1,P,u,0,5,1,,2026-01-01,s,", "price-bad-tiers", "nothing covers usage over 5"),
        (
            "a,us-east-1,P,u,0,5,1,,2026-01-01,s,\na,us-east-1,P,v,5,,1,,2026-01-01,s,",
            "price-bad-tiers",
            "product and unit differ",
        ),
        (
            "a,us-east-1,P,u,0,5,1,,2026-01-01,s,\na,us-east-1,P,u,5,,1,9 account g,2026-01-01,s,",
            "price-bad-tiers",
            "first tier only",
        ),
        (
            "a,us-east-1,P,u,0,,1,9 account g,2026-01-01,s,\nb,us-east-1,P,u,0,,1,8 account g,2026-01-01,s,",
            "price-bad-allowance",
            "`g` is 8 here, but 9 at t.csv:2",
        ),
        (
            "a,us-east-1,P,u,0,,1,9 account g,2026-01-01,s,\nb,us-east-1,P,u,0,,1,9 region g,2026-01-01,s,",
            "price-bad-allowance",
            "another scope",
        ),
        (
            "a,us-east-1,P,u,0,,1,9 account g,2026-01-01,s,\nb,us-east-1,P,v,0,,1,9 account g,2026-01-01,s,",
            "price-bad-allowance",
            "counts `v` here, but `u`",
        ),
    ] {
        let errors = parse(rows).expect_err(rows);
        assert_eq!(codes(&errors), [code], "{rows}");
        assert!(errors[0].to_string().contains(message), "{} does not say {message}", errors[0]);
    }
}

#[test]
fn all_errors_come_at_once_on_their_own_lines() {
    let rows = "# a comment\na,mars,P,u,x,,-1,,2026-01-01,s,\n\n# another\na,us-east-1,P,,0,,1,,2026-13-01,s,\nshort\n";
    for rows in [rows.to_owned(), rows.replace('\n', "\r\n")] {
        let errors = parse(&rows).expect_err("many errors");
        let places: Vec<String> = errors.iter().map(|error| error.to_string().chars().take(8).collect()).collect();
        let expected = ["t.csv:3:", "t.csv:3:", "t.csv:3:", "t.csv:6:", "t.csv:6:", "t.csv:7:"];
        assert_eq!(places, expected, "{errors:#?}");
    }
}

/// A mistake in a row keeps the tiers of its own SKU from being judged, and of no other.
#[test]
fn tiers_are_checked_beside_rows_that_cannot_be_read() {
    let rows = "a,mars,P,u,0,5,1,,2026-01-01,s,\na,us-east-1,P,u,6,,1,,2026-01-01,s,\n\
                b,us-east-1,P,u,0,5,1,,2026-01-01,s,\nb,us-east-1,P,u,4,,1,,2026-01-01,s,";
    assert_eq!(codes(&parse(rows).expect_err("two mistakes")), ["price-bad-field", "price-bad-tiers"]);
}

#[test]
fn columns_are_checked_by_name_in_any_order() {
    let text = "# comment\nSku,region,product,unit,tier_from,tier_to,price,free_allowance,as_of,source,source\n";
    let errors = PriceBook::parse(text, "t.csv").expect_err("bad header");
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), 6, "{messages:#?}");
    assert_eq!(messages[0], "t.csv:2: unknown column `Sku`; did you mean `sku`?");
    assert_eq!(messages[1], "t.csv:2: unknown column `price`");
    assert_eq!(messages[2], "t.csv:2: column `source` appears twice");
    assert!(messages[3].starts_with("t.csv:2: column `sku` is missing"), "{}", messages[3]);
    assert_eq!(codes(&PriceBook::parse("", "t.csv").expect_err("empty")), ["price-missing-column"; 11]);

    let shuffled = "note,price_usd,sku,region,product,unit,tier_to,tier_from,as_of,source,free_allowance\n\
                    n,0.5,a,us-east-1,P,u,,0,2026-01-01,s,\n";
    let book = PriceBook::parse(shuffled, "t.csv").expect("order is free");
    assert_eq!(book.price("a", "us-east-1").expect("priced").tiers[0].price.to_string(), "0.5");
}

#[test]
fn a_missing_price_names_sku_region_and_what_is_near() {
    let book = book();
    let elsewhere = book.price("lambda-duration-x86", "sa-east-1").expect_err("not priced there");
    assert_eq!(
        elsewhere.to_string(),
        "no price for `lambda-duration-x86` in region `sa-east-1`; it has prices in ap-southeast-2, eu-central-1, eu-west-1, \
         us-east-1, us-west-2; add a row for this region in an override table"
    );
    let misspelt = book.price("lambda-duration-x68", "us-east-1").expect_err("unknown");
    assert_eq!(
        misspelt.to_string(),
        "no price for `lambda-duration-x68` in region `us-east-1`; no region has this SKU; did you mean \
         `lambda-duration-x86`?"
    );
    let unknown = book.price("teleport", "us-east-1").expect_err("unknown");
    assert!(matches!(unknown, PriceError::MissingPrice { hint: MissingHint::OtherSku(None), .. }));
}

#[test]
fn joining_refuses_a_second_price() {
    let table = |name| PriceBook::parse(&format!("{HEADER}a,us-east-1,P,u,0,,1,,2026-01-01,s,"), name).expect("valid");
    let errors = PriceBook::join([table("one"), table("two")]).expect_err("priced twice");
    assert_eq!(codes(&errors), ["price-duplicate"]);
    assert!(errors[0].to_string().contains("two:2: `a` in us-east-1 already has a price in one:2"), "{}", errors[0]);
}

#[test]
fn an_override_replaces_all_tiers_and_may_add_regions() {
    let overrides = parse(
        "sqs-requests-standard,us-east-1,Amazon SQS,request,0,,0.0000003,,2026-01-01,contract,\n\
         sqs-requests-standard,sa-east-1,Amazon SQS,request,0,,0.0000005,1000000 account sqs-requests,2026-01-01,page,",
    )
    .expect("valid");
    let book = book().clone().merge(overrides).expect("units agree");
    let replaced = book.price("sqs-requests-standard", "us-east-1").expect("priced");
    assert_eq!((replaced.tiers.len(), replaced.allowance.is_none()), (1, true));
    assert_eq!(replaced.tiers[0].source, "contract");
    assert!(book.price("sqs-requests-standard", "sa-east-1").is_ok());
    assert_eq!(book.price("sqs-requests-standard", "eu-west-1").expect("kept").tiers.len(), 3);
}

#[test]
fn an_override_that_cannot_take_effect_is_an_error() {
    for (row, code, message) in [
        (
            "sqs-request-standard,us-east-1,P,request,0,,1,,2026-01-01,s,",
            "price-override-unknown",
            "did you mean `sqs-requests-standard`?",
        ),
        (
            "lambda-duration-x86,us-east-1,P,GB-h,0,,1,,2026-01-01,s,",
            "price-override-unit",
            "priced per `GB-h`, but its usage is counted in `GB-s`",
        ),
        (
            "lambda-duration-x86,us-east-1,P,GB-s,0,,1,5 account lambda-duration,2026-01-01,s,",
            "price-bad-allowance",
            "`lambda-duration` is",
        ),
    ] {
        let errors = book().clone().merge(parse(row).expect("valid by itself")).expect_err(row);
        assert!(errors.iter().all(|error| error.code() == code), "{errors:?}");
        assert!(errors[0].to_string().contains(message), "{} does not say {message}", errors[0]);
    }
}

#[test]
fn regions_are_sorted_unique_and_suggested() {
    assert!(REGIONS.is_sorted_by(|left, right| left.code < right.code));
    assert_eq!(region::find("eu-west-1").map(|region| region.name), Some("Europe (Ireland)"));
    assert_eq!(region::find("cn-north-1"), None);
    for (code, near) in [("eu-west1", Some("eu-west-1")), ("us-esat-1", Some("us-east-1")), ("moon", None)] {
        assert_eq!(region::suggest(code), near, "{code}");
    }
}

use super::{NOTHING_FREE, USD, billed, book, units, usage};
use crate::pricing::metering::{
    MEGABYTE_MILLISECONDS_PER_GB_SECOND, express_billed_megabytes, express_billed_milliseconds, express_memory_bytes,
    megabyte_milliseconds,
};
use crate::pricing::{MonthScale, Options, PriceBook, Quantity, Usage, bill};

fn free() -> Options {
    Options::default()
}

/// <https://aws.amazon.com/step-functions/pricing/>, read 2026-11-23: 100 million Express executions of 10 s at 64 MB cost
/// 482.97 USD. The page multiplies by prices rounded per GB-hour; the exact per-GB-second prices must agree within that
/// rounding, which is at most 0.00001 USD per GB-hour in each tier.
#[test]
fn the_published_express_example() {
    let megabytes = express_billed_megabytes(express_memory_bytes(50_000, 32_000, 400));
    let metered = 100_000_000 * megabyte_milliseconds(express_billed_milliseconds(10_000_000_000), megabytes);
    let duration = Quantity::of_month(metered, MEGABYTE_MILLISECONDS_PER_GB_SECOND, MonthScale::ONE).expect("in range");
    // 17,361.11 GB-hours.
    assert_eq!(duration, units("62500000"));
    let usages = [
        Usage { quantity: duration, ..usage("flow", "step-functions-express-duration", "us-east-1", "0") },
        usage("flow", "step-functions-express-requests", "us-east-1", "100000000"),
    ];
    let exact = billed(&usages, free());
    // 3.6 M x 0.00001667 + 14.4 M x 0.00000833 + 44.5 M x 0.00000456, and 100 M x 0.000001.
    assert_eq!(exact.lines[0].cost_picousd, 382_884_000_000_000);
    assert_eq!(exact.lines[1].cost_picousd, 100 * USD);
    let published = 482_970_000_000_000_i128;
    assert!((exact.total_picousd - published).abs() < 10 * USD / 100, "{}", exact.total_picousd);

    // With the page's own prices per GB-hour the total is the printed one to the cent.
    let page = "sku,region,product,unit,tier_from,tier_to,price_usd,free_allowance,as_of,source,note\n\
                duration,us-east-1,P,GB-h,0,1000,0.06,,2026-11-23,page,\n\
                duration,us-east-1,P,GB-h,1000,5000,0.03,,2026-11-23,page,\n\
                duration,us-east-1,P,GB-h,5000,,0.01642,,2026-11-23,page,\n\
                requests,us-east-1,P,request,0,,0.000001,,2026-11-23,page,\n";
    let hours = MonthScale::new(1, 3600).expect("an hour");
    let hours = Quantity::of_month(metered, MEGABYTE_MILLISECONDS_PER_GB_SECOND, hours).expect("in range");
    assert_eq!(hours, units("17361.111111111111"));
    let usages = [
        Usage { quantity: hours, ..usage("flow", "duration", "us-east-1", "0") },
        usage("flow", "requests", "us-east-1", "100000000"),
    ];
    let printed = bill(&PriceBook::parse(page, "page").expect("valid"), &usages, &free()).expect("priced");
    let cents: Vec<i128> = printed.lines.iter().map(|line| (line.cost_picousd + USD / 200) / (USD / 100)).collect();
    assert_eq!(cents, [38_297, 10_000]);
}

/// Five pollers that wait 20 s each ask 648,000 times in 30 days.
#[test]
fn idle_pollers_cost_what_they_ask() {
    let asked = 5 * 30 * 86_400 / 20;
    assert_eq!(asked, 648_000);
    let idle = [usage("queue", "sqs-requests-standard", "us-east-1", "648000")];
    assert_eq!(billed(&idle, NOTHING_FREE).total_picousd, 259_200_000_000);
    let bill = billed(&idle, free());
    assert_eq!((bill.total_picousd, bill.lines[0].free_quantity), (0, units("648000")));
}

#[test]
fn shared_allowances_span_architectures_and_regions() {
    // 300,000 + 300,000 + 200,000 GB-s share 400,000: half of each is free.
    let usages = [
        usage("a", "lambda-duration-x86", "us-east-1", "300000"),
        usage("b", "lambda-duration-arm", "us-east-1", "300000"),
        usage("c", "lambda-duration-x86", "eu-west-1", "200000"),
    ];
    let bill = billed(&usages, free());
    let found: Vec<_> = bill.lines.iter().map(|line| (line.service.as_str(), line.free_quantity, line.cost_picousd)).collect();
    assert_eq!(
        found,
        [
            ("c", units("100000"), 1_666_670_000_000),
            ("b", units("150000"), 2_000_010_000_000),
            ("a", units("150000"), 2_500_005_000_000),
        ]
    );
    assert_eq!(bill.allowances.len(), 1);
    let allowance = &bill.allowances[0];
    assert_eq!((allowance.group.as_str(), allowance.region.as_deref()), ("lambda-duration", None));
    assert_eq!((allowance.used, allowance.quantity), (units("400000"), units("400000")));
}

#[test]
fn an_allowance_per_region_is_not_shared() {
    let usages = [usage("t", "dynamodb-storage", "us-east-1", "30"), usage("t", "dynamodb-storage", "eu-west-1", "10")];
    let bill = billed(&usages, free());
    let used: Vec<_> = bill.allowances.iter().map(|use_| (use_.region.as_deref(), use_.used)).collect();
    assert_eq!(used, [(Some("eu-west-1"), units("10")), (Some("us-east-1"), units("25"))]);
    assert_eq!(bill.total_picousd, 5 * USD / 4);
}

#[test]
fn accounts_have_their_own_tiers_and_allowances() {
    let mut usages = vec![
        usage("q", "sqs-requests-standard", "us-east-1", "150000000000"),
        usage("q", "sqs-requests-standard", "us-east-1", "50000000000"),
    ];
    // 100 G at 0.4 and 100 G at 0.3 per million, in USD.
    assert_eq!(billed(&usages, NOTHING_FREE).total_picousd, 70_000 * USD);
    usages[1].account = "other".to_owned();
    assert_eq!(billed(&usages, NOTHING_FREE).total_picousd, (40_000 + 15_000 + 20_000) * USD);
    let bill = billed(&usages, free());
    assert_eq!(bill.allowances.len(), 2);
    assert!(bill.allowances.iter().all(|use_| use_.used == units("1000000")));
    // Tiers count paid units: each account loses a million at the price of its last one.
    assert_eq!(bill.total_picousd, (40_000 + 15_000 + 20_000) * USD - 3 * USD / 10 - 4 * USD / 10);
}

#[test]
fn regions_have_their_own_tiers() {
    let usages = [
        usage("q", "sqs-requests-standard", "us-east-1", "150000000000"),
        usage("q", "sqs-requests-standard", "eu-west-1", "50000000000"),
    ];
    assert_eq!(billed(&usages, NOTHING_FREE).total_picousd, (40_000 + 15_000 + 20_000) * USD);
}

#[test]
fn services_share_tiers_and_pay_in_proportion() {
    let usages = [
        usage("small", "sqs-requests-standard", "us-east-1", "50000000000"),
        usage("large", "sqs-requests-standard", "us-east-1", "100000000000"),
        usage("large", "sqs-requests-standard", "us-east-1", "50000000000"),
        usage("idle", "sqs-requests-standard", "us-east-1", "0"),
    ];
    let bill = billed(&usages, NOTHING_FREE);
    let found: Vec<_> = bill.lines.iter().map(|line| (line.service.as_str(), line.cost_picousd)).collect();
    assert_eq!(found, [("idle", 0), ("large", 52_500 * USD), ("small", 17_500 * USD)]);
}

#[test]
fn a_cost_that_does_not_divide_still_adds_up() {
    // 1 pico-USD of DynamoDB reads for three services: 0.000008 RRU at 125 nano-USD.
    let usages: Vec<_> =
        ["a", "b", "c"].iter().map(|name| usage(name, "dynamodb-read-request-units", "us-east-1", "0.000002666667")).collect();
    let bill = billed(&usages, NOTHING_FREE);
    assert_eq!(bill.total_picousd, 1);
    assert_eq!(bill.lines.iter().map(|line| line.cost_picousd).collect::<Vec<_>>(), [1, 0, 0]);
}

#[test]
fn every_missing_price_is_named_once_even_when_unused() {
    let usages = [
        usage("a", "lambda-duration-x86", "sa-east-1", "0"),
        usage("b", "lambda-duration-x86", "sa-east-1", "5"),
        usage("c", "lambda-duraton-x86", "us-east-1", "5"),
        usage("d", "lambda-duration-x86", "us-east-1", "5"),
    ];
    let errors = bill(book(), &usages, &free()).expect_err("two prices are missing");
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].to_string().contains("`sa-east-1`"));
    assert!(errors[1].to_string().contains("did you mean `lambda-duration-x86`?"));
}

#[test]
fn amounts_beyond_the_exact_range_are_errors() {
    for quantity in ["1000000000000000", "1500000000000000000000000"] {
        let usages =
            [usage("a", "dynamodb-storage", "us-east-1", quantity), usage("b", "dynamodb-storage", "us-east-1", quantity)];
        let errors = bill(book(), &usages, &NOTHING_FREE).expect_err("too much money");
        assert!(errors.iter().all(|error| error.code() == "price-too-large"), "{errors:?}");
    }
}

#[test]
fn nothing_used_costs_nothing() {
    assert_eq!(billed(&[], free()), crate::pricing::Bill::default());
}

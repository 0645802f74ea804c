//! CloudFront, data transfer, VPC; CloudWatch, X-Ray, KMS.

use super::key;
use crate::billing::number::Number;
use crate::billing::resource::{Kind, Meter, Resource};
use crate::pricing::metering;

pub const RESOURCES: &[Resource] = &[
    Resource {
        name: "cloudfront",
        about: "A CloudFront distribution, at one geography of edges.",
        keys: &[
            key(
                "plan",
                Kind::Word(&["pay-as-you-go", "free", "pro", "business", "premium"]),
                "flat-rate plan, under which usage costs nothing more",
            ),
            key("edge", Kind::Word(&["north-america", "europe", "australia", "asia-pacific"]), "where viewers are"),
            key("egress", Kind::Gigabytes, "bytes sent to viewers"),
            key("to_origin", Kind::Gigabytes, "bytes sent to the origin"),
            key("http_requests", Kind::Count, "requests by HTTP"),
            key("https_requests", Kind::Count, "requests by HTTPS"),
            key("origin_shield_requests", Kind::Count, "requests that reach an origin shield in that geography"),
            key("invalidation_paths", Kind::Count, "paths invalidated"),
            key("function_invocations", Kind::Count, "invocations of CloudFront Functions"),
            key("key_value_reads", Kind::Count, "reads of those functions from KeyValueStore; needs a row of your own"),
            key("log_lines", Kind::Count, "lines of real-time logs"),
            key("encrypted_requests", Kind::Count, "requests with field-level encryption"),
            key("dedicated_certificates", Kind::Plain("0"), "certificates on addresses of their own"),
        ],
        meter: cloudfront,
    },
    Resource {
        name: "data_transfer",
        about: "Data transfer of the account that no other resource bills.",
        keys: &[
            key("internet", Kind::Gigabytes, "bytes to the internet"),
            key("cross_az", Kind::Gigabytes, "bytes between Availability Zones; both ends pay"),
            key("other_region", Kind::Gigabytes, "bytes to other Regions"),
            key("us_east", Kind::Gigabytes, "bytes between us-east-1 and us-east-2"),
        ],
        meter: |meter| {
            meter.add("data-transfer-internet-egress", meter.number("internet"));
            meter.add("data-transfer-cross-az", meter.number("cross_az") * 2_u64);
            meter.add("data-transfer-other-region", meter.number("other_region"));
            meter.add("data-transfer-us-east", meter.number("us_east"));
        },
    },
    Resource {
        name: "nat_gateway",
        about: "NAT gateways.",
        keys: &[
            key("gateways", Kind::Plain("1"), "how many"),
            key("hours", Kind::Hours, "how long; each rounded up to an hour"),
            key("data", Kind::Gigabytes, "bytes processed, both directions"),
        ],
        meter: |meter| {
            meter.add("nat-gateway-hours", meter.number("gateways") * meter.number("hours").ceil());
            meter.add("nat-gateway-data", meter.number("data"));
        },
    },
    Resource {
        name: "vpc_endpoint",
        about: "Interface endpoints.",
        keys: &[
            key("endpoints", Kind::Plain("1"), "how many"),
            key("zones", Kind::Plain("1"), "Availability Zones of each"),
            key("hours", Kind::Hours, "how long; each rounded up to an hour"),
            key("data", Kind::Gigabytes, "bytes processed"),
        ],
        meter: |meter| {
            let places = meter.number("endpoints") * meter.number("zones");
            meter.add("vpc-endpoint-hours", places * meter.number("hours").ceil());
            meter.add("vpc-endpoint-data", meter.number("data"));
        },
    },
    Resource {
        name: "public_ipv4",
        about: "Public IPv4 addresses.",
        keys: &[key("addresses", Kind::Plain("1"), "how many"), key("hours", Kind::Hours, "how long")],
        meter: |meter| meter.add("public-ipv4-hours", meter.number("addresses") * meter.number("hours")),
    },
    Resource {
        name: "logs",
        about: "Log groups of CloudWatch Logs.",
        keys: &[
            key(
                "class",
                Kind::Word(&["vended", "standard", "infrequent"]),
                "`vended` are logs of Lambda and other services, `standard` those that you send",
            ),
            key("ingested", Kind::Gigabytes, "bytes ingested, uncompressed"),
            key("stored", Kind::Gigabytes, "bytes kept, compressed, in GB-months"),
            key("scanned", Kind::Gigabytes, "bytes scanned by Insights"),
        ],
        meter: |meter| {
            meter.add(&format!("logs-ingestion-{}", meter.text("class")), meter.number("ingested"));
            let storage = if meter.text("class") == "infrequent" { "logs-storage-infrequent" } else { "logs-storage" };
            meter.add(storage, meter.number("stored"));
            meter.add("logs-insights", meter.number("scanned"));
        },
    },
    Resource {
        name: "cloudwatch",
        about: "Metrics, alarms and dashboards.",
        keys: &[
            key("metrics", Kind::Plain("0"), "custom metrics; each combination of dimension values is one"),
            key("metric_hours", Kind::Hours, "how long they are written to"),
            key("requests", Kind::Count, "API requests"),
            key("metric_data_requests", Kind::Count, "metrics asked for by GetMetricData, which no allowance covers"),
            key("alarms", Kind::Plain("0"), "metrics under standard alarms"),
            key("anomaly_alarms", Kind::Plain("0"), "metrics under anomaly alarms, each billed as 3 under standard ones"),
            key("high_resolution_alarms", Kind::Plain("0"), "metrics under high-resolution alarms"),
            key("composite_alarms", Kind::Plain("0"), "composite alarms"),
            key("dashboards", Kind::Plain("0"), "dashboards"),
        ],
        meter: |meter| {
            let share = meter.number("metric_hours") * 3600_u64 / meter.month_seconds;
            meter.add("cloudwatch-metrics", meter.number("metrics") * share);
            meter.add("cloudwatch-requests", meter.number("requests"));
            meter.add("cloudwatch-metric-data", meter.number("metric_data_requests"));
            meter.add("cloudwatch-alarms-standard", meter.number("alarms") + meter.number("anomaly_alarms") * 3_u64);
            meter.add("cloudwatch-alarms-high-resolution", meter.number("high_resolution_alarms"));
            meter.add("cloudwatch-alarms-composite", meter.number("composite_alarms"));
            meter.add("cloudwatch-dashboards", meter.number("dashboards"));
        },
    },
    Resource {
        name: "xray",
        about: "Traces of X-Ray.",
        keys: &[
            key("traces", Kind::Count, "traces recorded"),
            key(
                "sampled_requests",
                Kind::Count,
                "requests under the default rule: the first of each second and 5 % of the rest are recorded",
            ),
            key("retrieved", Kind::Count, "traces scanned or retrieved"),
            key("insights", Kind::Word(&["no", "yes"]), "whether Insights looks at all recorded traces"),
        ],
        meter: |meter| {
            let (requests, seconds) = (meter.number("sampled_requests").to_bytes(), meter.month_seconds.to_bytes());
            let sampled = metering::xray_default_sample(u128::from(requests), seconds);
            let recorded = meter.number("traces") + i128::try_from(sampled).unwrap_or(i128::MAX);
            meter.add("xray-recorded", recorded);
            meter.add("xray-retrieved", meter.number("retrieved"));
            if meter.text("insights") == "yes" {
                meter.add("xray-insights", recorded);
            }
        },
    },
    Resource {
        name: "kms",
        about: "Keys of KMS.",
        keys: &[
            key("keys", Kind::Plain("0"), "keys of your own"),
            key("key_hours", Kind::Hours, "how long they exist"),
            key("requests", Kind::Count, "symmetric and RSA 2048 requests"),
            key("asymmetric_requests", Kind::Count, "requests with other asymmetric keys"),
            key("ecc_key_pairs", Kind::Count, "pairs of data keys generated, elliptic"),
            key("rsa_key_pairs", Kind::Count, "pairs of data keys generated, RSA"),
        ],
        meter: |meter| {
            let share = meter.number("key_hours") * 3600_u64 / meter.month_seconds;
            meter.add("kms-keys", meter.number("keys") * share);
            meter.add("kms-requests", meter.number("requests"));
            meter.add("kms-asymmetric-requests", meter.number("asymmetric_requests"));
            meter.add("kms-ecc-key-pairs", meter.number("ecc_key_pairs"));
            meter.add("kms-rsa-key-pairs", meter.number("rsa_key_pairs"));
        },
    },
];

fn cloudfront(meter: &mut Meter<'_>) {
    let plan = meter.text("plan").to_owned();
    if plan != "pay-as-you-go" {
        meter.add(&format!("cloudfront-plan-{plan}"), Number::from(1_u64));
        return;
    }
    let edge = meter.text("edge").to_owned();
    for (key, sku) in [
        ("egress", "cloudfront-egress"),
        ("to_origin", "cloudfront-to-origin"),
        ("http_requests", "cloudfront-http"),
        ("https_requests", "cloudfront-https"),
        ("origin_shield_requests", "cloudfront-origin-shield"),
    ] {
        meter.add(&format!("{sku}-{edge}"), meter.number(key));
    }
    meter.add("cloudfront-invalidations", meter.number("invalidation_paths"));
    meter.add("cloudfront-functions", meter.number("function_invocations"));
    meter.add("cloudfront-key-value-reads", meter.number("key_value_reads"));
    meter.add("cloudfront-log-lines", meter.number("log_lines"));
    meter.add("cloudfront-field-level-encryption", meter.number("encrypted_requests"));
    meter.add("cloudfront-dedicated-certificates", meter.number("dedicated_certificates"));
}

//! Lambda in all its forms, Fargate, EC2 instances behind Managed Instances.

use super::key;
use crate::billing::number::Number;
use crate::billing::resource::{Kind, Meter, Resource};
use crate::pricing::metering;

const MB: i128 = 1 << 20;
const GB: i128 = 1 << 30;

pub const RESOURCES: &[Resource] = &[
    Resource {
        name: "lambda",
        about: "A Lambda function.",
        keys: &[
            key("requests", Kind::Count, "invocations that are not under provisioned concurrency"),
            key("duration", Kind::Time("0 s"), "time of one invocation, initialisation included; rounded up to 1 ms"),
            key("memory_size", Kind::Size("128 MB"), "configured memory"),
            key("architecture", Kind::Word(&["x86", "arm"]), "processor"),
            key("ephemeral_storage", Kind::Size("512 MB"), "configured `/tmp`; what is over 512 MB is billed"),
            key("asynchronous_requests", Kind::Count, "those of the requests that are asynchronous"),
            key("event_size", Kind::Size("0"), "size of an asynchronous event; over 256 KB each started 64 KB is a request more"),
            key("streamed_responses", Kind::Count, "responses that are streamed"),
            key("streamed_size", Kind::Size("0"), "size of a streamed response; what is over 6 MB is billed"),
            key("provisioned_concurrency", Kind::Plain("0"), "environments kept ready"),
            key("provisioned_hours", Kind::Hours, "how long they are; rounded up to 5 minutes"),
            key("provisioned_requests", Kind::Count, "invocations that they take"),
            key("provisioned_duration", Kind::Time("0 s"), "time of one of those"),
            key("snapstart_versions", Kind::Plain("0"), "published versions with a cached snapshot (not Java)"),
            key("snapstart_hours", Kind::Hours, "how long each is kept; at least 3 h"),
            key("snapstart_restores", Kind::Count, "environments restored from it"),
            key("tenant_environments", Kind::Count, "environments created for single tenants"),
            key("sqs_poller_hours", Kind::SomeHours, "event poller units times hours of SQS mappings in provisioned mode"),
            key("kafka_poller_hours", Kind::SomeHours, "event poller units times hours of Kafka mappings in provisioned mode"),
            key("durable_operations", Kind::Count, "starts, steps and waits of durable functions"),
            key("durable_writes", Kind::Count, "checkpoints that write data"),
            key("durable_write_size", Kind::Size("0"), "size of one"),
            key(
                "durable_kept",
                Kind::Time("0 s"),
                "how long each write is kept: until its execution ends, and then for its retention of 1 to 90 days",
            ),
            key("durable_retained", Kind::Gigabytes, "further data kept, in GB-months"),
        ],
        meter: lambda,
    },
    Resource {
        name: "lambda_edge",
        about: "A Lambda@Edge function.",
        keys: &[
            key("requests", Kind::Count, "invocations"),
            key("duration", Kind::Time("0 s"), "time of one invocation; rounded up to 1 ms"),
            key("memory_size", Kind::Size("128 MB"), "configured memory"),
        ],
        meter: |meter| {
            let requests = meter.number("requests");
            meter.add("lambda-edge-requests", requests);
            meter.add("lambda-edge-duration", requests * gb_seconds(meter, "duration"));
        },
    },
    Resource {
        name: "lambda_managed_instances",
        about: "Lambda Managed Instances: functions on instances of your own.",
        keys: &[
            key("requests", Kind::Count, "invocations; there is no charge for their duration"),
            key(
                "instance_type",
                Kind::Name("m7g.xlarge"),
                "EC2 instance; others than m7g.xlarge need rows of your own for `ec2-instance-` and `lambda-managed-instances-fee-`",
            ),
            key("instance_hours", Kind::SomeHours, "instances times hours"),
            key(
                "on_demand_price",
                Kind::Plain("0"),
                "USD of an instance hour on demand, of which the fee is a share; instead of rows for the type of instance",
            ),
            key(
                "paid_price",
                Kind::Plain("0"),
                "USD of an instance hour that you pay after a discount; `on_demand_price` unless given",
            ),
        ],
        meter: |meter| {
            meter.add("lambda-managed-instances-requests", meter.number("requests"));
            let (kind, hours) = (sku_part(meter.text("instance_type")), meter.number("instance_hours"));
            let (price, paid) = (meter.number("on_demand_price"), meter.number("paid_price"));
            if price.is_zero() {
                meter.add(&format!("ec2-instance-{kind}"), hours);
                meter.add(&format!("lambda-managed-instances-fee-{kind}"), hours);
            } else {
                meter.add("ec2-instances", hours * if paid.is_zero() { price } else { paid });
                meter.add("lambda-managed-instances-fee", hours * price);
            }
        },
    },
    Resource {
        name: "fargate",
        about: "Tasks on Fargate.",
        keys: &[
            key("tasks", Kind::Count, "tasks started in the month, or tasks that run all month with `duration: month`"),
            key("duration", Kind::Hours, "time of one task; all month unless given; at least a minute, 5 on Windows"),
            key("image_pull", Kind::Time("0 s"), "time of the image pull before, which is billed"),
            key("vcpu", Kind::Plain("0.25"), "vCPU of a task"),
            key("memory_size", Kind::Size("512 MB"), "memory of a task"),
            key("ephemeral_storage", Kind::Size("20 GB"), "disk of a task; what is over 20 GB is billed"),
            key("platform", Kind::Word(&["linux-x86", "linux-arm", "windows-x86"]), "system and processor"),
            key(
                "capacity",
                Kind::Word(&["on-demand", "spot"]),
                "`spot` needs rows of your own for `fargate-spot-vcpu-` and `fargate-spot-memory-` with the platform: its prices move",
            ),
            key("public_ipv4", Kind::Plain("0"), "public addresses of a task"),
        ],
        meter: fargate,
    },
];

/// A name of a type of instance as it stands in SKUs: `kafka.m5.large` is `m5-large`.
pub fn sku_part(instance: &str) -> String {
    let short = ["kafka.", "mq.", "cache."].iter().find_map(|prefix| instance.strip_prefix(prefix)).unwrap_or(instance);
    short.replace('.', "-").to_lowercase()
}

/// GB-seconds of one invocation.
fn gb_seconds(meter: &Meter<'_>, duration: &str) -> Number {
    billed_seconds(meter, duration) * (meter.number("memory_size") / GB)
}

fn billed_seconds(meter: &Meter<'_>, duration: &str) -> Number {
    let nanoseconds = (meter.number(duration) * 1_000_000_000_u64).to_bytes();
    Number::from(metering::lambda_billed_milliseconds(0, nanoseconds)) / 1000_u64
}

fn lambda(meter: &mut Meter<'_>) {
    let architecture = meter.text("architecture").to_owned();
    let sku = |dimension: &str| format!("lambda-{dimension}-{architecture}");
    let memory_gb = meter.number("memory_size") / GB;
    let requests = meter.number("requests");
    let provisioned = meter.number("provisioned_requests");
    let extra = Number::from(metering::lambda_async_requests(meter.bytes("event_size")) - 1);
    meter.add(&sku("requests"), requests + provisioned + meter.number("asynchronous_requests") * extra);
    meter.add(&sku("duration"), requests * gb_seconds(meter, "duration"));
    meter.add(&sku("duration-provisioned"), provisioned * gb_seconds(meter, "provisioned_duration"));
    let storage = meter.number("ephemeral_storage").over(512 * MB) / GB;
    let seconds = requests * billed_seconds(meter, "duration") + provisioned * billed_seconds(meter, "provisioned_duration");
    meter.add("lambda-ephemeral-storage", storage * seconds);
    let kept = metering::provisioned_concurrency_seconds((meter.number("provisioned_hours") * 3600_u64).to_bytes());
    meter.add(&sku("provisioned-concurrency"), meter.number("provisioned_concurrency") * kept * memory_gb);
    let streamed = Number::from(metering::streamed_bytes(meter.bytes("streamed_size"))) / GB;
    meter.add("lambda-response-streaming", meter.number("streamed_responses") * streamed);
    let cached = metering::snapstart_cache_seconds((meter.number("snapstart_hours") * 3600_u64).to_bytes());
    meter.add("lambda-snapstart-cache", meter.number("snapstart_versions") * cached * memory_gb);
    meter.add("lambda-snapstart-restore", meter.number("snapstart_restores") * memory_gb);
    meter.add("lambda-tenant-isolation", meter.number("tenant_environments") * memory_gb);
    meter.add("lambda-event-poller-sqs", meter.number("sqs_poller_hours"));
    meter.add("lambda-event-poller-kafka", meter.number("kafka_poller_hours"));
    meter.add("lambda-durable-operations", meter.number("durable_operations"));
    let written = meter.number("durable_writes") * meter.number("durable_write_size") / 1024_u64 / 1_000_000_u64;
    meter.add("lambda-durable-data-written", written);
    let months = meter.number("durable_kept") / meter.month_seconds;
    meter.add("lambda-durable-data-retained", written * months + meter.number("durable_retained"));
}

fn fargate(meter: &mut Meter<'_>) {
    let platform = meter.text("platform").to_owned();
    let windows = platform.starts_with("windows");
    let spot = if meter.text("capacity") == "spot" { "spot-" } else { "" };
    let (run, pull) = (meter.number("duration") * 3600_u64, meter.number("image_pull"));
    let billed = |seconds: Number| metering::fargate_seconds((seconds * 1_000_000_000_u64).to_bytes(), windows);
    let (whole, run) = (billed(run + pull), billed(run));
    let tasks = meter.number("tasks");
    // The pull is what it adds to the billed time: nothing inside the least minute.
    for (part, seconds) in [("", run.min(whole)), ("image pull", whole - run.min(whole))] {
        let hours = tasks * seconds / 3600_u64;
        let vcpu_hours = hours * meter.number("vcpu");
        meter.add_part(part, &format!("fargate-{spot}vcpu-{platform}"), vcpu_hours);
        meter.add_part(part, &format!("fargate-{spot}memory-{platform}"), hours * meter.number("memory_size") / GB);
        meter.add_part(part, "fargate-ephemeral-storage", hours * meter.number("ephemeral_storage").over(20 * GB) / GB);
        if windows {
            meter.add_part(part, "fargate-windows-licence", vcpu_hours);
        }
    }
    meter.add("public-ipv4-hours", tasks * run * meter.number("public_ipv4") / 3600_u64);
}

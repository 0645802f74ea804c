//! Kinesis, Firehose, MSK, Amazon MQ.

use super::compute::sku_part;
use super::key;
use crate::billing::resource::{Kind, Meter, Resource};
use crate::pricing::metering;

const GB: i128 = 1 << 30;

pub const RESOURCES: &[Resource] = &[
    Resource {
        name: "kinesis",
        about: "A Kinesis data stream.",
        keys: &[
            key(
                "mode",
                Kind::Word(&["provisioned", "on-demand", "advantage"]),
                "capacity mode; `advantage` is paid for at 25 MB/s each way at least, over all such streams of the Region",
            ),
            key("shards", Kind::Plain("0"), "shards (provisioned)"),
            key("hours", Kind::Hours, "how long the stream exists"),
            key("records", Kind::Count, "records written"),
            key(
                "record_size",
                Kind::Size("0"),
                "size of one; each started 25 KB is a unit (provisioned), rounded up to a KB else",
            ),
            key("written", Kind::Gigabytes, "bytes written as billed, if you know them (on demand)"),
            key("put_units", Kind::Count, "PUT payload units, if you know them (provisioned)"),
            key("read", Kind::Gigabytes, "bytes read without fan-out (on demand)"),
            key("fan_out_consumers", Kind::Plain("0"), "consumers with enhanced fan-out, each of which reads all"),
            key("fan_out_data", Kind::Gigabytes, "bytes they read, if you know them"),
            key("fan_out_hours", Kind::SomeHours, "consumers times shards times hours, if you know them"),
            key("extended_retention_hours", Kind::SomeHours, "shards times hours with retention of 24 h to 7 d (provisioned)"),
            key("extended_retention", Kind::Gigabytes, "data kept for 24 h to 7 d, in GB-months (on demand)"),
            key("long_term_retention", Kind::Gigabytes, "data kept longer than 7 d, in GB-months"),
            key("long_term_retrieved", Kind::Gigabytes, "such data read"),
        ],
        meter: kinesis,
    },
    Resource {
        name: "firehose",
        about: "A Firehose stream.",
        keys: &[
            key(
                "source",
                Kind::Word(&["direct-put", "vended-logs", "msk"]),
                "where records come from; Kinesis is priced as direct-put",
            ),
            key("records", Kind::Count, "records"),
            key("record_size", Kind::Size("0"), "size of one; rounded up to 5 KB from direct-put"),
            key("ingested", Kind::Gigabytes, "bytes as billed, if you know them"),
            key("format_conversion", Kind::Word(&["no", "yes"]), "whether records are converted to Parquet or ORC"),
            key("partitioned", Kind::Gigabytes, "bytes delivered with dynamic partitioning"),
            key("partition_objects", Kind::Count, "objects delivered with it"),
            key("jq_hours", Kind::SomeHours, "hours of JQ processing"),
            key("vpc_zone_hours", Kind::SomeHours, "Availability Zones times hours of delivery into a VPC; each rounded up"),
            key("vpc_delivered", Kind::Gigabytes, "bytes delivered into a VPC"),
        ],
        meter: firehose,
    },
    Resource {
        name: "msk",
        about: "A Kafka cluster of MSK.",
        keys: &[
            key("broker_type", Kind::Name("kafka.m7g.large"), "type of the brokers"),
            key("brokers", Kind::Plain("0"), "brokers"),
            key("hours", Kind::Hours, "how long"),
            key("storage_per_broker", Kind::Gigabytes, "storage of each broker, in GB-months"),
            key("express_written", Kind::Gigabytes, "bytes written to Express brokers; needs a row of your own"),
            key("throughput", Kind::Plain("0"), "provisioned storage throughput in MB/s"),
            key("tiered_storage", Kind::Gigabytes, "tiered storage, in GB-months"),
            key("tiered_retrieved", Kind::Gigabytes, "bytes read from it"),
            key("serverless_clusters", Kind::Plain("0"), "serverless clusters"),
            key("serverless_partitions", Kind::Plain("0"), "their partitions"),
            key("serverless_in", Kind::Gigabytes, "bytes written to them"),
            key("serverless_out", Kind::Gigabytes, "bytes read from them"),
            key("serverless_storage", Kind::Gigabytes, "bytes kept by them, in GB-months"),
            key("connect_units", Kind::Plain("0"), "MSK Connect units"),
            key("private_schemes", Kind::Plain("0"), "authentication schemes with private connectivity"),
        ],
        meter: msk,
    },
    Resource {
        name: "mq",
        about: "A broker of Amazon MQ.",
        keys: &[
            key("engine", Kind::Word(&["activemq", "rabbitmq"]), "broker engine"),
            key(
                "mode",
                Kind::Word(&["single", "standby", "cluster"]),
                "deployment: ActiveMQ pairs are `standby`, RabbitMQ's three nodes a `cluster`",
            ),
            key("instance_type", Kind::Name("mq.m5.large"), "type of instance"),
            key("hours", Kind::Hours, "how long"),
            key("storage", Kind::Gigabytes, "storage of a node, in GB-months"),
            key("storage_type", Kind::Word(&["ebs", "efs"]), "kind of storage"),
        ],
        meter: |meter| {
            let mode = meter.text("mode").to_owned();
            let sku = format!("mq-{}-{mode}-{}", meter.text("engine"), sku_part(meter.text("instance_type")));
            meter.add(&sku, meter.number("hours"));
            // A pair shares its storage.
            let nodes = if mode == "cluster" { 3_u64 } else { 1 };
            let sku = format!("mq-storage-{}", meter.text("storage_type"));
            meter.add(&sku, meter.number("storage") * nodes);
        },
    },
];

fn kinesis(meter: &mut Meter<'_>) {
    let (records, size, hours) = (meter.number("records"), meter.number("record_size"), meter.number("hours"));
    let consumers = meter.number("fan_out_consumers");
    let given = meter.number("written");
    let written = records * size / GB + given;
    let fanned_out = meter.number("fan_out_data") + written * consumers;
    let billed_in = records * metering::kinesis_on_demand_bytes(size.to_bytes()) / GB + given;
    match meter.text("mode") {
        "provisioned" => {
            let shard_hours = meter.number("shards") * hours;
            meter.add("kinesis-shard-hours", shard_hours);
            let units = meter.number("put_units") + records * metering::kinesis_put_units(size.to_bytes());
            meter.add("kinesis-put-units", units);
            meter.add("kinesis-fan-out-hours", meter.number("fan_out_hours") + shard_hours * consumers);
            meter.add("kinesis-fan-out-data", fanned_out);
            meter.add("kinesis-extended-retention", meter.number("extended_retention_hours"));
        }
        "on-demand" => {
            meter.add("kinesis-on-demand-stream-hours", hours);
            meter.add("kinesis-on-demand-in", billed_in);
            meter.add("kinesis-on-demand-out", meter.number("read"));
            meter.add("kinesis-on-demand-fan-out", fanned_out);
            meter.add("kinesis-on-demand-retention", meter.number("extended_retention"));
        }
        _ => {
            meter.add("kinesis-advantage-in", billed_in);
            meter.add("kinesis-advantage-out", meter.number("read") + fanned_out);
            // Over all streams of the Region; a shortfall is billed as if it were used.
            let committed = hours * 3600_u64 * u64::from(metering::KINESIS_COMMITTED_BYTES_PER_SECOND) / GB;
            meter.commit("kinesis-advantage-in", committed);
            meter.commit("kinesis-advantage-out", committed);
            meter.add("kinesis-on-demand-retention", meter.number("extended_retention"));
        }
    }
    meter.add("kinesis-long-term-retention", meter.number("long_term_retention"));
    meter.add("kinesis-long-term-retrieval", meter.number("long_term_retrieved"));
}

fn firehose(meter: &mut Meter<'_>) {
    let (records, size) = (meter.number("records"), meter.number("record_size"));
    let (sku, bytes) = match meter.text("source") {
        "direct-put" => ("firehose-ingestion", records * metering::firehose_bytes(size.to_bytes())),
        "vended-logs" => ("firehose-vended-logs", records * size),
        _ => ("firehose-msk", records * size),
    };
    let ingested = meter.number("ingested") + bytes / GB;
    meter.add(sku, ingested);
    if meter.text("format_conversion") == "yes" {
        meter.add("firehose-format-conversion", ingested);
    }
    meter.add("firehose-dynamic-partitioning", meter.number("partitioned"));
    meter.add("firehose-partition-objects", meter.number("partition_objects"));
    meter.add("firehose-jq-hours", meter.number("jq_hours"));
    meter.add("firehose-vpc-hours", meter.number("vpc_zone_hours").ceil());
    meter.add("firehose-vpc-data", meter.number("vpc_delivered"));
}

fn msk(meter: &mut Meter<'_>) {
    let (brokers, hours) = (meter.number("brokers"), meter.number("hours"));
    meter.add(&format!("msk-broker-{}", sku_part(meter.text("broker_type"))), brokers * hours);
    meter.add("msk-storage", brokers * meter.number("storage_per_broker"));
    meter.add("msk-serverless-cluster", meter.number("serverless_clusters") * hours);
    meter.add("msk-serverless-partition", meter.number("serverless_partitions") * hours);
    meter.add("msk-connect", meter.number("connect_units") * hours);
    meter.add("msk-private-connectivity", meter.number("private_schemes") * hours);
    for (key, sku) in [
        ("express_written", "msk-express-written"),
        ("throughput", "msk-throughput"),
        ("tiered_storage", "msk-tiered-storage"),
        ("tiered_retrieved", "msk-tiered-retrieval"),
        ("serverless_in", "msk-serverless-in"),
        ("serverless_out", "msk-serverless-out"),
        ("serverless_storage", "msk-serverless-storage"),
    ] {
        meter.add(sku, meter.number(key));
    }
}

//! S3, DynamoDB, Aurora Serverless, RDS Proxy, Cognito, ECR.

use super::key;
use crate::billing::number::Number;
use crate::billing::resource::{Kind, Meter, Resource};
use crate::pricing::metering::{self, ReadConsistency};

const GB: i128 = 1 << 30;

pub const RESOURCES: &[Resource] = &[
    Resource {
        name: "s3",
        about: "An S3 bucket.",
        keys: &[
            key("storage", Kind::Gigabytes, "Standard class, in GB-months"),
            key("puts", Kind::Count, "PUT, COPY, POST and LIST requests; DELETE is free"),
            key("gets", Kind::Count, "GET and all other requests"),
            key("select_scanned", Kind::Gigabytes, "bytes scanned by S3 Select"),
            key("select_returned", Kind::Gigabytes, "bytes returned by S3 Select"),
            key("ia_storage", Kind::Gigabytes, "Standard-IA class, in GB-months"),
            key("ia_objects", Kind::Count, "objects written to that class in the month, beside `ia_storage`"),
            key("ia_object_size", Kind::Size("0"), "size of one; at least 128 KB are billed"),
            key("ia_object_kept", Kind::Time("0 s"), "how long it is kept; at least 30 days are billed"),
            key("ia_puts", Kind::Count, "PUT requests of that class"),
            key("ia_gets", Kind::Count, "GET requests of that class"),
            key("ia_retrieved", Kind::Gigabytes, "bytes read from that class"),
            key("express_storage", Kind::Gigabytes, "Express One Zone class, in GB-months"),
            key("express_puts", Kind::Count, "PUT requests of that class"),
            key("express_gets", Kind::Count, "GET requests of that class"),
            key("express_uploaded", Kind::Gigabytes, "bytes written to that class"),
            key("express_retrieved", Kind::Gigabytes, "bytes read from that class"),
        ],
        meter: |meter| {
            let object = Number::from(metering::infrequent_access_bytes(meter.bytes("ia_object_size"))) / GB;
            let seconds = metering::infrequent_access_seconds(meter.bytes("ia_object_kept"));
            let objects = meter.number("ia_objects") * object * seconds / meter.month_seconds;
            meter.add("s3-ia-storage", meter.number("ia_storage") + objects);
            for (key, sku) in [
                ("storage", "s3-storage-standard"),
                ("puts", "s3-put"),
                ("gets", "s3-get"),
                ("select_scanned", "s3-select-scanned"),
                ("select_returned", "s3-select-returned"),
                ("ia_puts", "s3-ia-put"),
                ("ia_gets", "s3-ia-get"),
                ("ia_retrieved", "s3-ia-retrieval"),
                ("express_storage", "s3-express-storage"),
                ("express_puts", "s3-express-put"),
                ("express_gets", "s3-express-get"),
                ("express_uploaded", "s3-express-upload"),
                ("express_retrieved", "s3-express-retrieval"),
            ] {
                meter.add(sku, meter.number(key));
            }
        },
    },
    Resource {
        name: "dynamodb",
        about: "A DynamoDB table.",
        keys: &[
            key("table_class", Kind::Word(&["standard", "infrequent-access"]), "class of the table"),
            key("writes", Kind::Count, "writes of one item; each started KB is a unit"),
            key("transactional_writes", Kind::Count, "the same in transactions, at twice the units"),
            key("eventual_reads", Kind::Count, "eventually consistent reads; each started 4 KB is half a unit"),
            key("strong_reads", Kind::Count, "strongly consistent reads; each started 4 KB is a unit"),
            key("transactional_reads", Kind::Count, "reads in transactions; each started 4 KB is two units"),
            key("item_size", Kind::Size("0"), "size of an item; of a query, the sum of what it reads"),
            key(
                "index_writes",
                Kind::Plain("0"),
                "index entries that a write touches, each with units of its own; a change of an index's key touches two",
            ),
            key("write_request_units", Kind::Count, "write request units, if you know them"),
            key("read_request_units", Kind::Count, "read request units, if you know them"),
            key("replicas", Kind::Regions, "Regions of a global table's replicas"),
            key("provisioned_wcu", Kind::Plain("0"), "write capacity units (provisioned mode)"),
            key("provisioned_rcu", Kind::Plain("0"), "read capacity units (provisioned mode)"),
            key(
                "provisioned_hours",
                Kind::Hours,
                "how long they are provisioned; replicas have as many write units, which need rows of your own",
            ),
            key("items", Kind::Plain("0"), "items stored; 100 bytes are added to the size of each"),
            key("storage", Kind::Gigabytes, "further storage, in GB-months with the 100 bytes of each item"),
            key("streams_reads", Kind::Count, "GetRecords calls on the stream by others than Lambda"),
            key("captured_writes", Kind::Count, "changes sent to Kinesis; each started KB is a unit"),
            key("pitr", Kind::Gigabytes, "size under point-in-time recovery, in GB-months"),
            key("backup", Kind::Gigabytes, "on-demand backups, in GB-months"),
            key("restored", Kind::Gigabytes, "bytes restored"),
            key("exported", Kind::Gigabytes, "bytes exported to S3"),
        ],
        meter: dynamodb,
    },
    Resource {
        name: "aurora_serverless",
        about: "An Aurora Serverless v2 cluster.",
        keys: &[
            key("configuration", Kind::Word(&["standard", "io-optimized"]), "how input and output is paid"),
            key("acu", Kind::Plain("0"), "average capacity"),
            key("hours", Kind::Hours, "how long"),
            key("peak_acu", Kind::Plain("0"), "capacity on top of it at peaks"),
            key("peak_hours", Kind::SomeHours, "how long the peaks last in all"),
            key("storage", Kind::Gigabytes, "storage, in GB-months"),
            key("reads", Kind::Count, "read operations of the storage"),
            key("writes", Kind::Count, "write operations of the storage"),
            key("backup", Kind::Gigabytes, "backups over the size of the cluster, in GB-months"),
            key("data_api_requests", Kind::Count, "calls of the Data API"),
            key("data_api_size", Kind::Size("0"), "size of one; each started 32 KB is a request"),
        ],
        meter: |meter| {
            let configuration = meter.text("configuration").to_owned();
            let base = meter.number("acu") * meter.number("hours");
            let peak = meter.number("peak_acu") * meter.number("peak_hours");
            meter.add(&format!("aurora-acu-{configuration}"), base + peak);
            meter.add(&format!("aurora-storage-{configuration}"), meter.number("storage"));
            if configuration == "standard" {
                meter.add("aurora-io", meter.number("reads") + meter.number("writes"));
            }
            meter.add("aurora-backup", meter.number("backup"));
            let calls = metering::data_api_requests(meter.bytes("data_api_size"));
            meter.add("aurora-data-api", meter.number("data_api_requests") * calls);
        },
    },
    Resource {
        name: "rds_proxy",
        about: "An RDS Proxy.",
        keys: &[
            key("vcpu", Kind::Plain("0"), "vCPU of the instances behind it; at least 2 are billed (unverified)"),
            key(
                "acu",
                Kind::Plain("0"),
                "capacity of the Aurora Serverless v2 cluster behind it; at least 8 are billed (unverified)",
            ),
            key("hours", Kind::Hours, "how long"),
        ],
        meter: |meter| {
            for (key, sku, least) in [("vcpu", "rds-proxy-vcpu", 2_u64), ("acu", "rds-proxy-acu", 8)] {
                if !meter.number(key).is_zero() {
                    meter.add(sku, meter.number(key).max(least) * meter.number("hours"));
                }
            }
        },
    },
    Resource {
        name: "cognito",
        about: "A user pool of Cognito.",
        keys: &[
            key("plan", Kind::Word(&["essentials", "lite", "plus"]), "feature plan"),
            key("monthly_active_users", Kind::Plain("0"), "users with any identity operation in the month"),
            key("federated_users", Kind::Plain("0"), "users who sign in by SAML or OIDC"),
            key("m2m_tokens", Kind::Count, "tokens for machines"),
            key("advanced_security_users", Kind::Plain("0"), "users under the old security add-on"),
            key(
                "peak_sign_ins",
                Kind::Plain("0"),
                "sign-ins in the busiest second; not billed, held against the quota in a note",
            ),
            key("challenges", Kind::Plain("0"), "challenges that each of them answers"),
            key("authentication_quota", Kind::Plain("120"), "quota of user authentication, in requests a second over all pools"),
        ],
        meter: |meter| {
            note_authentications(meter);
            meter.add(&format!("cognito-{}", meter.text("plan")), meter.number("monthly_active_users"));
            meter.add("cognito-federation", meter.number("federated_users"));
            meter.add("cognito-m2m-tokens", meter.number("m2m_tokens"));
            meter.add("cognito-advanced-security", meter.number("advanced_security_users"));
        },
    },
    Resource {
        name: "ecr",
        about: "A registry of container images.",
        keys: &[key("storage", Kind::Gigabytes, "images kept, in GB-months")],
        meter: |meter| meter.add("ecr-storage", meter.number("storage")),
    },
];

fn note_authentications(meter: &mut Meter<'_>) {
    let [sign_ins, challenges, quota] =
        ["peak_sign_ins", "challenges", "authentication_quota"].map(|key| meter.number(key).to_bytes());
    if sign_ins > 0 {
        let counted = metering::cognito_authentications(sign_ins, challenges, quota);
        let verdict = if counted > quota { "sign-ins are throttled" } else { "within the quota" };
        meter.note(&format!("{counted} requests a second count against the {quota} of user authentication: {verdict}"));
    }
}

fn dynamodb(meter: &mut Meter<'_>) {
    let suffix = if meter.text("table_class") == "standard" { "" } else { "-ia" };
    let size = meter.bytes("item_size");
    let entries = meter.number("index_writes") + 1_u64;
    let units = |transactional| Number::from(metering::dynamodb_write_request_units(size, transactional));
    let writes = meter.number("write_request_units")
        + meter.number("writes") * units(false) * entries
        + meter.number("transactional_writes") * units(true) * entries;
    let half_units = |consistency| Number::from(metering::dynamodb_read_half_units(size, consistency));
    let reads = meter.number("read_request_units")
        + (meter.number("eventual_reads") * half_units(ReadConsistency::Eventual)
            + meter.number("strong_reads") * half_units(ReadConsistency::Strong)
            + meter.number("transactional_reads") * half_units(ReadConsistency::Transactional))
            / 2_u64;
    meter.add(&format!("dynamodb-write-request-units{suffix}"), writes);
    meter.add(&format!("dynamodb-read-request-units{suffix}"), reads);
    let hours = meter.number("provisioned_hours");
    let wcu_hours = meter.number("provisioned_wcu") * hours;
    for replica in meter.regions("replicas") {
        let part = format!("replica {replica}");
        meter.add_in(replica.clone(), &part, &format!("dynamodb-replicated-write-request-units{suffix}"), writes);
        meter.add_in(replica, &part, &format!("dynamodb-replicated-wcu{suffix}"), wcu_hours);
    }
    meter.add(&format!("dynamodb-provisioned-wcu{suffix}"), wcu_hours);
    meter.add(&format!("dynamodb-provisioned-rcu{suffix}"), meter.number("provisioned_rcu") * hours);
    let stored = meter.number("items") * metering::dynamodb_storage_bytes(u128::from(size), 1).min(u128::from(u64::MAX)) as u64;
    meter.add(&format!("dynamodb-storage{suffix}"), meter.number("storage") + stored / GB);
    meter.add("dynamodb-change-data-capture", meter.number("captured_writes") * metering::capture_units(size));
    for (key, sku) in [
        ("streams_reads", "dynamodb-streams-reads"),
        ("pitr", "dynamodb-pitr"),
        ("backup", "dynamodb-backup"),
        ("restored", "dynamodb-restore"),
        ("exported", "dynamodb-export"),
    ] {
        meter.add(sku, meter.number(key));
    }
}

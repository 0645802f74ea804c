//! AWS Regions that bill in USD.

/// A Region: the code that scenarios use and the name that AWS displays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Code, such as `eu-west-1`.
    pub code: &'static str,
    /// Display name, such as `Europe (Ireland)`.
    pub name: &'static str,
}

const fn named(code: &'static str, name: &'static str) -> Region {
    Region { code, name }
}

/// All Regions known here, sorted by code. The China partition bills in CNY and the European Sovereign Cloud has its own
/// price lists; both are left out. Source: <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
/// and the partition list of <https://github.com/boto/botocore> (`botocore/data/partitions.json`), read 2026-11-23.
pub const REGIONS: &[Region] = &[
    named("af-south-1", "Africa (Cape Town)"),
    named("ap-east-1", "Asia Pacific (Hong Kong)"),
    named("ap-east-2", "Asia Pacific (Taipei)"),
    named("ap-northeast-1", "Asia Pacific (Tokyo)"),
    named("ap-northeast-2", "Asia Pacific (Seoul)"),
    named("ap-northeast-3", "Asia Pacific (Osaka)"),
    named("ap-south-1", "Asia Pacific (Mumbai)"),
    named("ap-south-2", "Asia Pacific (Hyderabad)"),
    named("ap-southeast-1", "Asia Pacific (Singapore)"),
    named("ap-southeast-2", "Asia Pacific (Sydney)"),
    named("ap-southeast-3", "Asia Pacific (Jakarta)"),
    named("ap-southeast-4", "Asia Pacific (Melbourne)"),
    named("ap-southeast-5", "Asia Pacific (Malaysia)"),
    named("ap-southeast-6", "Asia Pacific (New Zealand)"),
    named("ap-southeast-7", "Asia Pacific (Thailand)"),
    named("ca-central-1", "Canada (Central)"),
    named("ca-west-1", "Canada West (Calgary)"),
    named("eu-central-1", "Europe (Frankfurt)"),
    named("eu-central-2", "Europe (Zurich)"),
    named("eu-north-1", "Europe (Stockholm)"),
    named("eu-south-1", "Europe (Milan)"),
    named("eu-south-2", "Europe (Spain)"),
    named("eu-west-1", "Europe (Ireland)"),
    named("eu-west-2", "Europe (London)"),
    named("eu-west-3", "Europe (Paris)"),
    named("il-central-1", "Israel (Tel Aviv)"),
    named("me-central-1", "Middle East (UAE)"),
    named("me-south-1", "Middle East (Bahrain)"),
    named("mx-central-1", "Mexico (Central)"),
    named("sa-east-1", "South America (Sao Paulo)"),
    named("us-east-1", "US East (N. Virginia)"),
    named("us-east-2", "US East (Ohio)"),
    named("us-gov-east-1", "AWS GovCloud (US-East)"),
    named("us-gov-west-1", "AWS GovCloud (US-West)"),
    named("us-west-1", "US West (N. California)"),
    named("us-west-2", "US West (Oregon)"),
];

/// What stands in the place of a Region in the rows of services that have one price everywhere, such as CloudFront.
pub const GLOBAL: &str = "global";

/// The Region with this code.
pub fn find(code: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.code == code)
}

/// The known Region code that looks most like `code`, if one is near.
pub fn suggest(code: &str) -> Option<&'static str> {
    super::error::closest(code, REGIONS.iter().map(|region| region.code))
}

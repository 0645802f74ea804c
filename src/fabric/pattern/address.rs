//! IP addresses and ranges of them, as event-ruler reads them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest text of an IPv4 address, `255.255.255.255`.
const IPV4_CHARACTERS_MAX: usize = 15;

/// A contiguous range of addresses of one family, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cidr {
    first: IpAddr,
    last: IpAddr,
}

impl Cidr {
    /// Reads `address/bits`. Bits left of the prefix length need not be zero: the range
    /// is that of the network the address lies in. A single address (`/32`, `/128`) is
    /// refused as event-ruler does; it is written as an exact value.
    pub(super) fn parse(text: &str) -> Option<Cidr> {
        let (address, bits) = text.split_once('/')?;
        let bits: u32 = bits.parse().ok()?;
        match parse_address(address)? {
            IpAddr::V4(address) if bits < 32 => {
                let host = u32::MAX.checked_shr(bits).unwrap_or(0);
                let network = u32::from(address) & !host;
                Some(Cidr { first: Ipv4Addr::from(network).into(), last: Ipv4Addr::from(network | host).into() })
            }
            IpAddr::V6(address) if bits < 128 => {
                let host = u128::MAX.checked_shr(bits).unwrap_or(0);
                let network = u128::from(address) & !host;
                Some(Cidr { first: Ipv6Addr::from(network).into(), last: Ipv6Addr::from(network | host).into() })
            }
            _ => None,
        }
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        // All IPv4 addresses order before all IPv6 addresses, so families never mix.
        parse_address(text).is_some_and(|address| self.first <= address && address <= self.last)
    }
}

/// Reads an IPv4 address in four decimal parts, leading zeros allowed, or an IPv6
/// address without an embedded IPv4 part. An IPv6 address that maps an IPv4 address is
/// that IPv4 address.
pub(super) fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        if text.contains('.') {
            return None;
        }
        let address: Ipv6Addr = text.parse().ok()?;
        return Some(address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4));
    }
    if text.len() > IPV4_CHARACTERS_MAX {
        return None;
    }
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then_some(IpAddr::from(octets))
}

//! Which peers are trusted about the clients behind them.
//!
//! 1. A network is an address, or an address, `/` and the length of its prefix (RFC 4632 §3.1, RFC 4291 §2.3).
//! 2. Bits beyond the prefix are an error: `10.1.2.3/8` is a mistake, and it is not clear which network is meant.
//! 3. A network of everybody is an error: everybody would write the headers that only a proxy should.
//! 4. An IPv4 address is the same address as its IPv6-mapped form (RFC 4291 §2.5.5.2), in networks and in peers: which
//!    form a peer has depends on how the server listens.

use std::fmt;
use std::net::IpAddr;

use crate::wire::redacted::RedactedUrl;

/// The networks of the proxies in front of this server, by the addresses they connect from.
///
/// On requests from these networks the headers that [`ProxyHeaders`](crate::request::ProxyHeaders) name are believed. Put
/// only machines into it whose only way of sending requests here is the proxy.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<Network>,
}

/// A text is not the address or network of a proxy, or is a network of all addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustedProxyError {
    /// Its place in the list, from zero.
    pub index: usize,
    /// The text that was given.
    pub network: RedactedUrl,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for TrustedProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.network, self.why)
    }
}

impl std::error::Error for TrustedProxyError {}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl TrustedProxies {
    /// No peer is trusted. This is the default.
    #[must_use]
    pub const fn none() -> Self {
        Self { networks: Vec::new() }
    }

    /// Reads networks such as `10.0.0.0/8`, `::1` and `192.168.1.7`.
    ///
    /// # Errors
    /// [`TrustedProxyError`] names the text that is not a network, or is the network of all addresses.
    pub fn parse<'t>(networks: impl IntoIterator<Item = &'t str>) -> Result<Self, TrustedProxyError> {
        let networks = networks.into_iter().enumerate().map(|(index, text)| {
            let refused = |why| TrustedProxyError { index, network: RedactedUrl::of(text), why };
            Network::parse(text).map_err(refused)
        });
        Ok(Self { networks: networks.collect::<Result<_, _>>()? })
    }

    /// Whether the address is one of a trusted proxy.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Whether the other end of a connection is a trusted proxy; one without an address is not.
    pub(super) fn contain_peer(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|peer| self.contains(peer))
    }
}

impl fmt::Debug for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks = self.networks.iter();
        f.debug_list()
            .entries(networks.map(|net| format_args!("{}/{}", net.address, net.prefix).to_string()))
            .finish()
    }
}

impl Network {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| "not an IP address or network such as 10.0.0.0/8 (names are not looked up)")?;
        let longest = bits(address);
        let prefix = match prefix {
            Some(digits) => prefix_length(digits).filter(|prefix| *prefix <= longest),
            None => Some(longest),
        };
        let prefix =
            prefix.ok_or("the length of the prefix must be a number up to 32, for IPv6 up to 128")?;
        let (address, prefix) = match address.to_canonical() {
            mapped @ IpAddr::V4(_) if address.is_ipv6() => {
                let prefix = prefix.checked_sub(128 - 32);
                (mapped, prefix.ok_or("of IPv4-mapped addresses only networks of IPv4 have a meaning")?)
            }
            address => (address, prefix),
        };
        if prefix == 0 {
            return Err("that trusts everybody: name the addresses your proxies connect from");
        }
        let network = Self { address, prefix };
        if network.masked(address) != number(address) {
            return Err(
                "the address has bits beyond the prefix: write the network's first address, or no prefix",
            );
        }
        Ok(network)
    }

    fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && self.masked(address) == number(self.address)
    }

    /// The number of an address of the same family without the bits beyond the prefix.
    fn masked(self, address: IpAddr) -> u128 {
        let beyond = bits(address) - self.prefix;
        number(address).checked_shr(beyond).and_then(|bits| bits.checked_shl(beyond)).unwrap_or(0)
    }
}

const fn bits(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// Digits alone, and as people write them: neither `+8` nor `08`.
fn prefix_length(digits: &str) -> Option<u32> {
    let plain =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(networks: &[&str]) -> TrustedProxies {
        TrustedProxies::parse(networks.iter().copied()).unwrap()
    }

    #[test]
    fn an_address_is_trusted_where_a_network_has_it() {
        for (network, inside, outside) in [
            (
                "10.0.0.0/8",
                &["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"][..],
                &["9.255.255.255", "11.0.0.0", "::a00:1"][..],
            ),
            ("192.168.1.7", &["192.168.1.7", "::ffff:192.168.1.7"], &["192.168.1.6", "192.168.1.8"]),
            ("192.168.1.6/31", &["192.168.1.6", "192.168.1.7"], &["192.168.1.5", "192.168.1.8"]),
            ("0.0.0.0/1", &["127.0.0.1"], &["128.0.0.1", "::1"]),
            ("::1", &["::1"], &["::2", "127.0.0.1", "0.0.0.1"]),
            ("2001:db8::/32", &["2001:db8::1", "2001:db8:ffff::"], &["2001:db9::", "2001:db7:ffff::"]),
            ("fd00::/8", &["fd12::1"], &["fc00::1", "fe80::1"]),
            ("::/1", &["::1"], &["8000::", "0.0.0.0", "::ffff:1.2.3.4"]),
            ("::ffff:10.0.0.0/104", &["10.1.2.3", "::ffff:10.1.2.3"], &["11.0.0.0"]),
            ("::ffff:10.0.0.1", &["10.0.0.1"], &["10.0.0.2"]),
        ] {
            let proxies = proxies(&[network]);
            for address in inside {
                assert!(proxies.contains(address.parse().unwrap()), "{address} in {network}");
            }
            for address in outside {
                assert!(!proxies.contains(address.parse().unwrap()), "{address} not in {network}");
            }
        }
    }

    #[test]
    fn any_of_several_networks_will_do_and_none_trusts_nobody() {
        let several = proxies(&["10.0.0.0/8", "::1"]);
        assert!(several.contains([10, 0, 0, 1].into()) && several.contains("::1".parse().unwrap()));
        assert_eq!(format!("{several:?}"), r#"["10.0.0.0/8", "::1/128"]"#);
        for none in [TrustedProxies::none(), TrustedProxies::default(), proxies(&[])] {
            assert!(!none.contains([127, 0, 0, 1].into()));
            assert!(!none.contain_peer(None));
        }
        assert!(!several.contain_peer(None), "a peer without an address");
    }

    #[test]
    fn what_is_no_network_is_named_with_its_reason() {
        for (network, reason) in [
            ("", "not an IP"),
            ("proxy.internal", "not an IP"),
            ("10.0.0", "not an IP"),
            ("10.0.0.0.0", "not an IP"),
            ("010.0.0.1", "not an IP"),
            (" 10.0.0.1", "not an IP"),
            ("10.0.0.1:80", "not an IP"),
            ("[::1]", "not an IP"),
            ("fe80::1%eth0", "not an IP"),
            ("*", "not an IP"),
            ("10.0.0.0/", "length of the prefix"),
            ("10.0.0.0/33", "length of the prefix"),
            ("10.0.0.0/+8", "length of the prefix"),
            ("10.0.0.0/08", "length of the prefix"),
            ("10.0.0.0/-1", "length of the prefix"),
            ("10.0.0.0/8/8", "length of the prefix"),
            ("10.0.0.0/255.0.0.0", "length of the prefix"),
            ("10.0.0.0/99999999999", "length of the prefix"),
            ("::/129", "length of the prefix"),
            ("10.0.0.1/8", "bits beyond"),
            ("10.0.0.0/6", "bits beyond"),
            ("2001:db8::1/64", "bits beyond"),
            ("::ffff:10.0.0.1/104", "bits beyond"),
            ("0.0.0.0/0", "everybody"),
            ("10.0.0.0/0", "everybody"),
            ("::/0", "everybody"),
            ("::ffff:0.0.0.0/96", "everybody"),
            ("::ffff:0.0.0.0/95", "IPv4-mapped"),
        ] {
            let error = TrustedProxies::parse(["127.0.0.1", network]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{network:?}: ")), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }
}

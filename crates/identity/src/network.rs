//! Where somebody calls from, as far as it says how many they are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What one customer has: an IPv4 address, or an IPv6 /64.
#[must_use]
pub fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => v6(address, 4),
    }
}

/// What one site has who has more than a customer: an IPv4 /24, or an IPv6 /48.
#[must_use]
pub fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(address) => v6(address, 3),
    }
}

/// The first parts of an address.
fn v6(address: Ipv6Addr, parts: usize) -> IpAddr {
    let mut segments = address.segments();
    segments.iter_mut().skip(parts).for_each(|part| *part = 0);
    IpAddr::V6(Ipv6Addr::from(segments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> (String, String) {
        let address = address.parse().unwrap();
        (customer(address).to_string(), site(address).to_string())
    }

    #[test]
    fn addresses_of_one_customer_and_of_one_site_are_one() {
        let v4 = ("192.0.2.7".to_owned(), "192.0.2.0".to_owned());
        assert_eq!(of("192.0.2.7"), v4);
        assert_eq!(of("::ffff:192.0.2.7"), v4);
        assert_eq!(
            of("2001:db8:1:2:3:4:5:6"),
            ("2001:db8:1:2::".to_owned(), "2001:db8:1::".to_owned())
        );
    }
}

//! Published ports in the short form: `[ip:][published:]target[/protocol]`, with ranges.

use crate::model::ServicePort;

/// The most ports one short form may stand for.
const MAX_RANGE: u32 = 65_536;

/// Ports in a short form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortPorts {
    /// One entry for each published port, sorted as the docker CLI sorts them.
    pub ports: Vec<ServicePort>,
    /// The address that swarm ignores, if one is given and it is not "any".
    pub ignored_address: Option<String>,
}

/// Reads a short form as docker's `nat.ParsePortSpec` and `ConvertPortToPortConfig` do.
///
/// # Errors
/// One sentence about what is wrong.
pub fn parse_short_port(spec: &str) -> Result<ShortPorts, String> {
    let (address, published, target) = split(spec);
    let (target, protocol) = match target.split_once('/') {
        Some((target, "")) => (target, "tcp"),
        Some((target, protocol)) => (target, protocol),
        None => (target, "tcp"),
    };
    if target.is_empty() {
        return Err("it names no port".to_owned());
    }
    let protocol = protocol.to_ascii_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!(
            "{protocol:?} is no protocol; tcp, udp and sctp are"
        ));
    }
    let address = check_address(address)?;
    let (first, last) = range(target).ok_or_else(|| format!("{target:?} is no port"))?;
    let published = if published.is_empty() {
        None
    } else {
        Some(range(published).ok_or_else(|| format!("{published:?} is no published port"))?)
    };
    let ports = expand((first, last), published, &protocol)
        .ok_or_else(|| "the ranges of published and target ports differ in length".to_owned())?;
    Ok(ShortPorts {
        ports,
        ignored_address: address,
    })
}

fn split(spec: &str) -> (&str, &str, &str) {
    match spec.rsplit_once(':') {
        None => ("", "", spec),
        Some((rest, target)) => match rest.rsplit_once(':') {
            None => ("", rest, target),
            Some((address, published)) => (address, published, target),
        },
    }
}

fn check_address(address: &str) -> Result<Option<String>, String> {
    if address.is_empty() {
        return Ok(None);
    }
    let bare = address
        .strip_prefix('[')
        .and_then(|a| a.strip_suffix(']'))
        .unwrap_or(address);
    let parsed: std::net::IpAddr = bare
        .parse()
        .map_err(|_| format!("{address:?} is no IP address"))?;
    Ok((!parsed.is_unspecified()).then(|| bare.to_owned()))
}

fn range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    (first <= last).then_some((first, last))
}

fn number(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse::<u16>().ok().map(u32::from)
}

fn expand(
    target: (u32, u32),
    published: Option<(u32, u32)>,
    protocol: &str,
) -> Option<Vec<ServicePort>> {
    let one = |target, published| ServicePort {
        mode: "ingress".to_owned(),
        target,
        published,
        protocol: protocol.to_owned(),
    };
    let length = target.1 - target.0;
    let mut ports: Vec<ServicePort> = match published {
        None => (target.0..=target.1).map(|t| one(t, 0)).collect(),
        Some((first, last)) if last - first == length => {
            (0..=length).map(|i| one(target.0 + i, first + i)).collect()
        }
        Some((first, last)) if length == 0 && last - first < MAX_RANGE => {
            (first..=last).map(|p| one(target.0, p)).collect()
        }
        Some(_) => return None,
    };
    // The CLI sorts by the text `<target>/<protocol>`; a stable sort keeps the published order.
    ports.sort_by_key(|p| format!("{}/{}", p.target, p.protocol));
    Some(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(spec: &str) -> Vec<(u32, u32, String)> {
        parse_short_port(spec)
            .unwrap()
            .ports
            .into_iter()
            .map(|p| (p.published, p.target, p.protocol))
            .collect()
    }

    #[test]
    fn short_forms_expand_to_ports() {
        let t = |p, t| (p, t, "tcp".to_owned());
        assert_eq!(pairs("80"), [t(0, 80)]);
        assert_eq!(pairs("8080:80"), [t(8080, 80)]);
        assert_eq!(pairs("53:53/UDP"), [(53, 53, "udp".to_owned())]);
        assert_eq!(pairs("80/"), [t(0, 80)]);
        assert_eq!(pairs("3000-3001"), [t(0, 3000), t(0, 3001)]);
        assert_eq!(
            pairs("9098-9101:98-101"),
            [t(9100, 100), t(9101, 101), t(9098, 98), t(9099, 99)]
        );
        assert_eq!(
            pairs("8000-8002:80"),
            [t(8000, 80), t(8001, 80), t(8002, 80)]
        );
        assert_eq!(pairs("127.0.0.1::80"), [t(0, 80)]);
    }

    #[test]
    fn addresses_are_recognised_and_reported_as_ignored() {
        assert_eq!(
            parse_short_port("127.0.0.1:80:80")
                .unwrap()
                .ignored_address
                .as_deref(),
            Some("127.0.0.1")
        );
        assert_eq!(
            parse_short_port("[::1]:80:80")
                .unwrap()
                .ignored_address
                .as_deref(),
            Some("::1")
        );
        assert_eq!(
            parse_short_port("0.0.0.0:80:80").unwrap().ignored_address,
            None
        );
    }

    #[test]
    fn what_is_no_port_is_refused() {
        for spec in [
            "",
            "a",
            "80:",
            "80:a",
            "70000",
            "80/foo",
            "5-3",
            "1-3:80-90",
            "x:80:80",
            "80:80:80:80",
        ] {
            assert!(parse_short_port(spec).is_err(), "{spec}");
        }
    }
}

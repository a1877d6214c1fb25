//! Where a message goes. The path, the query and the user of a webhook's address are often its password, so no more than
//! scheme and host of it are ever shown.

use std::{fmt, str::FromStr};

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::limits::MAX_ADDRESS;

/// An http or https address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(Url);

/// Why a text is no address. It is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address {0}")]
pub struct BadAddress(&'static str);

impl Address {
    /// The whole address, for the request.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    /// Whether what is sent there can be read by nobody on the way.
    pub(super) fn is_private(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let here = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback());
        self.0.scheme() == "https" || here
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        if text.len() > MAX_ADDRESS {
            return Err(BadAddress("is too long"));
        }
        let url = Url::parse(text).map_err(|_| BadAddress("is none"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(BadAddress("does not begin with https:// or http://"));
        }
        Ok(Self(url))
    }
}

impl TryFrom<String> for Address {
    type Error = BadAddress;

    fn try_from(text: String) -> Result<Self, BadAddress> {
        text.parse()
    }
}

impl From<Address> for String {
    /// The whole of it: for the configuration's file, which is private.
    fn from(address: Address) -> Self {
        address.0.into()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host_str().unwrap_or_default();
        write!(f, "{}://{host}", self.0.scheme())?;
        match self.0.port() {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_an_address_are_not_shown() {
        let whole = "https://user:canary@chat.example:8443/hooks/canary?key=canary#canary";
        let address: Address = whole.parse().unwrap();
        assert_eq!(
            format!("{address} {address:?}").matches("canary").count(),
            0
        );
        assert_eq!(address.to_string(), "https://chat.example:8443");
        assert_eq!(String::from(address), whole);
        for bad in [
            "canary",
            "ftp://canary.example/",
            "unix:///canary",
            "https://",
        ] {
            let refused = bad.parse::<Address>().unwrap_err();
            assert!(
                !format!("{refused} {refused:?}").contains("canary"),
                "{bad}"
            );
        }
    }

    #[test]
    fn only_https_and_this_machine_are_private() {
        for (text, private) in [
            ("https://matrix.example", true),
            ("http://localhost:8008", true),
            ("http://127.0.0.1:8008", true),
            ("http://[::1]:8008", true),
            ("http://matrix.example", false),
            ("http://127.0.0.1.example", false),
        ] {
            assert_eq!(
                text.parse::<Address>().unwrap().is_private(),
                private,
                "{text}"
            );
        }
    }
}

//! Finds a refusal in what a connection failed with, however deep it lies.

use std::{error::Error, io, iter};

use super::{Refused, tls::ALERTS};
use crate::limits::MAX_CHAIN;

type Link<'a> = &'a (dyn Error + 'static);

impl Refused {
    /// As [`Refused::explain`], through all causes: those of gRPC and HTTP have the TLS error in an [`io::Error`].
    ///
    /// With TLS 1.3 a hub looks at an agent's certificate when the agent's handshake is over: the agent gets the alert
    /// with the first thing it reads, and not from connecting. HTTP/2 keeps of that error only its words, which are
    /// looked at last; whoever connects does better to wait for the hub's first byte (it greets first) and to look here
    /// when there is none.
    #[must_use]
    pub fn in_chain(error: Link<'_>) -> Option<Self> {
        links(error)
            .find_map(typed)
            .or_else(|| links(error).find_map(in_words))
    }
}

fn links(error: Link<'_>) -> impl Iterator<Item = Link<'_>> {
    iter::successors(Some(error), |link| inner(*link)).take(MAX_CHAIN)
}

/// The source of an [`io::Error`] is the source of what is in it, so that this one is passed over.
fn inner(link: Link<'_>) -> Option<Link<'_>> {
    match link
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => link.source(),
    }
}

fn typed(link: Link<'_>) -> Option<Refused> {
    match link.downcast_ref::<Refused>() {
        Some(refused) => Some(refused.clone()),
        None => Refused::explain(link.downcast_ref()?),
    }
}

fn in_words(link: Link<'_>) -> Option<Refused> {
    let text = link.to_string();
    let said = |alert| rustls::Error::AlertReceived(alert).to_string();
    let known = ALERTS
        .iter()
        .find(|(alert, _)| text.contains(&said(*alert)));
    known.map(|(_, why)| Refused::ByHub { why })
}

//! What a page is answered with.

use allot_ledger::log::Resource;
use allot_replica::ReplicaError;
use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::Response,
};

use super::{WebParts, bundle, page::Page};

const BYTES: &str = "application/octet-stream";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
const MARKDOWN: &str = "text/markdown; charset=utf-8";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What never changes can be kept for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What changes is asked for anew; what is not there yet may be there next time.
pub(crate) const NOT_KEPT: &str = "no-cache";

/// Marks what is worth to be compressed: entries and texts. Hashes are not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compressible;

/// The answer to a request for a page, or for none that there is.
pub(super) async fn to(page: Option<Page>, parts: &WebParts) -> Response {
    let found = match page {
        None => Ok(None),
        Some(page) => find(page, parts).await,
    };
    match found {
        Ok(Some(answer)) => answer,
        Ok(None) => plain(StatusCode::NOT_FOUND, "there is no such page\n"),
        Err(error) => {
            tracing::error!(
                code = error.code(),
                "cannot serve a page of the log: {error}"
            );
            let told = "the log cannot be read just now\n";
            plain(StatusCode::INTERNAL_SERVER_ERROR, told)
        }
    }
}

async fn find(page: Page, parts: &WebParts) -> Result<Option<Response>, ReplicaError> {
    let replica = &parts.replica;
    Ok(match page {
        Page::Metrics => Some(answer(OPENMETRICS, NOT_KEPT, (parts.metrics)())),
        Page::Text(sha256) => replica
            .text(sha256)?
            .map(|text| compressible(answer(MARKDOWN, FOR_EVER, text))),
        Page::Log(Resource::Checkpoint) => {
            (parts.checkpoint)().map(|note| answer(TEXT, NOT_KEPT, note))
        }
        Page::Log(Resource::Entries { first, count }) => bundle::stream(replica, first, count)
            .map(|entries| compressible(answer(BYTES, FOR_EVER, entries))),
        Page::Log(hashes) => replica
            .resource(&hashes)
            .await?
            .map(|hashes| answer(BYTES, FOR_EVER, hashes)),
    })
}

fn compressible(mut answer: Response) -> Response {
    answer.extensions_mut().insert(Compressible);
    answer
}

/// A status, and a word about it.
pub(crate) fn plain(status: StatusCode, told: &'static str) -> Response {
    let mut answer = answer(TEXT, NOT_KEPT, told);
    *answer.status_mut() = status;
    answer
}

/// Texts are what members wrote: no browser is to guess what else they might be, or to run anything in them.
pub(crate) fn answer(kind: &'static str, cache: &'static str, body: impl Into<Body>) -> Response {
    let mut answer = Response::new(body.into());
    let headers = answer.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, cache),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

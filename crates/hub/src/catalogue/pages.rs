//! What the plain HTTP serves of the catalogue: `recipes.json`, and a place for forges' webhooks.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderValue, Request, StatusCode, Uri,
        header::{ETAG, IF_NONE_MATCH, RETRY_AFTER},
    },
    response::Response,
    routing::{get, post},
};

use super::{Catalogue, CatalogueError, webhook::Delivery};
use crate::web::answer::{Compressible, NOT_KEPT, TEXT, answer, plain};

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// The pages.
pub(crate) fn routes(catalogue: &Arc<Catalogue>) -> Router {
    let mut router = Router::new()
        .route("/", get(front))
        .route("/recipes.json", get(recipes));
    if catalogue.config.webhook.is_some() {
        router = router.route("/webhook", post(webhook));
    }
    router.with_state(Arc::clone(catalogue))
}

/// For whoever opens the hub's address in a browser. Links are relative: a proxy may serve this below any path.
async fn front(State(catalogue): State<Arc<Catalogue>>, uri: Uri) -> Response {
    if uri.query().is_some() {
        return plain(StatusCode::NOT_FOUND, "there is no such page\n");
    }
    let (federation, recipes, versions) = {
        let book = catalogue.hub.replica.book().await;
        let state = book.state();
        let recipes = state.recipes();
        let name = catalogue.hub.name().to_string();
        (name, recipes.len(), recipes.versions())
    };
    // Names of federations need no escape.
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{federation}</title>\n\
         <h1>The allotment of {federation}</h1>\n\
         <p>{recipes} recipes with {versions} versions.</p>\n\
         <ul>\n\
         <li><a href=\"recipes.json\">recipes.json</a>: the catalogue, as abra reads it</li>\n\
         <li><a href=\"checkpoint\">checkpoint</a>: the log, which anybody can audit (C2SP tlog-tiles)</li>\n\
         </ul>\n\
         </html>\n"
    );
    answer(HTML, NOT_KEPT, page)
}

async fn recipes(
    State(catalogue): State<Arc<Catalogue>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    // A query would be another spelling of the page, and a way around caches.
    if uri.query().is_some() {
        return plain(StatusCode::NOT_FOUND, "there is no such page\n");
    }
    let Some(json) = catalogue.shelf.newest() else {
        let told = "the catalogue is being read\n";
        let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, told);
        answer
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("2"));
        return answer;
    };
    let has_it = has_it(&headers, &json.etag);
    let mut found = match has_it {
        true => answer(JSON, NOT_KEPT, Body::empty()),
        false => answer(JSON, NOT_KEPT, json.body),
    };
    if has_it {
        *found.status_mut() = StatusCode::NOT_MODIFIED;
    }
    if let Ok(etag) = HeaderValue::from_str(&json.etag) {
        found.headers_mut().insert(ETAG, etag);
    }
    found.extensions_mut().insert(Compressible);
    found
}

/// Whether the client has it in this form already.
fn has_it(headers: &HeaderMap, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let ours = bare(etag);
    let theirs = headers.get_all(IF_NONE_MATCH).into_iter();
    let theirs = theirs.filter_map(|value| value.to_str().ok());
    let mut tags = theirs.flat_map(|value| value.split(','));
    tags.any(|tag| tag.trim() == "*" || bare(tag) == ours)
}

async fn webhook(State(catalogue): State<Arc<Catalogue>>, request: Request<Body>) -> Response {
    let Some(config) = &catalogue.config.webhook else {
        return plain(StatusCode::NOT_FOUND, "there is no such page\n");
    };
    match catalogue.room.read(&config.secret_file, request).await {
        Delivery::Signed(about) => {
            catalogue.hub.metrics.webhook("taken");
            catalogue.woken(about.as_ref());
            let mut taken = answer(TEXT, NOT_KEPT, "it will be looked at\n");
            *taken.status_mut() = StatusCode::ACCEPTED;
            taken
        }
        Delivery::Refused(status, told) => {
            let unsigned = status == StatusCode::UNAUTHORIZED;
            let outcome = if unsigned { "unsigned" } else { "refused" };
            catalogue.hub.metrics.webhook(outcome);
            if unsigned && catalogue.refusals.take(&outcome.to_owned()).is_ok() {
                let error = CatalogueError::Signature;
                tracing::warn!(code = error.code(), "{error}");
            }
            plain(status, told)
        }
    }
}

//! Witnessing for third parties: C2SP `tlog-witness` over plain HTTP. Whoever brings a checkpoint of the federation's log
//! of which all entries are here, verified, gets this collective's cosignature; who brings another history leaves proof
//! of it.
//!
//! One that is larger than the own copy is answered with 409 and the size that there is here, as one whose old size is
//! not that: the signature is a hub's, but what it covers was seen by nobody who could hold it against the rules. It can
//! be brought again once this agent has these entries. 404 is for another log.

use std::{net::SocketAddr, sync::Arc};

use allot_ledger::{
    Digest,
    log::{Refused, SignedCheckpoint, verify_consistency},
};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Federation, error::Result, member::Member};
use crate::limits::{MAX_WITNESS_BODY, MAX_WITNESS_PROOF};

/// The media type of the size that a 409 tells.
const SIZE: &str = "text/x.tlog.size";

/// What is brought.
struct Brought<'b> {
    old: u64,
    proof: Vec<Digest>,
    note: &'b [u8],
}

/// What is answered.
enum Answer {
    Cosigned(String),
    Conflict(u64),
    No(StatusCode, &'static str),
}

/// Serves `POST /add-checkpoint` until told to stop.
pub async fn serve(address: SocketAddr, federation: Arc<Federation>, stop: CancellationToken) {
    match TcpListener::bind(address).await {
        Ok(listener) => serve_on(listener, federation, stop).await,
        Err(error) => tracing::error!(%address, "cannot serve as a witness: {error}"),
    }
}

/// The same, on a listener.
pub async fn serve_on(listener: TcpListener, federation: Arc<Federation>, stop: CancellationToken) {
    let router = Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .layer(DefaultBodyLimit::max(MAX_WITNESS_BODY))
        .with_state(federation);
    crate::web::serve(listener, router, stop).await;
}

async fn add_checkpoint(State(federation): State<Arc<Federation>>, body: Bytes) -> Response {
    let answer = match (parse(&body), federation.member()) {
        (None, _) => Answer::No(
            StatusCode::BAD_REQUEST,
            "this is no checkpoint with a proof",
        ),
        (_, Err(_)) => Answer::No(StatusCode::NOT_FOUND, "this agent is in no federation"),
        (Some(brought), Ok(member)) => member.cosign_for(&brought).await.unwrap_or_else(|error| {
            tracing::warn!(code = error.code(), "cannot witness: {error}");
            Answer::No(
                StatusCode::SERVICE_UNAVAILABLE,
                "this agent cannot sign now",
            )
        }),
    };
    match answer {
        Answer::Cosigned(line) => line.into_response(),
        Answer::Conflict(size) => {
            let head = [(CONTENT_TYPE, SIZE)];
            (StatusCode::CONFLICT, head, format!("{size}\n")).into_response()
        }
        Answer::No(status, why) => (status, format!("{why}\n")).into_response(),
    }
}

/// An old size, the lines of a proof, an empty line, and a checkpoint.
fn parse(body: &[u8]) -> Option<Brought<'_>> {
    let end = body.windows(2).position(|two| two == b"\n\n")?;
    let (head, note) = body.split_at_checked(end + 2)?;
    let mut lines = std::str::from_utf8(head).ok()?.trim_end().split('\n');
    let old = lines.next()?.strip_prefix("old ")?;
    let size: u64 = old.parse().ok()?;
    // One spelling: no sign, no zero before it.
    if size.to_string() != old {
        return None;
    }
    let hash = |line: &str| {
        let bytes = BASE64_STANDARD.decode(line).ok()?;
        bytes.try_into().ok().map(Digest)
    };
    let proof = lines.map(hash).collect::<Option<Vec<_>>>()?;
    (proof.len() <= MAX_WITNESS_PROOF).then_some(Brought {
        old: size,
        proof,
        note,
    })
}

impl Member {
    async fn cosign_for(&self, brought: &Brought<'_>) -> Result<Answer> {
        let log = self.log()?;
        // Whoever holds the memory is the only one to change what was seen and cosigned.
        let mut memory = self.memory.lock().await;
        let (signed, own) = {
            let book = log.book().await;
            let hub = book.state().serving_hub();
            let signed = match SignedCheckpoint::read(brought.note, &hub.origin, &hub.log) {
                Ok(signed) => signed,
                Err(refused) => return Ok(no(&refused)),
            };
            let own = book.tree().root_at(signed.checkpoint().size);
            if own.is_some_and(|root| root != signed.checkpoint().root) {
                self.look_for_proof(&memory, &book, &signed);
            }
            (signed, own)
        };
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        if brought.old > size || size == 0 {
            let why = "the old size is beyond the checkpoint's";
            return Ok(Answer::No(StatusCode::BAD_REQUEST, why));
        }
        // What was seen counts as cosigned: it is about to be.
        let seen = (memory.seen.size, memory.seen.root);
        let cosigned = memory.cosigned.as_ref().map(|c| (c.size, c.root));
        let last = cosigned
            .into_iter()
            .fold(seen, |a, b| if b.0 > a.0 { b } else { a });
        if brought.old != last.0 || (brought.old == size && root != last.1) {
            return Ok(Answer::Conflict(last.0));
        }
        let is_other = own.is_some_and(|own| own != root);
        if is_other || !goes_on(&brought.proof, last, (size, root)) {
            let why = "the proof does not show that it goes on with what was seen here";
            return Ok(Answer::No(StatusCode::UNPROCESSABLE_ENTITY, why));
        }
        if own.is_none() {
            return Ok(Answer::Conflict(last.0));
        }
        let line = self.witness(&mut memory, &signed).await?;
        Ok(line.map_or(
            Answer::No(
                StatusCode::FORBIDDEN,
                "this collective is no member with a vote, or another agent of it witnesses",
            ),
            Answer::Cosigned,
        ))
    }
}

fn goes_on(proof: &[Digest], old: (u64, Digest), new: (u64, Digest)) -> bool {
    if old.0 == 0 || old.0 == new.0 {
        return proof.is_empty();
    }
    verify_consistency(proof, old, new).is_ok()
}

fn no(refused: &Refused) -> Answer {
    match refused {
        Refused::OtherLog { .. } => Answer::No(StatusCode::NOT_FOUND, "this is another log"),
        Refused::NotSigned { .. } => {
            Answer::No(StatusCode::FORBIDDEN, "it is not signed with the log's key")
        }
        _ => Answer::No(StatusCode::BAD_REQUEST, "this is no checkpoint"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brought_has_one_spelling() {
        let hash = BASE64_STANDARD.encode([7; 32]);
        let good = format!("old 7\n{hash}\n{hash}\n\nnote\n");
        let read = parse(good.as_bytes()).unwrap();
        assert_eq!(
            (read.old, read.proof.len(), read.note),
            (7, 2, &b"note\n"[..])
        );
        assert_eq!(parse(b"old 0\n\nnote").unwrap().proof.len(), 0);
        let many = format!("old 1\n{}\nnote", format!("{hash}\n").repeat(64));
        for bad in [
            "",
            "\n\n",
            "old \n\n",
            "old 01\n\n",
            "old +1\n\n",
            "old 1",
            "old 1\n",
            "old 1\nx\n\n",
            "old 1\nAAAA\n\n",
            "old -1\n\n",
            &many,
        ] {
            assert!(parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}

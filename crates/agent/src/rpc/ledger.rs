//! `LedgerService` of the agent.

use std::sync::Arc;

use allot_proto::agent::{self as pb, ledger_service_server::LedgerService};
use allot_replica::Export;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{convert_federation as convert, refuse_federation};
use crate::{
    federation::{EntryQuery, EntryRow, Federation, FederationError, View},
    limits::EXPORT_PIECE,
};

/// `LedgerService` over an agent's part in its federation.
pub struct LedgerRpc(pub Arc<Federation>);

type Answer<T> = Result<Response<T>, Status>;

/// Messages of progress that wait for a slow reader; the newest count is what matters, and the last one always comes.
const AHEAD: usize = 4;

#[tonic::async_trait]
impl LedgerService for LedgerRpc {
    type VerifyLedgerStream = BoxStream<'static, Result<pb::VerifyProgress, Status>>;
    type ExportLedgerStream = BoxStream<'static, Result<pb::ExportedFile, Status>>;

    async fn get_ledger_status(
        &self,
        _: Request<pb::GetLedgerStatusRequest>,
    ) -> Answer<pb::LedgerStatus> {
        let view = self.0.view().await.map_err(refuse_federation)?;
        Ok(Response::new(status(view)))
    }

    async fn list_entries(
        &self,
        request: Request<pb::ListEntriesRequest>,
    ) -> Answer<pb::ListEntriesResponse> {
        let asked = request.into_inner();
        let query = EntryQuery {
            from: asked.from,
            limit: asked.limit,
            author: asked.author,
            kind: asked.kind,
        };
        let (rows, size) = self.0.entries(&query).await.map_err(refuse_federation)?;
        Ok(Response::new(pb::ListEntriesResponse {
            entries: rows.into_iter().map(entry).collect(),
            size,
        }))
    }

    async fn verify_ledger(
        &self,
        _: Request<pb::VerifyLedgerRequest>,
    ) -> Answer<Self::VerifyLedgerStream> {
        let log = self.0.log().map_err(refuse_federation)?;
        let leave = self.0.may_verify().map_err(refuse_federation)?;
        let size = log.book().await.size();
        let (send, receive) = mpsc::channel(AHEAD);
        let federation = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            let last = verify(&federation, size, &send);
            // Whoever has the last word may ask again.
            drop(leave);
            // The reader may have gone.
            let _ = send.blocking_send(last);
        });
        Ok(Response::new(ReceiverStream::new(receive).boxed()))
    }

    async fn export_ledger(
        &self,
        _: Request<pb::ExportLedgerRequest>,
    ) -> Answer<Self::ExportLedgerStream> {
        let export = self.0.export().await.map_err(refuse_federation)?;
        let files = stream::try_unfold(export, next_file);
        let pieces = files.map(|file| match file {
            Ok(file) => stream::iter(pieces(file)).left_stream(),
            Err(error) => stream::iter([Err(refuse_federation(error))]).right_stream(),
        });
        Ok(Response::new(pieces.flatten().boxed()))
    }

    async fn compare_checkpoint(
        &self,
        request: Request<pb::CompareCheckpointRequest>,
    ) -> Answer<pb::CompareCheckpointResponse> {
        let checkpoint = request.into_inner().checkpoint;
        let compared = self
            .0
            .compare(&checkpoint)
            .await
            .map_err(refuse_federation)?;
        let (proof, kept_in) = compared
            .proof
            .map_or_else(Default::default, |(proof, path)| {
                (proof, path.display().to_string())
            });
        Ok(Response::new(pb::CompareCheckpointResponse {
            verdict: compared.verdict.name().to_owned(),
            own_size: compared.own_size,
            other_size: compared.other_size,
            proof,
            kept_in,
        }))
    }
}

fn status(view: View) -> pb::LedgerStatus {
    let problem = view.problem;
    let said = |read: fn(&crate::federation::Told) -> &String| {
        problem
            .as_ref()
            .map(|told| read(told).clone())
            .unwrap_or_default()
    };
    pb::LedgerStatus {
        federation: view.federation.to_string(),
        genesis: view.genesis.to_string(),
        size: view.size,
        root: view
            .root
            .map(|root| BASE64_STANDARD.encode(root.0))
            .unwrap_or_default(),
        state: view
            .state
            .map(|state| state.to_string())
            .unwrap_or_default(),
        checkpoint_time: convert::time(view.clock),
        checkpoint_age_seconds: view.age_seconds.unwrap_or_default(),
        witnesses: view.enough.iter().map(ToString::to_string).collect(),
        members: convert::small(view.members),
        witnesses_needed: convert::small(view.witnesses_needed),
        requires_witnesses: view.requires_witnesses,
        witnessed_size: view.witnessed_size,
        problem: said(|told| &told.message),
        problem_code: said(|told| &told.code),
        help: said(|told| &told.help),
        checkpoint: view.checkpoint.unwrap_or_default(),
    }
}

fn entry(row: EntryRow) -> pb::LedgerEntry {
    pb::LedgerEntry {
        index: row.index,
        time: row.time.to_string(),
        author: row.author,
        seq: row.seq,
        kind: row.kind.to_owned(),
        summary: row.summary,
        json: row.json,
        leaf_hash: row.hash.to_string(),
    }
}

/// Reads the log on a thread that may block, and tells how far it is. A reader that went away ends nothing: the rest of
/// the log is soon read.
#[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
fn verify(
    federation: &Federation,
    size: u64,
    send: &mpsc::Sender<Result<pb::VerifyProgress, Status>>,
) -> Result<pb::VerifyProgress, Status> {
    let verified = federation.verify(|verified| {
        let progress = pb::VerifyProgress {
            verified,
            size,
            ..Default::default()
        };
        // What does not fit is soon out of date.
        let _ = send.try_send(Ok(progress));
    });
    let last = verified.map(|proven| pb::VerifyProgress {
        verified: proven.size,
        size: proven.size,
        done: true,
        root: BASE64_STANDARD.encode(proven.root.0),
        state: proven.state.to_string(),
    });
    last.map_err(refuse_federation)
}

async fn next_file(
    mut export: Export,
) -> Result<Option<((String, Bytes), Export)>, FederationError> {
    let next = export.next().await?;
    Ok(next.map(|file| (file, export)))
}

/// A file in as many messages as it needs; an empty one in one.
fn pieces((path, content): (String, Bytes)) -> Vec<Result<pb::ExportedFile, Status>> {
    let piece = |content: Bytes| pb::ExportedFile {
        path: path.clone(),
        content: content.to_vec(),
    };
    if content.is_empty() {
        return vec![Ok(piece(content))];
    }
    let starts = (0..content.len()).step_by(EXPORT_PIECE);
    let ranges = starts.map(|start| start..content.len().min(start + EXPORT_PIECE));
    ranges
        .map(|range| Ok(piece(content.slice(range))))
        .collect()
}

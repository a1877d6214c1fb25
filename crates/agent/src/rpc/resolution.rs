//! `ResolutionService`.

use std::{ops::Bound, sync::Arc};

use allot_ledger::{entry::Number, state::Resolution};
use allot_proto::agent::{self as pb, resolution_service_server::ResolutionService};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{
    Peer, convert_federation as convert, convert_resolution as shown, parse, refuse_federation,
};
use crate::{
    federation::{
        ExportWhat, Federation, FederationError, KnownText, MarkdownExport, ProposeWhat, View,
    },
    limits::MAX_RESOLUTIONS_BYTES,
};

/// `ResolutionService` over an agent's part in its federation.
pub struct ResolutionRpc(pub Arc<Federation>);

type Answer<T> = Result<Response<T>, Status>;

/// What stands around a row in a message, bytes.
const ROW_FRAME: usize = 8;

#[tonic::async_trait]
impl ResolutionService for ResolutionRpc {
    type ExportStream = BoxStream<'static, Result<pb::ExportResponse, Status>>;

    async fn list_resolutions(
        &self,
        request: Request<pb::ListResolutionsRequest>,
    ) -> Answer<pb::ListResolutionsResponse> {
        let asked = request.into_inner();
        let view = self.view().await?;
        let log = self.0.log().map_err(refuse_federation)?;
        let book = log.book().await;
        let state = book.state();
        let is_wanted = |resolution: &&Resolution| {
            let phase = resolution.phase.name();
            (asked.states.is_empty() || asked.states.iter().any(|s| s == phase))
                && (!asked.awaiting || state.awaits_vote(resolution, &view.collective))
        };
        let numbers = (Bound::Excluded(asked.after), Bound::Unbounded);
        let wanted = state.resolutions().range(numbers).map(|(_, r)| r);
        let wanted = wanted.filter(is_wanted);
        let rows = wanted.map(|r| shown::resolution(r, state, &view));
        Ok(Response::new(page(rows, asked.limit)))
    }

    async fn get_resolution(
        &self,
        request: Request<pb::GetResolutionRequest>,
    ) -> Answer<pb::GetResolutionResponse> {
        let number = request.into_inner().number;
        let view = self.view().await?;
        let found = self.find(number).await?;
        let text = self.0.text(&found).await.map_err(refuse_federation)?;
        let log = self.0.log().map_err(refuse_federation)?;
        let book = log.book().await;
        let mut answer = shown::whole(&found, book.state(), &view);
        match text {
            KnownText::Here(text) => answer.text = text,
            KnownText::Missing(why) => answer.text_note = why,
        }
        Ok(Response::new(answer))
    }

    async fn draft(&self, request: Request<pb::DraftRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let proposal = parse::needed(request.into_inner().proposal).map_err(refuse_federation)?;
        convert::answer(self.0.draft(proposal, &by.0).await)
    }

    async fn revise(&self, request: Request<pb::ReviseRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        let proposal = parse::needed(asked.proposal).map_err(refuse_federation)?;
        convert::answer(self.0.revise(asked.number, proposal, &by.0).await)
    }

    async fn propose(&self, request: Request<pb::ProposeRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        let deadline = parse::deadline(&asked.deadline).map_err(refuse_federation)?;
        let what = match (asked.draft, asked.proposal) {
            (0, proposal) => parse::needed(proposal).map(ProposeWhat::New),
            (draft, None) => Ok(ProposeWhat::Draft(draft)),
            (draft, Some(proposal)) => {
                parse::proposal(proposal).map(|proposal| ProposeWhat::Changed(draft, proposal))
            }
        };
        let what = what.map_err(refuse_federation)?;
        convert::answer(self.0.propose(what, deadline, &by.0).await)
    }

    async fn vote(&self, request: Request<pb::VoteRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        let choice = parse::choice(&asked.choice).map_err(refuse_federation)?;
        let reason = Some(asked.reason).filter(|reason| !reason.is_empty());
        convert::answer(self.0.vote(asked.number, choice, reason, &by.0).await)
    }

    async fn escalate(&self, request: Request<pb::EscalateRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        convert::answer(self.0.escalate(asked.number, asked.reason, &by.0).await)
    }

    async fn withdraw(&self, request: Request<pb::WithdrawRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        convert::answer(self.0.withdraw(asked.number, asked.reason, &by.0).await)
    }

    async fn close(&self, request: Request<pb::CloseRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        convert::answer(self.0.close_vote(request.into_inner().number, &by.0).await)
    }

    async fn import(&self, request: Request<pb::ImportRequest>) -> Answer<pb::ImportResponse> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        let files = asked
            .files
            .into_iter()
            .map(|file| (file.path, file.content));
        let done = self.0.import(files.collect(), asked.check, &by.0).await;
        let done = done.map_err(refuse_federation)?;
        Ok(Response::new(pb::ImportResponse {
            recorded: done.recorded.into_iter().map(convert::recorded).collect(),
            numbers: done.numbers,
            warnings: done.warnings,
            refused: done.refused,
        }))
    }

    async fn export(&self, request: Request<pb::ExportRequest>) -> Answer<Self::ExportStream> {
        let asked = request.into_inner();
        let what = ExportWhat {
            numbers: asked.numbers,
            members: asked.members,
            members_only: asked.members_only,
        };
        let export = self
            .0
            .export_markdown(&what)
            .await
            .map_err(refuse_federation)?;
        let files = stream::try_unfold(export, next_file);
        Ok(Response::new(
            files.map(|file| file.map_err(refuse_federation)).boxed(),
        ))
    }
}

/// As many as are asked for and go into one message.
fn page(rows: impl Iterator<Item = pb::Resolution>, limit: u32) -> pb::ListResolutionsResponse {
    let most = match limit {
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let mut page = pb::ListResolutionsResponse::default();
    let mut bytes = 0;
    for row in rows {
        // Tag and length take a few bytes more.
        bytes += row.encoded_len() + ROW_FRAME;
        let is_full = page.resolutions.len() >= most || bytes > MAX_RESOLUTIONS_BYTES;
        if let Some(last) = page.resolutions.last().filter(|_| is_full) {
            page.next_after = last.number;
            break;
        }
        page.resolutions.push(row);
    }
    page
}

impl ResolutionRpc {
    #[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
    async fn view(&self) -> Result<View, Status> {
        self.0.view().await.map_err(refuse_federation)
    }

    #[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
    async fn find(&self, number: Number) -> Result<Resolution, Status> {
        let log = self.0.log().map_err(refuse_federation)?;
        let found = log.book().await.state().resolution(number).cloned();
        let missing = || FederationError::NotFound {
            what: "resolution",
            which: number.to_string(),
        };
        found.ok_or_else(|| refuse_federation(missing()))
    }
}

async fn next_file(
    mut export: MarkdownExport,
) -> Result<Option<(pb::ExportResponse, MarkdownExport)>, FederationError> {
    let next = export.next().await?;
    let file = next.map(|(path, content)| pb::ExportResponse {
        path,
        content: content.into_bytes(),
    });
    Ok(file.map(|file| (file, export)))
}

//! `allot resolution propose`: shown to the letter before it is signed.

use allot_ledger::entry::Size;
use allot_proto::agent::{FederationStatus, ProposeRequest};
use jiff::Timestamp;

use super::{federation_status, recorded, resolution_draft, resolution_show, until::Until};
use crate::{
    args::resolution::ProposeArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    prompt,
    proposal::{self, Proposal, Written},
    render::{intent::Intent, text::number},
};

/// Opens a new resolution, or a draft.
pub async fn run(args: ProposeArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let written = match args.draft {
        Some(draft) => {
            let draft = resolution_show::get(&agent, draft).await?;
            Written::from(Proposal::of(draft)?)
        }
        None => proposal::write(ctx, args.proposal, args.kind)?,
    };
    let until = Until::of(&args.deadline, &status, Timestamp::now());
    let result = async {
        let view = intent(args.draft, &written.proposal, &until, &status).show(ctx.out.talk);
        prompt::show_and_confirm(ctx, &view, args.yes, "a proposal", "Sign and open it?")?;
        let request = ProposeRequest {
            draft: args.draft.unwrap_or_default(),
            proposal: Some(written.proposal.message()?),
            deadline: until.message(),
        };
        let answer = ctx.agent().await?.resolutions().propose(request).await?;
        Ok(answer.into_inner())
    };
    let result = result.await;
    recorded::show(ctx, &written.end(ctx, result)?)
}

fn intent(
    draft: Option<u32>,
    proposal: &Proposal,
    until: &Until,
    status: &FederationStatus,
) -> Intent {
    let size = proposal::size_name(proposal.size);
    let title = match draft {
        Some(draft) => format!("Propose draft {}: a {size} resolution", number(draft)),
        None => format!("Propose a {size} resolution"),
    };
    let intent = resolution_draft::intent(title, proposal).row("proposer", &status.collective);
    match proposal.size {
        Size::Small => intent.note("It is written down; nobody votes on it."),
        Size::Medium => until.told(intent).note(
            "It passes with votes for, and none against. Any member can make it a large one.",
        ),
        Size::Large => until
            .told(intent)
            .note("It passes with votes for from more than half of all members, and none against."),
    }
}

//! `allot resolution draft` and `revise`: written down, not open for votes.

use allot_proto::agent::{DraftRequest, ReviseRequest};

use super::{federation_status, recorded, resolution_show};
use crate::{
    args::resolution::{DraftArgs, ReviseArgs},
    context::Context,
    error::CliError,
    exit::ExitCode,
    prompt,
    proposal::{self, Proposal},
    render::{intent::Intent, kind, text::number},
};

/// Writes a new draft.
pub async fn draft(args: DraftArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    // An agent that is away, or in no federation, is told before a long text is written.
    federation_status::for_signing(ctx, &ctx.agent().await?).await?;
    let written = proposal::write(ctx, args.proposal, args.kind)?;
    let result = async {
        let view = intent("Write a draft".to_owned(), &written.proposal);
        let view = view
            .note("Everybody can read it from now on; votes begin when it is proposed.")
            .show(ctx.out.talk);
        prompt::show_and_confirm(ctx, &view, args.yes, "a draft", "Sign?")?;
        let request = DraftRequest {
            proposal: Some(written.proposal.message()?),
        };
        let answer = ctx.agent().await?.resolutions().draft(request).await?;
        Ok(answer.into_inner())
    };
    let result = result.await;
    recorded::show(ctx, &written.end(ctx, result)?)
}

/// Changes a draft.
pub async fn revise(args: ReviseArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let before = resolution_show::get(&ctx.agent().await?, args.number).await?;
    let before = Proposal::of(before)?;
    let written = proposal::rewrite(ctx, before, args.proposal, args.kind)?;
    let result = async {
        let title = format!("Change draft {}", number(args.number));
        let view = intent(title, &written.proposal).show(ctx.out.talk);
        prompt::show_and_confirm(ctx, &view, args.yes, "changing a draft", "Sign?")?;
        let request = ReviseRequest {
            number: args.number,
            proposal: Some(written.proposal.message()?),
        };
        let answer = ctx.agent().await?.resolutions().revise(request).await?;
        Ok(answer.into_inner())
    };
    let result = result.await;
    recorded::show(ctx, &written.end(ctx, result)?)
}

/// What a proposal says, to the letter.
pub fn intent(title: String, proposal: &Proposal) -> Intent {
    let mut intent = Intent::new(title)
        .row("title", &proposal.title)
        .row("size", proposal::size_name(proposal.size))
        .row("does", proposal.kind.does());
    for (name, value) in kind::more(&proposal.kind) {
        intent = intent.row(name, value);
    }
    intent.text.clone_from(&proposal.text);
    let smallest = proposal.kind.smallest();
    if proposal.size < smallest {
        intent = intent.warning(format!(
            "a decision of this kind is at least {}: it will be refused",
            proposal::size_name(smallest)
        ));
    }
    intent
}

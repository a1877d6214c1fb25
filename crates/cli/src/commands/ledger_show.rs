//! `allot ledger show`

use allot_proto::agent::ListEntriesRequest;

use crate::{
    args::ledger::ShowArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{ledger, text::entries},
};

/// Shows entries, or one of them whole.
pub async fn run(args: ShowArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    if let Some(index) = args.index {
        let request = ListEntriesRequest {
            from: Some(index),
            limit: 1,
            ..Default::default()
        };
        let answer = agent.ledger().list_entries(request).await?.into_inner();
        let size = answer.size;
        let found = answer.entries.into_iter().find(|e| e.index == index);
        let entry = found.ok_or(CliError::NoEntry { index, size })?;
        ctx.out.show(&entry, |e| ledger::entry(ctx.out.data, e))?;
        return Ok(ExitCode::Done);
    }
    let request = ListEntriesRequest {
        from: args.from,
        limit: args.limit,
        author: args.author.unwrap_or_default(),
        kind: args.kind.unwrap_or_default().replace('-', "_"),
    };
    let answer = agent.ledger().list_entries(request).await?.into_inner();
    ctx.out
        .show(&answer, |a| ledger::entries(ctx.out.data, &a.entries))?;
    ctx.out
        .talk(&format!("{} in the log\n", entries(answer.size)));
    Ok(ExitCode::Done)
}

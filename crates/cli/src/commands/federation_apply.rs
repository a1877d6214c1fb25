//! `allot federation apply`: an application is a file; nothing is sent.

use allot_proto::agent::MakeApplicationRequest;

use crate::{args::federation::ApplyArgs, context::Context, error::CliError, exit::ExitCode};

/// Prints the application.
pub async fn run(args: ApplyArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = MakeApplicationRequest {
        federation: args.federation.to_string(),
        name: args.name,
        website: args.website.unwrap_or_default(),
        summary: args.summary,
        contact: args.contact.unwrap_or_default(),
        sponsor: args.sponsor.map(String::from).unwrap_or_default(),
        seq: args.entry.unwrap_or(0),
    };
    let agent = ctx.agent().await?;
    let answer = agent.federation().make_application(request).await?;
    ctx.out.show(&answer.into_inner(), |made| {
        format!("{}\n", made.application.trim_end())
    })?;
    ctx.out
        .talk("send it to a member, who opens the vote with `allot federation vouch FILE`\n");
    Ok(ExitCode::Done)
}

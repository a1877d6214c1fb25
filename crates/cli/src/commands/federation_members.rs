//! `allot federation members`

use allot_proto::agent::{ExportRequest, ListMembersRequest};
use tokio_stream::StreamExt as _;

use super::federation_members_import;
use crate::{
    args::federation::{MembersArgs, MembersCommand},
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits,
    prompt::unreadable,
    render::{federation, text::visible},
};

/// The name under which the export has the table.
const TABLE: &str = "membership.md";

/// Lists members.
pub async fn run(args: MembersArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    if let Some(MembersCommand::Import(args)) = args.command {
        return federation_members_import::run(args, ctx).await;
    }
    let agent = ctx.agent().await?;
    if args.markdown {
        let table = markdown(&agent).await?;
        let document = serde_json::json!({ "path": TABLE, "markdown": table });
        ctx.out.show(&document, |_| table.clone())?;
        return Ok(ExitCode::Done);
    }
    let request = ListMembersRequest {
        all: args.all,
        contacts: args.contacts,
    };
    let answer = agent.federation().list_members(request).await?.into_inner();
    ctx.out.show(&answer, |list| {
        federation::members(ctx.out.data, list, args.contacts)
    })?;
    if !answer.note.is_empty() {
        ctx.out.talk(&format!("note: {}\n", visible(&answer.note)));
    }
    ctx.out.talk(&format!("{} may vote\n", answer.electorate));
    Ok(ExitCode::Done)
}

/// The federation's own table.
async fn markdown(agent: &Agent) -> Result<String, CliError> {
    let request = ExportRequest {
        members: true,
        members_only: true,
        ..Default::default()
    };
    let mut files = agent.resolutions().export(request).await?.into_inner();
    let mut table = Vec::new();
    while let Some(file) = files.next().await {
        let file = file?;
        if file.path == TABLE {
            table.extend(file.content);
        }
        if table.len() > limits::MAX_MARKDOWN {
            return Err(unreadable("the table of members", "it is too large"));
        }
    }
    if table.is_empty() {
        return Err(CliError::Incomplete {
            what: "table of members",
        });
    }
    String::from_utf8(table).map_err(|error| unreadable("the table of members", error))
}

//! `allot federation profile`

use allot_proto::agent::{ListMembersRequest, Member, SetProfileRequest};

use super::{federation_status, recorded};
use crate::{
    args::federation::ProfileArgs, client::Agent, context::Context, error::CliError,
    exit::ExitCode, prompt, render::intent::Intent,
};

/// Says anew what the collective is called. The entry says everything, so what is not given is taken from
/// what there is.
pub async fn run(args: ProfileArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let now = own(ctx, &agent).await?;
    let request = SetProfileRequest {
        name: args.name.unwrap_or_else(|| now.name.clone()),
        website: match args.website {
            Some(website) => website,
            None if args.no_website => String::new(),
            None => now.website.clone(),
        },
    };
    let view = Intent::new(format!("Change what {} says of itself", now.slug))
        .row("name", change(&now.name, &request.name))
        .row("website", change(&now.website, &request.website))
        .note("Everybody can read it, and the old one stays in the log.")
        .show(ctx.out.talk);
    let what = format!("changing the profile of {}", now.slug);
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Sign?")?;
    let answer = agent.federation().set_profile(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

/// The own collective, as the log has it.
async fn own(ctx: &Context, agent: &Agent) -> Result<Member, CliError> {
    let slug = federation_status::for_signing(ctx, agent).await?.collective;
    let request = ListMembersRequest {
        all: true,
        contacts: false,
    };
    let list = agent.federation().list_members(request).await?.into_inner();
    list.members
        .into_iter()
        .find(|member| member.slug == slug)
        .ok_or(CliError::Incomplete {
            what: "own collective",
        })
}

fn change(before: &str, after: &str) -> String {
    let or_none = |text: &str| if text.is_empty() { "none" } else { text }.to_owned();
    if before == after {
        format!("{} (stays)", or_none(before))
    } else {
        format!("{} -> {}", or_none(before), or_none(after))
    }
}

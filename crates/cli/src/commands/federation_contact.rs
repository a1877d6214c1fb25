//! `allot federation contact`

use allot_proto::agent::SetContactRequest;

use super::federation_status;
use crate::{
    args::federation::ContactArgs, context::Context, error::CliError, exit::ExitCode, prompt,
    render::intent::Intent,
};

/// Says whom other members can ask.
pub async fn run(args: ContactArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let view = Intent::new(format!("Set the contact of {}", status.collective))
        .row("contact", &args.contact)
        .row("kept at", &status.hub_address)
        .note("The hub tells it to members, in place of the one before. It is in no log.")
        .show(ctx.out.talk);
    let what = format!("setting the contact of {}", status.collective);
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Set it?")?;
    let request = SetContactRequest {
        contact: args.contact,
    };
    let answer = agent.federation().set_contact(request).await?;
    ctx.out
        .show(&answer.into_inner(), |_| "contact set\n".to_owned())?;
    Ok(ExitCode::Done)
}

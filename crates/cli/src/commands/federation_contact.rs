//! `allot federation contact`

use allot_proto::agent::{FederationStatus, SetContactRequest};

use super::federation_status;
use crate::{
    args::federation::ContactArgs, client::Agent, context::Context, error::CliError,
    exit::ExitCode, prompt, render::intent::Intent,
};

/// Says whom other members can ask, or that there is nobody any more.
pub async fn run(args: ContactArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let done = match args.contact {
        Some(contact) => {
            set(ctx, &agent, &status, contact, args.yes).await?;
            "contact set\n"
        }
        None => {
            remove(ctx, &agent, &status, args.yes).await?;
            "contact removed\n"
        }
    };
    let document = serde_json::json!({});
    ctx.out.show(&document, |_| done.to_owned())?;
    Ok(ExitCode::Done)
}

/// Sets a contact, after asking.
pub async fn set(
    ctx: &Context,
    agent: &Agent,
    status: &FederationStatus,
    contact: String,
    yes: bool,
) -> Result<(), CliError> {
    let view = Intent::new(format!("Set the contact of {}", status.collective))
        .row("contact", &contact)
        .row("kept at", &status.hub_address)
        .note("The hub tells it to members, in place of the one before. It is in no log.")
        .show(ctx.out.talk);
    let what = format!("setting the contact of {}", status.collective);
    prompt::show_and_confirm(ctx, &view, yes, &what, "Set it?")?;
    let request = SetContactRequest {
        contact,
        remove: false,
    };
    agent.federation().set_contact(request).await?;
    Ok(())
}

async fn remove(
    ctx: &Context,
    agent: &Agent,
    status: &FederationStatus,
    yes: bool,
) -> Result<(), CliError> {
    let view = Intent::new(format!("Remove the contact of {}", status.collective))
        .row("kept at", &status.hub_address)
        .note("The hub tells members none any more. What it has written down before stays on its disk.")
        .show(ctx.out.talk);
    let what = format!("removing the contact of {}", status.collective);
    prompt::show_and_confirm(ctx, &view, yes, &what, "Remove it?")?;
    let request = SetContactRequest {
        contact: String::new(),
        remove: true,
    };
    agent.federation().set_contact(request).await?;
    Ok(())
}

//! `allot federation vouch`: what is vouched for is read and shown here, before it is sent.

use allot_proto::agent::{FederationStatus, VouchRequest};
use jiff::Timestamp;

use super::{federation_status, recorded, until::Until, witnesses};
use crate::{
    application::{self, Applicant},
    args::federation::VouchArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits, prompt,
    render::intent::Intent,
};

/// Opens the resolution that admits an applicant.
pub async fn run(args: VouchArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let file = prompt::read_text(&args.application, limits::MAX_APPLICATION)?;
    let applicant = application::read(&file)?;
    let text = match &args.text {
        Some(path) => prompt::read_text(path, limits::MAX_TEXT)?,
        None => String::new(),
    };
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let until = Until::of(&args.deadline, &status, Timestamp::now());
    let view = intent(&applicant, &status, &until, &text).show(ctx.out.talk);
    let what = format!("vouching for {}", applicant.collective);
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Sign and open the vote?")?;
    let request = VouchRequest {
        application: file.trim().to_owned(),
        text,
        deadline: until.message(),
    };
    witnesses::told(ctx, &status);
    let answer = agent.federation().vouch(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

fn intent(who: &Applicant, status: &FederationStatus, until: &Until, text: &str) -> Intent {
    let slug = &who.collective;
    let said = &who.application;
    let mut intent = Intent::new(format!("Vouch for {slug}, by a large resolution"))
        .row("collective", slug.as_str())
        .row("name", &said.profile.name)
        .row("website", said.profile.website.clone().unwrap_or_default())
        .row("summary", &said.summary)
        .row(
            "sponsor",
            said.sponsor.clone().map(String::from).unwrap_or_default(),
        )
        .row("contact", &who.contact)
        .row("admits", said.key.verifier_key(slug.as_str()))
        .note("Members admit this key: make sure, by another way, that it is the applicant's.");
    intent.text = text.to_owned();
    if text.is_empty() {
        intent = intent.row("text", "made from the application");
    }
    if !status.genesis.is_empty() && who.federation != status.genesis {
        intent = intent.warning(format!(
            "the application is for another federation, {}",
            who.federation
        ));
    }
    until.told(intent)
}

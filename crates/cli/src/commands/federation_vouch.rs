//! `allot federation vouch`: what is vouched for is read and shown here, before it is sent.

use allot_ledger::entry::Kind;
use allot_proto::agent::{FederationStatus, ListResolutionsRequest, VouchRequest};
use jiff::Timestamp;

use super::{
    federation_status, recorded, resolution_list, resolution_show, until::Until, witnesses,
};
use crate::{
    application::{self, Applicant},
    args::federation::VouchArgs,
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits, prompt,
    render::{intent::Intent, text::number},
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
    let mut intent = intent(&applicant, &status, &until, &text);
    for open in admitting(&agent, &applicant).await? {
        intent = intent.warning(format!(
            "resolution {} is open and would admit them already",
            number(open)
        ));
    }
    let view = intent.show(ctx.out.talk);
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

/// Open resolutions that would admit this applicant with this key.
async fn admitting(agent: &Agent, who: &Applicant) -> Result<Vec<u32>, CliError> {
    let open = ListResolutionsRequest {
        states: vec!["open".to_owned()],
        ..Default::default()
    };
    let open = resolution_list::all(agent, open).await?;
    let wanted = Kind::Admit {
        collective: who.collective.clone(),
        key: who.application.key,
    };
    let mut found = Vec::new();
    for resolution in open.iter().filter(|r| r.kind == "admit") {
        let whole = resolution_show::get(agent, resolution.number).await?;
        // One that a newer agent says otherwise is not theirs.
        let kind: Option<Kind> = serde_json::from_str(&whole.kind_json).ok();
        if kind.as_ref() == Some(&wanted) {
            found.push(resolution.number);
        }
    }
    Ok(found)
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

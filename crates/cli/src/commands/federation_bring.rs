//! `allot federation bring`: what is brought is read and shown here, before it is sent.

use allot_proto::agent::BringWithdrawalRequest;

use super::{federation_status, recorded};
use crate::{
    application, args::federation::BringArgs, context::Context, error::CliError, exit::ExitCode,
    limits, prompt, render::intent::Intent,
};

/// Brings that an applicant takes its application back.
pub async fn run(args: BringArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let file = prompt::read_text(&args.withdrawal, limits::MAX_APPLICATION)?;
    let (federation, collective) = application::read_withdrawal(&file)?;
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let mut intent = Intent::new(format!(
        "Bring that {collective} takes its application back"
    ))
    .row("collective", collective.as_str())
    .note("It counts at once. The agent looks whether the applicant's key has signed it.");
    if !status.genesis.is_empty() && federation != status.genesis {
        intent = intent.warning(format!("it is for another federation, {federation}"));
    }
    let what = format!("bringing it for {collective}");
    let view = intent.show(ctx.out.talk);
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Bring it?")?;
    let request = BringWithdrawalRequest {
        withdrawal: file.trim().to_owned(),
    };
    let answer = agent.federation().bring_withdrawal(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

//! `allot resolution close`

use allot_proto::agent::CloseRequest;
use jiff::Timestamp;

use super::{recorded, resolution_show, resolution_vote::about, witnesses};
use crate::{
    args::resolution::CloseArgs, context::Context, error::CliError, exit::ExitCode, prompt,
    render::text::number,
};

/// Ends an own resolution before its deadline, after asking.
pub async fn run(args: CloseArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let resolution = resolution_show::get(&agent, args.number).await?;
    let mut intent = about("Close", &resolution, Timestamp::now())
        .note("The votes are counted at once, and nobody can change theirs any more.");
    if !resolution.silent.is_empty() {
        intent = intent.warning(format!(
            "it will be refused: these have not voted: {}",
            resolution.silent.join(", ")
        ));
    }
    let view = intent.show(ctx.out.talk);
    let what = format!("closing resolution {}", number(args.number));
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Sign?")?;
    let request = CloseRequest {
        number: args.number,
    };
    // It rests on the votes, which may be newer.
    witnesses::tell(ctx, &agent, false).await?;
    let answer = agent.resolutions().close(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

//! `allot federation members import`: compares, and changes nothing but a contact, after asking.

use allot_ledger::markdown::members::read;
use allot_proto::agent::ListMembersRequest;

use super::{federation_contact, federation_status};
use crate::{
    args::federation::MembersImportArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits,
    membership::{self, Comparison},
    prompt,
    render::{federation, text::visible},
};

/// Holds the federation's table of members against its log.
pub async fn run(args: MembersImportArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let file = prompt::read(&args.file, limits::MAX_MARKDOWN)?;
    let table =
        read(&file).map_err(|error| CliError::domain(error.code(), &error, error.help()))?;
    let agent = ctx.agent().await?;
    let status = federation_status::get(&agent).await?;
    let request = ListMembersRequest {
        all: true,
        contacts: true,
    };
    let known = agent.federation().list_members(request).await?.into_inner();
    let own = status.collective.as_str();
    let compared = membership::compare(&table, &args.columns, &known.members, own);
    let compared = compared.map_err(|message| CliError::Usage {
        message,
        help: "name it as the table does, or by its number".into(),
    })?;
    ctx.out.show(&compared, |compared| {
        federation::compared(ctx.out.data, compared)
    })?;
    told(ctx, &compared);
    let kept = known.members.iter().find(|member| member.slug == own);
    let kept = kept.map_or("", |member| member.contact.as_str());
    match compared.own_contact {
        Some(contact) if contact == kept => {}
        Some(_) if !known.note.is_empty() => {
            ctx.out.talk(&format!("note: {}\n", visible(&known.note)));
        }
        Some(contact) if args.take_contact => {
            let status = federation_status::for_signing(ctx, &agent).await?;
            federation_contact::set(ctx, &agent, &status, contact, args.yes).await?;
            ctx.out.say("contact set\n");
        }
        Some(contact) => ctx.out.talk(&format!(
            "the table has {} for {own}, which the hub does not have: --take-contact tells it\n",
            visible(&contact)
        )),
        None if args.take_contact => {
            ctx.out
                .talk(&format!("the table has no contact for {own}\n"));
        }
        None => {}
    }
    Ok(ExitCode::Done)
}

fn told(ctx: &Context, compared: &Comparison) {
    for warning in &compared.warnings {
        ctx.out.talk(&format!("warning: {}\n", visible(warning)));
    }
    let unknown = compared.columns.iter().filter(|c| c.meaning.is_none());
    for column in unknown {
        let name = visible(&column.name);
        ctx.out.talk(&format!(
            "column {name} was not compared: say what it means with --column '{name}=dues', `solidarity` or `ignore`\n"
        ));
    }
    ctx.out.talk(&format!(
        "{} in the table are members, {} are not; {} are not in the table\n",
        compared.here, compared.missing, compared.not_in_table
    ));
    if compared.missing > 0 {
        ctx.out
            .talk("a table makes nobody a member: founders are, and whom members admit\n");
    }
}

//! A file a verb. Each has `run(args, ctx)`, which asks the agent and hands the answer to `render`.

mod agent_operators;
mod agent_status;
mod app_config;
mod app_deploy;
mod app_env;
mod app_history;
mod app_list;
mod app_logs;
mod app_new;
mod app_plan;
mod app_ps;
mod app_remove;
mod app_services;
mod app_undeploy;
mod bench;
mod catalogue;
mod completion;
mod federation_accept_hub;
mod federation_apply;
mod federation_bring;
mod federation_contact;
mod federation_join;
mod federation_leave;
mod federation_members;
mod federation_members_import;
mod federation_profile;
mod federation_reject_hub;
mod federation_rotate_key;
mod federation_status;
mod federation_take_back;
mod federation_vouch;
mod ledger_compare;
mod ledger_export;
mod ledger_show;
mod ledger_status;
mod ledger_verify;
mod man;
mod recipe_diff;
mod recipe_known;
mod recipe_lint;
mod recipe_list;
mod recipe_new;
mod recipe_release;
mod recipe_render;
mod recipe_review;
mod recipe_show;
mod recipe_steward;
mod recipe_sync;
mod recipe_test;
mod recipe_upgrade;
mod recipe_versions;
mod recorded;
mod release_report;
mod resolution_close;
mod resolution_draft;
mod resolution_escalate;
mod resolution_export;
mod resolution_import;
mod resolution_list;
mod resolution_propose;
mod resolution_show;
mod resolution_vote;
mod resolution_withdraw;
mod secret_generate;
mod secret_insert;
mod secret_list;
mod secret_remove;
mod until;
mod witnesses;

use clap::Parser as _;

use crate::{
    args::{
        Cli, Command, Format, agent::AgentCommand, app::AppCommand, env::EnvCommand,
        federation::FederationCommand, ledger::LedgerCommand, recipe::RecipeCommand,
        resolution::ResolutionCommand, secret::SecretCommand,
    },
    context::Context,
    error::CliError,
    exit::ExitCode,
};

/// Code of a command line that clap cannot understand.
const USAGE: &str = "AL-7000";

/// Parses the command line, runs the command, reports its error.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error).into(),
    };
    let ctx = Context::new(cli.global);
    let result = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| CliError::Output {
            what: "to the system's event queue".into(),
            source,
        })
        .and_then(|runtime| runtime.block_on(run(cli.command, &ctx)));
    match result {
        Ok(code) => code.into(),
        Err(error) => {
            ctx.out.report(&error);
            error.exit().into()
        }
    }
}

/// Prints what clap says: help and version on stdout, an error with its code on stderr.
fn usage(error: &clap::Error) -> ExitCode {
    use std::io::Write as _;
    if !error.use_stderr() {
        // A reader that went away has seen what it wanted.
        let _ = error.print();
        return ExitCode::Done;
    }
    let text = error.render().to_string();
    let text = text.replacen("error:", &format!("error[{USAGE}]:"), 1);
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::Usage
}

async fn run(command: Command, ctx: &Context) -> Result<ExitCode, CliError> {
    if ctx.format == Some(Format::Yaml) && !takes_yaml(&command) {
        return Err(CliError::Unsupported {
            flag: "--output yaml",
            help: "use --output json here; YAML is for `recipe render`",
        });
    }
    match command {
        Command::App(command) => app(command, ctx).await,
        Command::Recipe(command) => recipe(command, ctx).await,
        Command::Catalogue(command) => catalogue::run(command, ctx).await,
        Command::Federation(command) => federation(command, ctx).await,
        Command::Resolution(command) => resolution(command, ctx).await,
        Command::Ledger(command) => ledger(command, ctx).await,
        Command::Agent(AgentCommand::Status) => agent_status::run(ctx).await,
        Command::Agent(AgentCommand::Operators) => agent_operators::run(ctx).await,
        Command::Agent(AgentCommand::Policy) => catalogue::policy(ctx).await,
        Command::Completion(args) => completion::run(&args, ctx),
        Command::Man(args) => man::run(&args, ctx),
    }
}

fn takes_yaml(command: &Command) -> bool {
    matches!(command, Command::Recipe(RecipeCommand::Render(_)))
}

async fn app(command: AppCommand, ctx: &Context) -> Result<ExitCode, CliError> {
    match command {
        AppCommand::New(args) => app_new::run(args, ctx).await,
        AppCommand::List(args) => app_list::run(args, ctx).await,
        AppCommand::Env(command) => env(command, ctx).await,
        AppCommand::Config(args) => app_config::run(args, ctx).await,
        AppCommand::Secret(command) => secret(command, ctx).await,
        AppCommand::Plan(args) => app_plan::run(args, ctx).await,
        AppCommand::Deploy(args) => app_deploy::run(args, ctx).await,
        AppCommand::Ps(args) => app_ps::run(args, ctx).await,
        AppCommand::Services(args) => app_services::run(args, ctx).await,
        AppCommand::Logs(args) => app_logs::run(args, ctx).await,
        AppCommand::Undeploy(args) => app_undeploy::run(args, ctx).await,
        AppCommand::Remove(args) => app_remove::run(args, ctx).await,
        AppCommand::History(args) => app_history::run(args, ctx).await,
    }
}

async fn env(command: EnvCommand, ctx: &Context) -> Result<ExitCode, CliError> {
    match command {
        EnvCommand::List(args) => app_env::list(args, ctx).await,
        EnvCommand::Check(args) => app_env::check(args, ctx).await,
        EnvCommand::Set(args) => app_env::set(args, ctx).await,
        EnvCommand::Unset(args) => app_env::unset(args, ctx).await,
        EnvCommand::Edit(args) => app_config::run(args, ctx).await,
    }
}

async fn secret(command: SecretCommand, ctx: &Context) -> Result<ExitCode, CliError> {
    match command {
        SecretCommand::Generate(args) => secret_generate::run(args, ctx).await,
        SecretCommand::Insert(args) => secret_insert::run(args, ctx).await,
        SecretCommand::List(args) => secret_list::run(args, ctx).await,
        SecretCommand::Remove(args) => secret_remove::run(args, ctx).await,
    }
}

async fn recipe(command: RecipeCommand, ctx: &Context) -> Result<ExitCode, CliError> {
    match command {
        RecipeCommand::List(args) => recipe_list::list(args, ctx).await,
        RecipeCommand::Search(args) => recipe_list::search(args, ctx).await,
        RecipeCommand::Show(args) => recipe_show::run(args, ctx).await,
        RecipeCommand::Stewards(args) => recipe_show::stewards(args, ctx).await,
        RecipeCommand::Claim(args) => recipe_steward::claim(args, ctx).await,
        RecipeCommand::Publish(args) => recipe_steward::publish(args, ctx).await,
        RecipeCommand::Review(command) => recipe_review::run(command, ctx).await,
        RecipeCommand::Yank(args) => recipe_steward::yank(args, ctx).await,
        RecipeCommand::Flag(args) => recipe_steward::flag(args, ctx).await,
        RecipeCommand::Unflag(args) => recipe_steward::unflag(args, ctx).await,
        RecipeCommand::Versions(args) => recipe_versions::run(args, ctx).await,
        RecipeCommand::Render(args) => recipe_render::run(&args, ctx),
        RecipeCommand::Lint(args) => recipe_lint::run(&args, ctx).await,
        RecipeCommand::New(args) => recipe_new::run(args, ctx),
        RecipeCommand::Diff(args) => recipe_diff::run(&args, ctx),
        RecipeCommand::Upgrade(args) => recipe_upgrade::run(*args, ctx).await,
        RecipeCommand::Sync(args) => recipe_sync::run(&args, ctx),
        RecipeCommand::Release(args) => recipe_release::run(*args, ctx).await,
        RecipeCommand::Test(args) => recipe_test::run(args, ctx).await,
    }
}

async fn federation(command: FederationCommand, ctx: &Context) -> Result<ExitCode, CliError> {
    match command {
        FederationCommand::Status(args) => federation_status::run(args, ctx).await,
        FederationCommand::Join(args) => federation_join::run(args, ctx).await,
        FederationCommand::Leave(args) => federation_leave::run(args, ctx).await,
        FederationCommand::Members(args) => federation_members::run(args, ctx).await,
        FederationCommand::Apply(args) => federation_apply::run(args, ctx).await,
        FederationCommand::Vouch(args) => federation_vouch::run(args, ctx).await,
        FederationCommand::TakeBack(args) => federation_take_back::run(args, ctx).await,
        FederationCommand::Bring(args) => federation_bring::run(args, ctx).await,
        FederationCommand::Profile(args) => federation_profile::run(args, ctx).await,
        FederationCommand::Contact(args) => federation_contact::run(args, ctx).await,
        FederationCommand::RotateKey(args) => federation_rotate_key::run(args, ctx).await,
        FederationCommand::AcceptHub(args) => federation_accept_hub::run(args, ctx).await,
        FederationCommand::RejectHub(args) => federation_reject_hub::run(args, ctx).await,
    }
}

async fn resolution(command: ResolutionCommand, ctx: &Context) -> Result<ExitCode, CliError> {
    match command {
        ResolutionCommand::List(args) => resolution_list::run(args, ctx).await,
        ResolutionCommand::Show(args) => resolution_show::run(args, ctx).await,
        ResolutionCommand::Draft(args) => resolution_draft::draft(*args, ctx).await,
        ResolutionCommand::Revise(args) => resolution_draft::revise(*args, ctx).await,
        ResolutionCommand::Propose(args) => resolution_propose::run(*args, ctx).await,
        ResolutionCommand::Vote(args) => resolution_vote::run(args, ctx).await,
        ResolutionCommand::Escalate(args) => resolution_escalate::run(args, ctx).await,
        ResolutionCommand::Withdraw(args) => resolution_withdraw::run(args, ctx).await,
        ResolutionCommand::Close(args) => resolution_close::run(args, ctx).await,
        ResolutionCommand::Import(args) => resolution_import::run(args, ctx).await,
        ResolutionCommand::Export(args) => resolution_export::run(args, ctx).await,
    }
}

async fn ledger(command: LedgerCommand, ctx: &Context) -> Result<ExitCode, CliError> {
    match command {
        LedgerCommand::Status(args) => ledger_status::run(args, ctx).await,
        LedgerCommand::Show(args) => ledger_show::run(args, ctx).await,
        LedgerCommand::Verify => ledger_verify::run(ctx).await,
        LedgerCommand::Export(args) => ledger_export::run(args, ctx).await,
        LedgerCommand::Compare(args) => ledger_compare::run(args, ctx).await,
    }
}

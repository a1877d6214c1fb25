//! A file a verb. Each has `run(args, ctx)`, which asks the agent and hands the answer to `render`.

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
mod completion;
mod man;
mod recipe_render;
mod recipe_versions;
mod secret_generate;
mod secret_insert;
mod secret_list;
mod secret_remove;

use clap::Parser as _;

use crate::{
    args::{
        Cli, Command, Format, agent::AgentCommand, app::AppCommand, env::EnvCommand,
        recipe::RecipeCommand, secret::SecretCommand,
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
        Command::Agent(AgentCommand::Status) => agent_status::run(ctx).await,
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
        RecipeCommand::Versions(args) => recipe_versions::run(args, ctx).await,
        RecipeCommand::Render(args) => recipe_render::run(&args, ctx),
    }
}

//! `allot app new`: at most three questions, none with `--no-input`.

use allot_proto::agent::{
    CreateAppRequest, CreateAppResponse, GenerateSecretsRequest, GeneratedSecret, GetStatusRequest,
};
use serde::Serialize;

use crate::{
    args::app::NewArgs,
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    prompt,
    render::{status, text::visible},
};

/// The JSON form of what was made.
#[derive(Serialize)]
struct New {
    #[serde(flatten)]
    created: CreateAppResponse,
    generated: Vec<GeneratedSecret>,
}

/// Creates the app and, when wanted, its secrets.
pub async fn run(args: NewArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let recipe = match args.recipe {
        Some(recipe) => recipe,
        None if ctx.can_ask() => prompt::ask("Recipe (a name, a git URL or a path)", "")?,
        None => {
            return Err(CliError::MissingArgument {
                argument: "RECIPE",
                example: "allot app new wordpress -D blog.example.org".into(),
            });
        }
    };
    let domain = match args.domain {
        Some(domain) => domain,
        None if ctx.can_ask() => ask_domain(&agent, &recipe).await?,
        // The agent makes `<recipe>.<server>`, the default that abra offers.
        None => String::new(),
    };
    let request = CreateAppRequest {
        recipe,
        version: args.version.unwrap_or_default(),
        domain,
        set: args.set.into_iter().collect(),
        offline: args.offline,
    };
    let created = agent.apps().create_app(request).await?.into_inner();
    let app = created
        .app
        .clone()
        .ok_or(CliError::Incomplete { what: "app" })?;
    if !ctx.out.json {
        ctx.out.data(&status::created(ctx.out.data, &created))?;
    }
    for warning in &created.warnings {
        ctx.out.talk(&format!("warning: {}\n", visible(warning)));
    }
    let generated = if wants_secrets(args.secrets, &created, ctx)? {
        generate(&agent, &app.name, args.reveal).await
    } else {
        Ok(Vec::new())
    };
    let (generated, failed) = match generated {
        Ok(generated) => (generated, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let new = New { created, generated };
    if ctx.out.json {
        ctx.out.document(&new)?;
    } else if !new.generated.is_empty() {
        ctx.out
            .data(&status::generated(ctx.out.data, &new.generated))?;
    }
    if let Some(error) = failed {
        ctx.out.talk(&format!(
            "{} was created, its secrets were not; `allot app secret generate {} --all` tries again\n",
            visible(&app.name),
            visible(&app.name)
        ));
        return Err(error);
    }
    ctx.out.talk(&format!(
        "\nnext:\n  allot app config {0}\n  allot app deploy {0}\n",
        visible(&app.name)
    ));
    Ok(ExitCode::Done)
}

async fn ask_domain(agent: &Agent, recipe: &str) -> Result<String, CliError> {
    let status = agent.agent().get_status(GetStatusRequest {}).await?;
    let server = status.into_inner().server;
    // For a URL or path the last part names the recipe.
    let name = recipe
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(recipe)
        .trim_end_matches(".git");
    prompt::ask("Domain", &format!("{name}.{server}"))
}

fn wants_secrets(flag: bool, created: &CreateAppResponse, ctx: &Context) -> Result<bool, CliError> {
    if flag {
        return Ok(!created.secrets.is_empty());
    }
    if created.secrets.is_empty() || !ctx.can_ask() {
        return Ok(false);
    }
    prompt::ask_yes("Generate its secrets now?")
}

async fn generate(
    agent: &Agent,
    app: &str,
    reveal: bool,
) -> Result<Vec<GeneratedSecret>, CliError> {
    let request = GenerateSecretsRequest {
        app: app.to_owned(),
        all: true,
        reveal,
        ..Default::default()
    };
    let answer = agent.secrets().generate_secrets(request).await?;
    Ok(answer.into_inner().secrets)
}

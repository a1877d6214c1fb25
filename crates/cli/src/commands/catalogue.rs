//! `allot catalogue ...`

use std::{fs, io, path::Path};

use allot_proto::agent::{
    CatalogueProgress, CatalogueStatus, ExportCatalogueRequest, GetCatalogueStatusRequest,
    SyncCatalogueRequest, VerifyCatalogueRequest,
};
use tokio_stream::StreamExt as _;
use tonic::Streaming;

use crate::{
    args::catalogue::{CatalogueCommand, ExportArgs, VerifyArgs},
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits,
    render::{catalogue, progress::Progress},
};

/// Runs a verb.
pub async fn run(command: CatalogueCommand, ctx: &Context) -> Result<ExitCode, CliError> {
    match command {
        CatalogueCommand::Status => status(ctx).await,
        CatalogueCommand::Sync => sync(ctx).await,
        CatalogueCommand::Verify(args) => verify(args, ctx).await,
        CatalogueCommand::Export(args) => export(args, ctx).await,
    }
}

async fn status(ctx: &Context) -> Result<ExitCode, CliError> {
    let status = get(&ctx.agent().await?).await?;
    ctx.out
        .show(&status, |s| catalogue::status(ctx.out.data, s))?;
    Ok(ExitCode::Done)
}

/// `allot agent policy`: which versions the agent deploys.
pub async fn policy(ctx: &Context) -> Result<ExitCode, CliError> {
    let status = get(&ctx.agent().await?).await?;
    let document = serde_json::json!({
        "accept": status.policy,
        "expires_seconds": status.age.as_ref().map_or(0, |age| age.expires_seconds),
        "report_outcomes": status.reports_outcomes,
    });
    ctx.out
        .show(&document, |_| catalogue::policy(ctx.out.data, &status))?;
    Ok(ExitCode::Done)
}

async fn get(agent: &Agent) -> Result<CatalogueStatus, CliError> {
    let request = GetCatalogueStatusRequest {};
    let answer = agent.catalogue().get_catalogue_status(request).await?;
    Ok(answer.into_inner())
}

async fn sync(ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let request = SyncCatalogueRequest {};
    let steps = agent.catalogue().sync_catalogue(request).await?;
    follow(steps.into_inner(), "fetched", catalogue::synced, ctx).await
}

async fn verify(args: VerifyArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let request = VerifyCatalogueRequest { deep: args.deep };
    let steps = agent.catalogue().verify_catalogue(request).await?;
    follow(steps.into_inner(), "verified", catalogue::verified, ctx).await
}

/// Follows to the end, and tells what is found wrong as it comes.
async fn follow(
    mut steps: Streaming<CatalogueProgress>,
    what: &'static str,
    end: fn(crate::render::style::Style, &CatalogueProgress) -> String,
    ctx: &Context,
) -> Result<ExitCode, CliError> {
    let mut progress = Progress::begin(ctx, what);
    while let Some(step) = steps.next().await {
        let step = match step {
            Ok(step) => step,
            Err(status) => {
                progress.end();
                return Err(status.into());
            }
        };
        if ctx.out.json {
            ctx.out.document(&step)?;
        } else if let Some(finding) = &step.finding {
            ctx.out.data(&catalogue::finding(ctx.out.data, finding))?;
        }
        if step.finished {
            progress.end();
            if !ctx.out.json {
                ctx.out.data(&end(ctx.out.data, &step))?;
            }
            return Ok(match step.findings {
                0 => ExitCode::Done,
                _ => ExitCode::Failed,
            });
        }
        progress.at(ctx, u64::from(step.done), u64::from(step.total));
    }
    progress.end();
    Err(CliError::Incomplete {
        what: "end of the work",
    })
}

async fn export(args: ExportArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let request = ExportCatalogueRequest {
        accepted: args.accepted,
    };
    let pieces = agent.catalogue().export_catalogue(request).await?;
    let mut pieces = pieces.into_inner();
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        whole.extend(piece?.content);
        if whole.len() > limits::MAX_RECIPES_JSON {
            return Err(CliError::Incomplete {
                what: "recipes.json of less than 64 MiB",
            });
        }
    }
    // It is one document, and half of one is none.
    let text = String::from_utf8(whole).unwrap_or_default();
    if !text.ends_with('}') {
        return Err(CliError::Incomplete {
            what: "end of the catalogue",
        });
    }
    match &args.output_file {
        Some(path) => write(path, &text).map_err(|source| CliError::Output {
            what: path.display().to_string(),
            source,
        })?,
        None => ctx.out.data(&format!("{text}\n"))?,
    }
    Ok(ExitCode::Done)
}

/// As a whole: whoever reads it meanwhile has the old one.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let mut new = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    io::Write::write_all(&mut new, text.as_bytes())?;
    new.as_file().sync_all()?;
    // A web server reads it, as it does what is written without a temporary file.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(new.path(), mode)?;
    new.persist(path)?;
    Ok(())
}

//! `allot recipe render`: what a recipe comes to, without any agent or engine.

use std::{collections::BTreeMap, error::Error, path::Path};

use allot_recipe::{EnvFile, RecipeRef, abra_sh::AbraExports, compose_list};
use allot_stack::{
    AppLabels, Compose, FileRefusal, FileSource as _, Limits, LoadOptions, Loaded, SourceFile,
    StackError, StackName, app_labels, convert, load, render,
};
use serde::Serialize;

use crate::{
    args::{Format, recipe::RenderArgs},
    context::Context,
    error::CliError,
    exit::ExitCode,
    recipe_dir::RecipeDir,
    render::text::visible,
};

/// The most bytes of an env file.
const ENV_LIMIT: u64 = 1 << 20;

/// The most bytes of an `abra.sh`.
const ABRA_SH_LIMIT: usize = 512 << 10;

type Env = BTreeMap<String, String>;

/// Prints the merged document, or with `--specs` the request bodies.
pub fn run(args: &RenderArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let dir = RecipeDir::open(&args.dir).map_err(|e| input(&args.dir, e))?;
    let mut env = args
        .env
        .as_deref()
        .map(read_env)
        .transpose()?
        .unwrap_or_default();
    if args.app.is_some() {
        app_env(&mut env, &dir, args)?;
    }
    let mut loaded = load_dir(&dir, args, &env)?;
    for warning in &loaded.warnings {
        ctx.out
            .say(&format!("warning: {}\n", visible(&warning.to_string())));
    }
    if args.app.is_some() {
        label(&mut loaded.model, args, &dir, &env, ctx)?;
    }
    if !args.specs {
        return print(&render(&loaded.model), ctx);
    }
    let specs = convert(&loaded.model, &stack_name(args, &dir, &env)?).map_err(stack_error)?;
    match specs.check() {
        Err(error) if args.app.is_some() => return Err(stack_error(error)),
        Err(error) => ctx.out.say(&format!(
            "warning: an engine will refuse this: {}\n",
            visible(&error.to_string())
        )),
        Ok(()) => {}
    }
    print(&specs, ctx)
}

/// What a deploy adds to the env before compose files are read: `abra.sh` exports, `STACK_NAME`.
fn app_env(env: &mut Env, dir: &RecipeDir, args: &RenderArgs) -> Result<(), CliError> {
    match dir.read("abra.sh", ABRA_SH_LIMIT) {
        Ok(bytes) => env.extend(
            AbraExports::parse(&String::from_utf8_lossy(&bytes))
                .vars()
                .clone(),
        ),
        Err(FileRefusal::Missing) => {}
        Err(reason) => return Err(input(Path::new("abra.sh"), reason)),
    }
    let stack = stack_name(args, dir, env)?;
    env.insert("STACK_NAME".into(), stack.to_string());
    Ok(())
}

/// Adds abra's labels and the env to the service `app`.
fn label(
    model: &mut Compose,
    args: &RenderArgs,
    dir: &RecipeDir,
    env: &Env,
    ctx: &Context,
) -> Result<(), CliError> {
    let stack = stack_name(args, dir, env)?;
    let named = env
        .get("TYPE")
        .or_else(|| env.get("RECIPE"))
        .map(|text| RecipeRef::parse(text));
    let named = named
        .transpose()
        .map_err(|e| CliError::domain(e.code(), &e, e.help()))?;
    let recipe = named
        .as_ref()
        .map_or_else(|| dir.name(), |r| r.name().to_owned());
    let version = named
        .as_ref()
        .and_then(|r| r.pin())
        .map(ToString::to_string);
    let app = AppLabels {
        stack: &stack,
        recipe: &recipe,
        version: version.as_deref(),
        chaos: None,
        env,
    };
    if !app_labels(model, &app) {
        ctx.out
            .say("warning: the stack has no service `app`: nothing bears the app's labels\n");
    }
    Ok(())
}

fn load_dir(dir: &RecipeDir, args: &RenderArgs, env: &Env) -> Result<Loaded, CliError> {
    let limits = Limits::default();
    let mut inputs = Vec::new();
    for name in compose_files(dir, args, env)? {
        // One byte over the limit is enough for `load` to refuse the file.
        let bytes = dir
            .read(&name, limits.file_bytes + 1)
            .map_err(|e| input(Path::new(&name), e))?;
        inputs.push(SourceFile { name, bytes });
    }
    let options = LoadOptions {
        working_dir: Some(working_dir(dir, &inputs)),
        limits,
    };
    load(&inputs, env, dir, &options).map_err(stack_error)
}

/// The directory of the first compose file, as in the docker CLI.
fn working_dir(dir: &RecipeDir, inputs: &[SourceFile]) -> String {
    let first = inputs
        .first()
        .and_then(|file| Path::new(&file.name).parent());
    first
        .map_or_else(
            || dir.path().to_path_buf(),
            |parent| dir.path().join(parent),
        )
        .display()
        .to_string()
}

fn compose_files(dir: &RecipeDir, args: &RenderArgs, env: &Env) -> Result<Vec<String>, CliError> {
    if !args.files.is_empty() {
        return Ok(args.files.clone());
    }
    let listed = env
        .get("COMPOSE_FILE")
        .map(String::as_str)
        .filter(|list| !list.is_empty());
    if listed.is_none() && !dir.has("compose.yml") && dir.has("docker-compose.yml") {
        return Ok(vec!["docker-compose.yml".into()]);
    }
    compose_list::compose_files(listed, &allot_recipe::Limits::default())
        .map_err(|e| CliError::domain(e.code(), &e, e.help()))
}

fn stack_name(args: &RenderArgs, dir: &RecipeDir, env: &Env) -> Result<StackName, CliError> {
    let given = args.stack.as_ref().or_else(|| env.get("STACK_NAME"));
    let name = match given {
        Some(name) => name.parse(),
        None => {
            let domain = args.app.as_ref().or_else(|| env.get("DOMAIN")).cloned();
            StackName::from_domain(&domain.unwrap_or_else(|| dir.name()))
        }
    };
    name.map_err(stack_error)
}

fn read_env(path: &Path) -> Result<Env, CliError> {
    let bytes = std::fs::read(path).map_err(|e| input(path, e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let env = EnvFile::parse_bytes(&name, &bytes, ENV_LIMIT)
        .map_err(|e| CliError::domain(e.code(), &e, e.help()))?;
    Ok(env.vars())
}

fn print<T: Serialize>(value: &T, ctx: &Context) -> Result<ExitCode, CliError> {
    if ctx.format == Some(Format::Json) {
        ctx.out.document(value)?;
        return Ok(ExitCode::Done);
    }
    let text = serde_saphyr::to_string(value).map_err(|error| CliError::Output {
        what: "the document as YAML".into(),
        source: std::io::Error::other(error),
    })?;
    ctx.out.data(&format!("{}\n", text.trim_end()))?;
    Ok(ExitCode::Done)
}

fn stack_error(error: StackError) -> CliError {
    CliError::domain(error.code(), &error, error.help())
}

fn input(path: &Path, source: impl Into<Box<dyn Error + Send + Sync>>) -> CliError {
    CliError::Input {
        what: path.display().to_string(),
        source: source.into(),
    }
}

//! `allot recipe new`

use std::path::PathBuf;

use allot_workbench::{
    checkout::Identity,
    scaffold::{self, NewRecipe},
};
use serde::Serialize;

use crate::{
    args::bench::NewArgs, context::Context, error::CliError, exit::ExitCode, render::bench,
};

/// What was made; the JSON of the command.
#[derive(Debug, Serialize)]
struct Made {
    recipe: String,
    folder: PathBuf,
    commit: String,
}

/// Makes a recipe. It writes only where nothing is, so nobody is asked.
pub fn run(args: NewArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let folder = args.dir.unwrap_or_else(|| PathBuf::from(&args.name));
    let new = NewRecipe {
        name: args.name,
        image: args.image.unwrap_or_else(|| scaffold::IMAGE.to_owned()),
        port: args.port.unwrap_or(scaffold::PORT),
        identity: Identity {
            name: args.git_name,
            email: args.git_email,
        },
    };
    let checkout = scaffold::create(&folder, &new)?;
    let made = Made {
        recipe: new.name,
        folder: checkout.root().to_owned(),
        commit: checkout.head()?.commit.unwrap_or_default(),
    };
    ctx.out
        .show(&made, |made| bench::made(&made.recipe, &made.folder))?;
    ctx.out.talk(&bench::after_new(&folder));
    Ok(ExitCode::Done)
}

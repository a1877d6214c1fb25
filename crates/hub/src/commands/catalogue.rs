//! `allot-hub catalogue`.

use std::process::ExitCode;

use allot_proto::hub::{
    CatalogueRecipe, CatalogueSource, CatalogueTrouble, GetCatalogueRequest, GetCatalogueResponse,
    SyncCatalogueRequest,
};

use super::{
    Done, client, print, runtime,
    table::{pairs, table, visible},
};
use crate::home::Home;

/// Says how sources are doing.
pub(super) fn status(home: &Home, recipe: Option<String>, json: bool) -> Done {
    let recipe = recipe.unwrap_or_default();
    let found = runtime()?.block_on(async {
        let mut hub = client::connect(home).await?;
        let asked = GetCatalogueRequest { recipe };
        Ok::<_, super::CommandError>(hub.get_catalogue(asked).await?.into_inner())
    })?;
    print(json, &found, || text(&found))?;
    Ok(ExitCode::SUCCESS)
}

/// Has the hub look now.
pub(super) fn sync(home: &Home, recipe: Option<String>, json: bool) -> Done {
    let recipe = recipe.unwrap_or_default();
    let done = runtime()?.block_on(async {
        let mut hub = client::connect(home).await?;
        let asked = SyncCatalogueRequest { recipe };
        Ok::<_, super::CommandError>(hub.sync_catalogue(asked).await?.into_inner())
    })?;
    print(json, &done, || {
        let found = done.catalogue.as_ref().map(text).unwrap_or_default();
        match done.over {
            true => found,
            false => {
                format!("it goes on; `allot-hub catalogue status` says how far it is\n\n{found}")
            }
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn text(found: &GetCatalogueResponse) -> String {
    if found.sources.is_empty() {
        return "this hub has no sources of recipes: `[catalogue]` in hub.toml names them"
            .to_owned();
    }
    let mut text = pairs(&[
        ("recipes", found.recipes.to_string()),
        ("versions", found.versions.to_string()),
        (
            "webhook",
            if found.webhook { "taken" } else { "not taken" }.to_owned(),
        ),
    ]);
    text.push('\n');
    let head = [
        "SOURCE",
        "KIND",
        "RECIPES",
        "IN TROUBLE",
        "LAST LOOK",
        "NEXT LOOK",
    ];
    text.push_str(&table(&head, found.sources.iter().map(source)));
    text.push('\n');
    for source in &found.sources {
        trouble(&mut text, &source.name, source.error.as_ref());
        for line in &source.left_out {
            told(&mut text, &source.name, line);
        }
    }
    found.told.iter().for_each(|row| recipe(&mut text, row));
    if found.left_out > 0 {
        told(
            &mut text,
            "and",
            &format!("{} more recipes in trouble", found.left_out),
        );
    }
    text
}

fn source(row: &CatalogueSource) -> Vec<String> {
    let looked = match (row.busy, row.looked.as_str()) {
        (true, _) => "now",
        (false, "") => "not yet",
        (false, looked) => looked,
    };
    vec![
        row.name.clone(),
        row.kind.clone(),
        row.recipes.to_string(),
        row.troubled.to_string(),
        looked.to_owned(),
        row.next.clone(),
    ]
}

fn recipe(text: &mut String, row: &CatalogueRecipe) {
    let name = format!("{} ({} versions)", row.recipe, row.versions);
    let well = row.error.is_none() && row.problems.is_empty();
    if well {
        told(
            text,
            &name,
            &format!("looked at {}: nothing is wrong", row.looked),
        );
    }
    trouble(text, &name, row.error.as_ref());
    for problem in &row.problems {
        let what = match problem.tag.as_str() {
            "" => problem.what.clone(),
            tag => format!("tag {tag} {}", problem.what),
        };
        told(text, &name, &what);
    }
}

fn trouble(text: &mut String, who: &str, trouble: Option<&CatalogueTrouble>) {
    if let Some(trouble) = trouble {
        told(text, who, &format!("{} [{}]", trouble.text, trouble.code));
        text.push_str(&format!("  help: {}\n", visible(&trouble.help)));
    }
}

fn told(text: &mut String, who: &str, what: &str) {
    text.push_str(&format!("\n{}: {}\n", visible(who), visible(what)));
}

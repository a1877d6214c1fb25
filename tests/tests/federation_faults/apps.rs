//! That a collective tends its apps whatever the federation does.

use std::path::Path;

use allot_testkit::RecipeRepo;
use allot_tests::Collective;

const COMPOSE: &str = r#"version: "3.8"
services:
  app:
    image: allotment/busybox:1
    deploy: {update_config: {monitor: 1s}}
"#;

/// Deploys a new app on the collective's simulated swarm, to the verdict.
pub fn deploys(collective: &Collective, recipe: &Path, domain: &str) {
    let recipe = RecipeRepo::new(recipe)
        .file("compose.yml", COMPOSE)
        .publish("1.0.0+1");
    let new = [
        "app",
        "new",
        &recipe.url(),
        "--domain",
        domain,
        "--no-input",
    ];
    collective.allot(&new).done();
    let deploy = ["app", "deploy", domain, "--yes", "--resolve-image", "never"];
    collective.allot(&deploy).verdict("converged", 0);
}

//! Real recipes as catalogue documents.
//!
//! The recipes lie outside the repository (`../shared/recipes`); the fixtures of the unit tests hold without them.

// clippy knows test functions, but not the helpers of an integration test.
#![allow(clippy::expect_used, clippy::panic)]

mod shared;

use allot_recipe::catalogue::recipes_json::{Entry, RecipesJson};
use allot_recipe::catalogue::{About, AboutFacts, VersionDocument, VersionFacts};
use allot_recipe::readme::Readme;
use allot_recipe::{Limits, MemoryTree, RecipeVersion};
use shared::{recipe, shared_recipes, tree_of};

fn document(tree: &MemoryTree, name: &str, version: &str) -> VersionDocument {
    let facts = VersionFacts {
        recipe: name,
        version: &RecipeVersion::parse(version).expect(version),
        commit: "79a43dbadc54e1d3abc24f379f39ac2e8d2f8ebc",
        tree: "79a43dbadc54e1d3abc24f379f39ac2e8d2f8ebc",
        tagged_at: None,
    };
    VersionDocument::read(tree, &facts, &Limits::default())
        .unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn images(document: &VersionDocument) -> Vec<(&str, &str, &str)> {
    document
        .services
        .iter()
        .map(|(name, s)| (name.as_str(), s.image.as_str(), s.tag.as_str()))
        .collect()
}

#[test]
fn every_shared_recipe_becomes_a_document_that_is_read_back() {
    let limits = Limits::default();
    for folder in shared_recipes() {
        let name = folder.file_name().expect("a name").to_string_lossy();
        let tree = tree_of(&folder);
        let document = document(&tree, &name, "1.0.0+1");
        assert!(!document.services.is_empty(), "{name}");
        let bytes = document.to_bytes(&limits).expect("fits");
        let back = VersionDocument::from_bytes(&bytes, &limits).expect("reads");
        assert_eq!(back, document, "{name}");
        let about = About::read(Some(&tree), AboutFacts::default(), &limits);
        assert!(about.problems.is_empty(), "{name}: {:?}", about.problems);
    }
}

#[test]
fn images_are_what_the_compose_files_say_with_their_defaults() {
    for (folder, version, wanted) in [
        (
            "bonfire-1.0.0+1.0.5",
            "1.0.0+1.0.5-social-amd64",
            vec![
                ("app", "bonfirenetworks/bonfire", "1.0.5-social-amd64"),
                ("db", "ghcr.io/baosystems/postgis", "17-3.5"),
                ("search", "valeriansaliou/sonic", "v1.5.1"),
            ],
        ),
        (
            "bonfire-2.0.1+1.0.6",
            "2.0.1+1.0.6-social-amd64",
            vec![
                ("app", "bonfirenetworks/bonfire", "1.0.6-social-amd64"),
                ("db", "ghcr.io/baosystems/postgis", "17-3.5"),
                ("search", "valeriansaliou/sonic", "v1.7.4"),
            ],
        ),
        (
            "traefik",
            "0.1.0+v2.4.8",
            vec![("app", "traefik", "v2.4.8")],
        ),
        (
            "wordpress-5.7.2",
            "5.7.2",
            vec![("app", "wordpress", "5.7.2"), ("db", "mariadb", "10.6")],
        ),
        (
            "gaseous",
            "0.1.0+latest",
            vec![
                ("app", "gaseousgames/gaseousserver", "latest"),
                ("db", "mariadb", ""),
            ],
        ),
        (
            "abramon",
            "0.1.0+3.12",
            vec![
                ("app", "python", "3.12-alpine"),
                ("socket-proxy", "lscr.io/linuxserver/socket-proxy", "3.2.10"),
            ],
        ),
    ] {
        if let Some(tree) = recipe(folder) {
            let document = document(&tree, folder, version);
            assert_eq!(
                images(&document),
                wanted,
                "{folder}: {:?}",
                document.warnings
            );
        }
    }
}

#[test]
fn an_optional_file_with_another_image_is_told() {
    let Some(tree) = recipe("bonfire-1.0.0+1.0.5") else {
        return;
    };
    let document = document(&tree, "bonfire", "1.0.0+1.0.5-social-amd64");
    let others: Vec<_> = document.services["search"].others.iter().collect();
    assert_eq!(
        others,
        [(
            &"compose.meilisearch.yml".to_owned(),
            &"getmeili/meilisearch:v1.14".to_owned()
        )]
    );
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
}

#[test]
fn readmes_of_six_years_say_what_they_say() {
    for (folder, description, website, category, score) in [
        (
            "bonfire",
            Some("A coop-cloud recipe for deploying Bonfire"),
            None,
            Some("Apps"),
            Some(1),
        ),
        (
            "traefik",
            None,
            Some("https://docs.traefik.io"),
            Some("Utilities"),
            None,
        ),
        (
            "go-ssb-room",
            Some("Scuttlebutt room server, implemented in Go"),
            None,
            Some("Utilities"),
            None,
        ),
        (
            "wordpress-2020",
            Some("Coöp Cloud + Wordpress = 🥳"),
            None,
            None,
            None,
        ),
        (
            "wordpress-5.7.2",
            Some("Coöp Cloud + Wordpress = 🥳"),
            None,
            Some("Apps"),
            None,
        ),
        ("agora", None, None, Some("Apps"), Some(0)),
        (
            "docs.coopcloud.tech",
            Some("Documentation for the Co-op Cloud project."),
            Some("https://docs.coopcloud.tech"),
            None,
            None,
        ),
    ] {
        let Some(tree) = recipe(folder) else { continue };
        let readme = Readme::read(&tree, &Limits::default()).expect("readable");
        let readme = readme.expect("a README");
        let metadata = readme.metadata.unwrap_or_default();
        assert_eq!(readme.description.as_deref(), description, "{folder}");
        assert_eq!(readme.website.as_deref(), website, "{folder}");
        assert_eq!(metadata.category.as_deref(), category, "{folder}");
        assert_eq!(metadata.status_score, score, "{folder}");
        assert!(readme.maintainers.is_empty(), "{folder} names nobody");
    }
    if let Some(tree) = recipe("bore") {
        let about = About::read(Some(&tree), AboutFacts::default(), &Limits::default());
        let description = about.description.expect("a description");
        assert!(description.starts_with("A modern, simple TCP tunnel* in Rust"));
    }
}

#[test]
fn two_versions_of_bonfire_stand_in_recipes_json_the_older_first() {
    let (Some(old), Some(new)) = (recipe("bonfire-1.0.0+1.0.5"), recipe("bonfire-2.0.1+1.0.6"))
    else {
        return;
    };
    let facts = AboutFacts {
        recipe: "bonfire".to_owned(),
        repository: "https://git.example/bonfire.git".to_owned(),
        default_branch: "main".to_owned(),
        ..AboutFacts::default()
    };
    let mut entry = Entry::new(&About::read(Some(&new), facts, &Limits::default()));
    entry.add(&document(&new, "bonfire", "2.0.1+1.0.6-social-amd64"));
    entry.add(&document(&old, "bonfire", "1.0.0+1.0.5-social-amd64"));
    let mut json = RecipesJson::default();
    json.insert(entry);
    let value: serde_json::Value =
        serde_json::from_slice(&json.to_bytes().expect("JSON")).expect("JSON");
    let service = |image: &str, tag: &str| serde_json::json!({"image": image, "tag": tag});
    let wanted = serde_json::json!({"bonfire": {
        "name": "bonfire",
        "category": "Apps",
        "description": "A coop-cloud recipe for deploying Bonfire",
        "default_branch": "main",
        "repository": "https://git.example/bonfire.git",
        "ssh_url": "",
        "icon": "",
        "website": "",
        "features": {
            "backups": "", "email": "", "healthcheck": "", "sso": "", "tests": "", "status": 1,
            "image": {
                "image": "bonfirenetworks/bonfire",
                "rating": "4",
                "source": "upstream",
                "url": "https://hub.docker.com/r/bonfirenetworks/bonfire/tags",
            },
        },
        "versions": [
            {"1.0.0+1.0.5-social-amd64": {
                "app": service("bonfirenetworks/bonfire", "1.0.5-social-amd64"),
                "db": service("ghcr.io/baosystems/postgis", "17-3.5"),
                "search": service("valeriansaliou/sonic", "v1.5.1"),
            }},
            {"2.0.1+1.0.6-social-amd64": {
                "app": service("bonfirenetworks/bonfire", "1.0.6-social-amd64"),
                "db": service("ghcr.io/baosystems/postgis", "17-3.5"),
                "search": service("valeriansaliou/sonic", "v1.7.4"),
            }},
        ],
    }});
    assert_eq!(value, wanted);
}

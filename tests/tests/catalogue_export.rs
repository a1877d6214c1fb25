//! The catalogue, field by field: recipes become repositories, the hub catalogues them, and `recipes.json`, as the hub serves
//! it and as an agent exports it, says what a person read in those recipes (`tests/catalogue/README.md`).

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

#[path = "catalogue_export/compare.rs"]
mod compare;
#[path = "catalogue_export/forge.rs"]
mod forge;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use allot_tests::{Collective, Hub, HubOptions, await_that};
use serde_json::{Value, json};
use tempfile::TempDir;

use compare::differences;
use forge::{Forge, ORGANISATION, Recipe};

const PATIENCE: Duration = Duration::from_secs(30);

/// Recipes of our own: what is in `tests/catalogue/recipes`.
const OWN: &[Recipe] = &[
    Recipe {
        owner: "autonomic",
        versions: &[
            // As it goes: 1.9.1 mends what is older than 1.10.0, and comes after it.
            ("guestbook/1.2.0+2.0.1", "1.2.0+2.0.1"),
            ("guestbook/1.10.0+2.1.0", "1.10.0+2.1.0"),
            ("guestbook/1.9.1+2.0.2", "1.9.1+2.0.2"),
        ],
        ..Recipe::named("guestbook")
    },
    Recipe {
        branch: "master",
        versions: &[("oddities/v0.3.0+2.0", "v0.3.0+2.0")],
        ..Recipe::named("oddities")
    },
    Recipe {
        description: "Of its two versions one can be read",
        versions: &[
            ("half-broken/0.1.0+1", "0.1.0+1"),
            ("half-broken/0.2.0+1", "0.2.0+1"),
        ],
        ..Recipe::named("half-broken")
    },
    Recipe {
        versions: &[("no-recipe/0.1.0+1", "0.1.0+1")],
        ..Recipe::named("no-recipe")
    },
    Recipe {
        description: "Nothing but a compose file",
        website: "https://bare-bones.example.coop",
        icon: "/avatars/bare-bones.png",
        versions: &[("bare-bones/0.1.0", "0.1.0")],
        ..Recipe::named("bare-bones")
    },
];

/// The real ones, at the version that their compose files name; where they name none, a first version of the image's.
const SHARED: &[Recipe] = &[
    Recipe {
        owner: "bonfire-networks",
        versions: &[
            ("bonfire-1.0.0+1.0.5", "1.0.0+1.0.5-social-amd64"),
            ("bonfire-2.0.1+1.0.6", "2.0.1+1.0.6-social-amd64"),
            ("bonfire", ""),
        ],
        ..Recipe::named("bonfire")
    },
    Recipe {
        owner: "bonfire-networks",
        versions: &[("bonfire-deploy-2024", "0.1.0+latest-classic-amd64")],
        ..Recipe::named("bonfire-deploy")
    },
    Recipe {
        owner: "ahdinosaur",
        versions: &[("traefik-v2.4.8", "v2.4.8"), ("traefik", "")],
        ..Recipe::named("traefik")
    },
    Recipe {
        owner: "mayel",
        versions: &[
            // A year is no version: it is told, and what is at it has one beside.
            ("wordpress-2020", "2020 5.5.1"),
            ("wordpress-5.7.0", "5.7.0"),
            ("wordpress-5.7.2", "5.7.2"),
        ],
        ..Recipe::named("wordpress")
    },
    Recipe {
        versions: &[("abramon", "0.1.0+3.12-alpine")],
        ..Recipe::named("abramon")
    },
    Recipe {
        // Its label names no version, and it has no tag.
        description: "Collaborative deliberation",
        versions: &[("agora", "")],
        ..Recipe::named("agora")
    },
    Recipe {
        description: "A TCP tunnel",
        website: "https://github.com/ekzhang/bore",
        icon: "/repo-avatars/bore",
        versions: &[("bore", "0.0.1")],
        ..Recipe::named("bore")
    },
    Recipe {
        versions: &[("docs.coopcloud.tech", "0.1.0+latest")],
        ..Recipe::named("docs.coopcloud.tech")
    },
    Recipe {
        versions: &[("gaseous", "0.1.0+4.3.1")],
        ..Recipe::named("gaseous")
    },
    Recipe {
        branch: "master",
        versions: &[("go-ssb-room", "2.0.3-eec92a23")],
        ..Recipe::named("go-ssb-room")
    },
];

/// A hub that has catalogued recipes, and a member's agent.
struct Catalogued {
    hub: Hub,
    member: Collective,
    forge: Forge,
    _dir: TempDir,
}

impl Catalogued {
    fn of(recipes: &[Recipe], folders: &Path) -> Self {
        let dir = TempDir::with_prefix("allot-").unwrap();
        let forge = Forge::with(&dir.path().join("git"), recipes, folders);
        let member = Collective::new(&dir.path().join("autonomic"), "autonomic", None);
        let options = HubOptions {
            toml: forge.sources(recipes),
            ..HubOptions::default()
        };
        let hub = Hub::found(&dir.path().join("hub"), &[member.founder()], &options);
        member.join(&hub.invite("autonomic"));
        Self {
            hub,
            member,
            forge,
            _dir: dir,
        }
    }

    /// Has the hub look; what it says of what is wrong, by recipe.
    fn look(&self) -> Value {
        let sync = ["--output", "json", "catalogue", "sync"];
        let synced: Value = serde_json::from_str(&self.hub.ok(&sync)).unwrap();
        assert_eq!(synced["over"], true, "{synced}");
        synced["catalogue"]["told"].clone()
    }

    /// `recipes.json`, once it has so many recipes and versions: as the hub serves it, and as the agent exports it.
    fn exported(&self, wanted: &Value) -> Value {
        let served = settled(wanted, || {
            serde_json::from_slice(&get(&self.hub.http(), "/recipes.json")?).ok()
        });
        let exported = settled(wanted, || {
            Some(self.member.allot(&["catalogue", "export"]).done().json())
        });
        let found = differences(&served, &exported);
        assert!(
            found.is_empty(),
            "the hub serves one thing, and the agent exports another:\n{}",
            found.join("\n")
        );
        exported
    }

    /// Holds all of it against what a person read.
    fn is_as_read(&self, file: &str) {
        let text = fs::read_to_string(here().join(file)).unwrap();
        let wanted = serde_json::from_str(&text.replace("$FORGE", &self.forge.url())).unwrap();
        let found = differences(&wanted, &self.exported(&wanted));
        assert!(found.is_empty(), "{file}:\n{}", found.join("\n"));
    }
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue")
}

/// How many recipes there are, and versions of all of them.
fn counts(recipes: &Value) -> (usize, usize) {
    let recipes = recipes.as_object().unwrap();
    let versions = |recipe: &Value| recipe["versions"].as_array().unwrap().len();
    (recipes.len(), recipes.values().map(versions).sum())
}

/// What is there, once it has as many recipes and versions as are wanted; or in the end whatever is there, so that it can be
/// said what differs.
fn settled(wanted: &Value, look: impl Fn() -> Option<Value>) -> Value {
    let deadline = Instant::now() + PATIENCE;
    await_that("there is a catalogue", 2 * PATIENCE, || {
        let found = look()?;
        let whole = counts(&found) == counts(wanted) || Instant::now() > deadline;
        whole.then_some(found)
    })
}

/// What a page holds; nothing while it is not there.
fn get(address: &str, page: &str) -> Option<Vec<u8>> {
    let address = address.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).ok()?;
    // Of HTTP 1.0, so that the answer is not cut into pieces.
    write!(connection, "GET {page} HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).ok()?;
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let good = answer.starts_with(b"HTTP/1.0 200") || answer.starts_with(b"HTTP/1.1 200");
    good.then(|| answer.split_off(head + 4))
}

/// What the hub says of one tag of a recipe, or of the recipe without one.
fn told(all: &Value, recipe: &str, tag: &str) -> String {
    let row = all
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["recipe"] == recipe);
    let row = row.unwrap_or_else(|| panic!("nothing is told of {recipe}: {all}"));
    let about = |problem: &&Value| problem["tag"].as_str().unwrap_or_default() == tag;
    let problem = row["problems"].as_array().into_iter().flatten().find(about);
    let problem = problem.map_or(&row["error"]["text"], |problem| &problem["what"]);
    problem.as_str().unwrap_or_default().to_owned()
}

#[test]
fn our_recipes_are_catalogued_as_a_person_reads_them() {
    let catalogued = Catalogued::of(OWN, &here().join("recipes"));
    let all = catalogued.look();
    catalogued.is_as_read("own.json");
    // What is broken is told beside what is not, and stops nothing.
    let broken = told(&all, "half-broken", "0.1.0+1");
    assert!(
        broken.contains("compose.yml: not a compose file"),
        "{broken}"
    );
    let none = told(&all, "no-recipe", "");
    assert!(none.contains("no compose file"), "{none}");
}

#[test]
fn the_real_recipes_are_catalogued_as_a_person_reads_them() {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recipes");
    if !folders.is_dir() {
        println!(
            "{} is not here: what it holds is not looked at",
            folders.display()
        );
        return;
    }
    let catalogued = Catalogued::of(SHARED, &folders);
    let all = catalogued.look();
    catalogued.is_as_read("shared.json");
    let year = told(&all, "wordpress", "2020");
    assert!(year.contains("is no version"), "{year}");
}

#[test]
fn a_difference_names_the_recipe_and_the_field() {
    let wanted = json!({
        "web": {"features": {"status": 1}, "versions": [{"1.0.0": {"app": {"tag": "1"}}}, {"1.1.0": {}}]},
        "gone": {},
    });
    let found = json!({
        "web": {"features": {"status": "1"}, "icon": "", "versions": [{"1.0.0": {"app": {"tag": "2"}}}]},
        "new": {},
    });
    assert_eq!(
        differences(&wanted, &found),
        [
            "gone: is not there",
            "new: nobody wanted it",
            "web: features.status is \"1\", not 1",
            "web: icon: nobody wanted it",
            "web: versions[0].1.0.0.app.tag is \"2\", not \"1\"",
            "web: versions[1]: is not there",
        ]
    );
}

#[test]
fn the_forge_of_this_test_is_the_organisation_that_is_listed() {
    let single = |recipes: &[Recipe]| recipes.iter().filter(|r| r.owner != ORGANISATION).count();
    assert_eq!(
        (single(OWN), OWN.len()),
        (1, 5),
        "both kinds of sources are tried"
    );
    assert_eq!((single(SHARED), SHARED.len()), (4, 10));
}

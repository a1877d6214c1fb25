//! A federation that shares recipes: a forge, a hub that looks at it, members who type commands.

use std::{env, fs, path::Path, time::Duration};

use tempfile::TempDir;

use super::{Collective, Forge, Hub, HubOptions, Transcript};
use crate::{AgentOptions, Run, await_that};

/// How long something may take to come from the hub to every agent.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the forge's recipes are.
pub const ORGANISATION: &str = "recipes";

/// What its users call the forge.
pub const FORGE: &str = "https://git.autonomic.example";

/// A founder's name, and how its agent is set up.
pub type Member<'a> = (&'a str, Box<dyn FnOnce(&mut AgentOptions) + 'a>);

/// The swarm that a variable of the environment names.
///
/// # Panics
/// It names none: these tests change a swarm, so they never choose one themselves.
#[must_use]
pub fn swarm(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} names no engine; `scripts/test catalogue` runs this")
    })
}

/// A member whose agent is on such a swarm.
///
/// # Panics
/// As [`swarm`].
#[must_use]
pub fn on_swarm<'a>(slug: &'a str, variable: &str) -> Member<'a> {
    let endpoint = Some(swarm(variable));
    (slug, Box::new(move |options| options.endpoint = endpoint))
}

/// Forge, hub and members; dropping it ends them.
pub struct Commons {
    /// The hub.
    pub hub: Hub,
    /// The founders; all have joined.
    pub members: Vec<Collective>,
    /// The forge.
    pub forge: Forge,
    /// What was typed, and what came of it.
    pub said: Transcript,
    dir: TempDir,
}

impl Commons {
    /// Founds a federation whose hub looks at these recipes of a new forge.
    ///
    /// # Panics
    /// Something does not come up.
    #[must_use]
    pub fn founded(recipes: &[&str], members: Vec<Member<'_>>) -> Self {
        // Short, because a unix socket's path may have 107 bytes.
        let dir = TempDir::with_prefix("allot-").expect("make a directory");
        let forge = Forge::start(&dir.path().join("forge"));
        let mut toml = String::new();
        for recipe in recipes {
            let _ = forge.create(ORGANISATION, recipe);
            let url = forge.address(ORGANISATION, recipe);
            toml += &format!("[[catalogue.git]]\nurl = \"{url}\"\n");
        }
        Self::with(dir, forge, toml, members)
    }

    /// The same, with a hub whose configuration ends with these lines.
    ///
    /// # Panics
    /// Something does not come up.
    #[must_use]
    pub fn with(dir: TempDir, forge: Forge, toml: String, members: Vec<Member<'_>>) -> Self {
        let members: Vec<_> = members
            .into_iter()
            .map(|(slug, change)| Collective::with(&dir.path().join(slug), slug, change))
            .collect();
        let keys: Vec<_> = members.iter().map(Collective::founder).collect();
        let options = HubOptions {
            toml,
            ..HubOptions::default()
        };
        let hub = Hub::found(&dir.path().join("hub"), &keys, &options);
        for member in &members {
            member.join(&hub.invite(member.slug()));
            git_identity(member, &forge);
        }
        let mut said = Transcript::default();
        said.name_as(FORGE, &forge.url());
        Self {
            hub,
            members,
            forge,
            said,
            dir,
        }
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A member by name.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn of(&self, slug: &str) -> &Collective {
        let found = self.members.iter().find(|c| c.slug() == slug);
        found.expect("a member of that name")
    }

    /// A line that somebody types in a folder of their home, written down.
    pub fn types(&mut self, slug: &str, folder: &str, line: &str) -> Run {
        let run = self.of(slug).shell(folder, line);
        self.said.run(slug, line, &run);
        run
    }

    /// The same where only the data is told: talk that comes as a swarm goes is never twice the same.
    pub fn types_and_watches(&mut self, slug: &str, folder: &str, line: &str) -> Run {
        let run = self.of(slug).shell(folder, line);
        self.said.written(slug, line, &run.stdout, "", run.code);
        run
    }

    /// A command of the hub's admin, written down.
    pub fn admin(&mut self, args: &[&str]) -> String {
        let (code, out, talk) = self.hub.run(args);
        let line = format!("allot-hub {}", args.join(" "));
        self.said.written("hub", &line, &out, &talk, code);
        assert_eq!(code, Some(0), "{line}: {talk}");
        out
    }

    /// The hub looks at a recipe now, and everybody has what it saw.
    ///
    /// # Panics
    /// It does not come to everybody.
    pub fn looks(&mut self, recipe: &str) {
        let _ = self.hub.ok(&["catalogue", "sync", recipe]);
        self.settled();
    }

    /// How many entries the hub's log has.
    ///
    /// # Panics
    /// The hub does not say.
    #[must_use]
    pub fn log_size(&self) -> u64 {
        let size = self.hub.status()["log_size"].as_u64();
        size.unwrap_or_else(|| panic!("no log_size in {}", self.hub.status()))
    }

    /// Waits until every member has the whole log, and every document that it names.
    ///
    /// # Panics
    /// They never have.
    pub fn settled(&self) {
        let size = self.log_size();
        for member in &self.members {
            member.await_size(size);
            let what = format!("{} has every document", member.slug());
            await_that(&what, PATIENCE, || {
                let status = member.allot(&["catalogue", "status"]).done().json();
                (status["missing"].as_u64() == Some(0)).then_some(())
            });
        }
    }
}

/// Who a member's git says it is, and where it finds the forge.
fn git_identity(member: &Collective, forge: &Forge) {
    let (slug, url) = (member.slug(), forge.url());
    let config = format!(
        "[user]\n\tname = {slug}\n\temail = recipes@{slug}.example\n\
         [init]\n\tdefaultBranch = main\n[url \"{url}/\"]\n\tinsteadOf = {FORGE}/\n"
    );
    fs::write(member.home().join(".gitconfig"), config).expect("write .gitconfig");
}

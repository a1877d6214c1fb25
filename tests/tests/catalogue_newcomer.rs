//! What docs/maintain/reviewed-release.md tells a newcomer is typed here, line by line: from `recipe new` to a reviewed release
//! that a third collective runs. Real hub, agents, forge and swarms.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use allot_tests::{Commons, Docker, Forge, ORGANISATION, await_that, on_swarm, swarm};
use tempfile::TempDir;

/// The image that the page's recipe is of.
const IMAGE: &str = "registry.merri-bek.example/wiki:1.0.0";

/// What forge and hub know.
const SECRET: &str = "a secret of the forge and the hub";

const PATIENCE: Duration = Duration::from_secs(60);

/// What the page calls the third's app.
const DOMAIN: &str = "wiki.sutty.example";

/// A thing that a page says to do.
enum Step {
    /// Who types it, and what.
    Types(String, String),
    /// A file that somebody writes where the one before typed: its path and its text.
    Writes(String, String),
}

/// The steps of a page: lines such as `merri-bek$ allot ...`, and blocks whose first line is `# path`.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    // Between fences is every second part.
    for block in page.split("```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').unwrap();
        match (language, text.strip_prefix("# ")) {
            ("text", _) => steps.extend(text.lines().filter_map(typed)),
            (_, Some(rest)) => {
                let path = rest.lines().next().unwrap();
                steps.push(Step::Writes(path.to_owned(), text.to_owned()));
            }
            _ => panic!("neither what is typed nor a file: {text}"),
        }
    }
    steps
}

fn typed(line: &str) -> Option<Step> {
    let (who, what) = line.split_once("$ ")?;
    let is_slug = who.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    is_slug.then(|| Step::Types(who.to_owned(), what.to_owned()))
}

/// A swarm that has what the page takes for granted: the image, and the network that comes with traefik.
struct Swarm {
    docker: Docker,
    stack: String,
    made_network: bool,
}

impl Swarm {
    fn at(variable: &str, stack: &str) -> Self {
        let docker = Docker::at(&swarm(variable));
        let id = docker.ok(&[
            "create",
            "allotment/busybox:1",
            "sh",
            "-c",
            // As PID 1 httpd would hear no SIGTERM, and every stop take ten seconds.
            "trap 'exit 0' TERM; mkdir /www && echo Welcome >/www/index.html; httpd -f -p 8080 -h /www & wait",
        ]);
        docker.ok(&["commit", &id, IMAGE]);
        docker.ok(&["rm", &id]);
        let networks = docker.ok(&["network", "ls", "--format", "{{.Name}}"]);
        let made_network = !networks.lines().any(|name| name == "proxy");
        if made_network {
            docker.ok(&["network", "create", "--driver", "overlay", "proxy"]);
        }
        Self {
            docker,
            stack: stack.to_owned(),
            made_network,
        }
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        self.docker.sweep(&self.stack);
        if self.made_network {
            self.docker.gone("network", "proxy");
        }
        self.docker.gone("image", IMAGE);
    }
}

/// Types what the page says, each in their own folder.
struct Typist {
    commons: Commons,
    folders: BTreeMap<String, String>,
    last: String,
    domain: String,
}

impl Typist {
    fn takes(&mut self, step: Step) {
        match step {
            Step::Types(who, line) => self.types(who, &line),
            Step::Writes(path, text) => {
                let home = self.commons.of(&self.last).home();
                let path = home.join(self.folder(&self.last)).join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
        }
    }

    fn folder(&self, who: &str) -> String {
        self.folders.get(who).cloned().unwrap_or_default()
    }

    fn types(&mut self, who: String, line: &str) {
        let line = line.replace(DOMAIN, &self.domain);
        match line.strip_prefix("cd ") {
            Some(folder) => {
                self.folders.insert(who.clone(), folder.to_owned());
            }
            None => {
                let folder = self.folder(&who);
                self.commons.of(&who).shell(&folder, &line).done();
                if line.contains("--publish") {
                    self.forge_tells_the_hub();
                }
                self.commons.settled();
            }
        }
        self.last = who;
    }
}

impl Typist {
    /// What a forge does after a push; the hub then sees the tag.
    fn forge_tells_the_hub(&self) {
        let before = self.commons.log_size();
        let (forge, hub) = (&self.commons.forge, self.commons.hub.http());
        forge.tells(&hub, SECRET, ORGANISATION, "our-wiki");
        await_that("the hub has seen what was pushed", PATIENCE, || {
            (self.commons.log_size() > before).then_some(())
        });
    }
}

#[test]
fn a_newcomer_comes_from_recipe_new_to_a_reviewed_release_that_a_third_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/maintain/reviewed-release.md")).unwrap();
    let domain = format!("wiki-{}.sutty.example", std::process::id());
    let stack = domain.replace('.', "_");
    let first = Swarm::at("ALLOT_TEST_ENGINE", &stack);
    let second = Swarm::at("ALLOT_TEST_ENGINE_2", &stack);

    let dir = TempDir::with_prefix("allot-").unwrap();
    let forge = Forge::start(&dir.path().join("forge"));
    let _ = forge.create(ORGANISATION, "our-wiki");
    let secret = dir.path().join("webhook-secret");
    fs::write(&secret, SECRET).unwrap();
    let toml = format!(
        "[[catalogue.forge]]\nurl = \"{}\"\norganisation = \"{ORGANISATION}\"\n\
         [catalogue.webhook]\nsecret_file = \"{}\"\n",
        forge.url(),
        secret.display()
    );
    let members = vec![
        on_swarm("autonomic", "ALLOT_TEST_ENGINE"),
        on_swarm("merri-bek", "ALLOT_TEST_ENGINE"),
        on_swarm("sutty", "ALLOT_TEST_ENGINE_2"),
    ];
    let mut typist = Typist {
        commons: Commons::with(dir, forge, toml, members),
        folders: BTreeMap::new(),
        last: String::new(),
        domain,
    };
    let steps = steps(&page);
    assert!(steps.len() > 20, "the page says what to type");
    for step in steps {
        typist.takes(step);
    }

    let service = second.docker.service(&format!("{stack}_app")).unwrap();
    let label = format!("coop-cloud.{stack}.version");
    assert_eq!(service["Spec"]["Labels"][&label], "0.2.0+1.0.0");
    let said = second.docker.script(
        &format!("{stack}_app"),
        "wget -q -O - http://127.0.0.1:8080/",
    );
    assert!(said.0 && said.1.contains("Welcome"), "{said:?}");
    drop((typist, first));
}

//! Who takes part, and what everybody needs to tell the story.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use allot_testkit::RecipeRepo;
use allot_tests::{Commons, Docker, FORGE, Run, on_swarm, swarm};

pub const FIRST: &str = "1.0.0+1.0.0";
pub const LOSES: &str = "1.1.0+1.1.0";
pub const MENDED: &str = "1.1.1+1.1.0";
pub const SECURITY: &str = "1.1.2+1.1.0";

/// The files of the example's second release, as a commit that nobody has yet.
const UPGRADED: &str = "upgraded";

pub struct Story {
    pub commons: Commons,
    /// The third's app.
    pub domain: String,
    third: Docker,
}

impl Story {
    /// Everybody is in, and the forge has the first release.
    pub fn begins() -> Self {
        let members = vec![
            on_swarm("autonomic", "ALLOT_TEST_ENGINE"),
            on_swarm("local-it", "ALLOT_TEST_ENGINE"),
            on_swarm("sutty", "ALLOT_TEST_ENGINE_2"),
        ];
        let mut commons = Commons::founded(&["guestbook"], members);
        let domain = format!("guestbook-{:07}.sutty.example", std::process::id());
        commons.said.name_as("guestbook.sutty.example", &domain);
        let stack = domain.replace('.', "_");
        commons.said.name_as("guestbook_sutty_example", &stack);
        let mut story = Self {
            commons,
            domain,
            third: Docker::at(&swarm("ALLOT_TEST_ENGINE_2")),
        };
        story.first_release();
        story
    }

    /// The clone of the example, and in it only what there was at first.
    fn first_release(&mut self) {
        let clone = self.clone_folder();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let made = Command::new(root.join("scripts/guestbook-repo"))
            .arg(&clone)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let repo = RecipeRepo::at(&clone);
        repo.git(&["branch", UPGRADED, LOSES]);
        repo.git(&["tag", "-d", LOSES]);
        repo.git(&["reset", "-q", "--hard", FIRST]);
        repo.git(&[
            "remote",
            "add",
            "origin",
            &format!("{FORGE}/recipes/guestbook.git"),
        ]);
        // Tagged today: how old the newest release is has a say in the level.
        self.maintainer("git tag -f -a 1.0.0+1.0.0 -m 'The first release'");
        self.maintainer("git push -q origin main 1.0.0+1.0.0");
        self.name_commit(FIRST);
    }

    /// What the golden calls the commit of a version.
    pub fn name_commit(&mut self, version: &str) {
        let commit = self.commit(version);
        let name = format!("[commit of {version}]");
        self.commons.said.name_as(&name, &commit);
        self.commons.said.name_as(&name, &commit[..8]);
        let tree = RecipeRepo::at(&self.clone_folder())
            .git(&["rev-parse", &format!("{version}^{{tree}}")]);
        self.commons.said.name(&format!("tree of {version}"), &tree);
    }

    /// The commit of a version in the maintainer's clone.
    pub fn commit(&self, version: &str) -> String {
        RecipeRepo::at(&self.clone_folder()).git(&["rev-parse", &format!("{version}^{{commit}}")])
    }

    /// The files of the example's second release come into the clone.
    pub fn takes_upgraded_files(&self) {
        RecipeRepo::at(&self.clone_folder()).git(&["checkout", "-q", UPGRADED, "--", "."]);
    }

    pub fn clone_folder(&self) -> PathBuf {
        self.commons.of("autonomic").home().join("guestbook")
    }

    /// Something that the maintainer does besides; it goes well.
    pub fn maintainer(&self, line: &str) -> Run {
        self.commons.of("autonomic").shell("guestbook", line).done()
    }

    /// A line of the maintainer's in the clone, written down; it goes well.
    pub fn releases(&mut self, line: &str) -> Run {
        self.commons.types("autonomic", "guestbook", line).done()
    }

    /// A line of somebody, written down; it goes well.
    pub fn types(&mut self, slug: &str, line: &str) -> Run {
        self.commons
            .types(slug, "", &line.replace("DOMAIN", &self.domain))
            .done()
    }

    /// A line of somebody that ends with another exit code than 0.
    pub fn fails(&mut self, slug: &str, line: &str, code: i32) -> Run {
        let run = self
            .commons
            .types(slug, "", &line.replace("DOMAIN", &self.domain));
        assert_eq!(run.code, Some(code), "{run:?}");
        run
    }

    /// A line of which only the data is written down.
    pub fn watches(&mut self, slug: &str, folder: &str, line: &str, code: i32) -> Run {
        let line = line.replace("DOMAIN", &self.domain);
        let run = self.commons.types_and_watches(slug, folder, &line);
        assert_eq!(run.code, Some(code), "{run:?}");
        run
    }

    pub fn chapter(&mut self, title: &str) {
        self.commons.said.chapter(title);
    }

    /// The name of one of the third's services.
    fn service(&self, name: &str) -> String {
        format!("{}_{name}", self.domain.replace('.', "_"))
    }

    /// A visitor signs the guestbook of the third.
    pub fn somebody_signs(&self) {
        let script = fs::read_to_string(self.clone_folder().join("tests/data-put.sh")).unwrap();
        let script = format!("STACK_NAME=sutty\n{script}");
        let (well, said) = self.third.script(&self.service("app"), &script);
        assert!(well, "{said}");
    }

    /// What was signed is there.
    pub fn the_entry_is_there(&self) {
        let script = fs::read_to_string(self.clone_folder().join("tests/data-check.sh")).unwrap();
        let (well, said) = self.third.script(&self.service("app"), &script);
        assert!(well, "the entry is gone: {said}");
    }

    /// What the swarm itself says of the third's app: its version, and the service's own.
    pub fn runs(&self) -> (String, u64) {
        let service = self.third.service(&self.service("app")).unwrap();
        let label = format!("coop-cloud.{}.version", self.domain.replace('.', "_"));
        let version = service["Spec"]["Labels"][&label].as_str().unwrap();
        (
            version.to_owned(),
            service["Version"]["Index"].as_u64().unwrap(),
        )
    }

    /// The commit that the third's newest deploy was made of, as its agent keeps it.
    pub fn deployed_commit(&self) -> String {
        let run = self
            .commons
            .of("sutty")
            .allot(&["app", "history", &self.domain]);
        let found = run.done().json();
        let mut entries = found["entries"].as_array().unwrap().iter();
        let newest = entries.find(|entry| entry["kind"] == "deploy").unwrap();
        newest["commit"].as_str().unwrap().to_owned()
    }

    /// Compares what was written down with the golden.
    pub fn golden(&self) {
        let filters = vec![
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?( UTC)?", "[time]"),
            (r"\d{4}-\d\d-\d\d", "[day]"),
            (
                r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
                "[operation]",
            ),
            (r"\b[0-9a-f]{64}\b", "[sha256]"),
            (r"\b[0-9a-f]{40}\b", "[commit]"),
            (r"\b[0-9a-f]{8}\b", "[id]"),
            (r"[A-Za-z0-9+/]{43}=", "[hash]"),
            // In a table, with as many blanks as the figure is short.
            (r"\b\d+\.\d s {2,}", "[n] s  "),
            (
                r"\b\d+(\.\d+)? ?(seconds|minutes|hours|s|ms|min|h)\b",
                "[n] $2",
            ),
            (r"\d+ bytes in", "[n] bytes in"),
        ];
        insta::with_settings!({ filters => filters, omit_expression => true }, {
            insta::assert_snapshot!("together", self.commons.said.text());
        });
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.third.sweep(&self.domain.replace('.', "_"));
    }
}

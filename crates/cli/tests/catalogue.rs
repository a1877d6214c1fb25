//! `allot catalogue ...` and what `allot recipe ...` shows and signs of the catalogue, against an agent that answers from a
//! script.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod support;

use allot_proto::agent::{
    CatalogueAge, CatalogueFinding, CatalogueProgress, CatalogueStatus, CatalogueVersion,
    LevelCondition, ListRecipesResponse, ListReviewsResponse, ListVersionsResponse, RecipeDetails,
    RecipeFlag, RecipeMaintainer, RecipeOutcome, RecipeProblem, RecipeReview, RecipeRow,
    RecipeVersion, WaitingReview,
};
use assert_cmd::assert::Assert;
use insta::assert_snapshot;
use support::{
    MockAgent, Script, allot, documents, federation as fixtures, mock_catalogue::Catalogue, stderr,
    stdout,
};

const COMMIT: &str = "3f2a6c1d3f2a6c1d3f2a6c1d3f2a6c1d3f2a6c1d";

fn guestbook() -> RecipeRow {
    RecipeRow {
        name: "guestbook".to_owned(),
        category: "Apps".to_owned(),
        level: "testing".to_owned(),
        newest: "1.1.0+3.1.4".to_owned(),
        newest_state: "published".to_owned(),
        newest_seen: "1.2.0+3.1.4".to_owned(),
        images: ["guestbook:3.1.4", "postgres:16", "redis:7"]
            .map(str::to_owned)
            .to_vec(),
        stewards: ["autonomic", "sutty"].map(str::to_owned).to_vec(),
        versions: 3,
        problems: 1,
        flags: 1,
        description: "Write something nice.".to_owned(),
    }
}

fn versions() -> Vec<CatalogueVersion> {
    let version = |version: &str, state: &str| CatalogueVersion {
        version: version.to_owned(),
        state: state.to_owned(),
        commit: COMMIT.to_owned(),
        tagged_at: "2026-11-20T10:00:00Z".to_owned(),
        accepted: true,
        ..Default::default()
    };
    let waiting = CatalogueVersion {
        accepted: false,
        refused_because: "it is not published: in review; another steward approves it".to_owned(),
        tests_passed: vec!["autonomic".to_owned()],
        ..version("1.2.0+3.1.4", "in review")
    };
    let outcome = |from: &str, verdict: &str, collectives| RecipeOutcome {
        from: from.to_owned(),
        verdict: verdict.to_owned(),
        collectives,
    };
    let published = CatalogueVersion {
        security: true,
        tests_failed: vec!["local-it".to_owned()],
        outcomes: vec![
            outcome("1.0.0+3", "converged", 2),
            outcome("0.9.0+3", "converged", 1),
            outcome("1.0.0+3", "rolled_back", 1),
        ],
        ..version("1.1.0+3.1.4", "published")
    };
    let yanked = CatalogueVersion {
        accepted: false,
        refused_because: "yanked by sutty: it \u{1b}[31mloses entries".to_owned(),
        ..version("1.0.0+3", "yanked")
    };
    vec![waiting, published, yanked]
}

fn waiting() -> WaitingReview {
    WaitingReview {
        recipe: "guestbook".to_owned(),
        version: "1.2.0+3.1.4".to_owned(),
        commit: COMMIT.to_owned(),
        released_by: "autonomic".to_owned(),
        state: "in review".to_owned(),
        note: "Moves the volume.".to_owned(),
        before: "1.1.0+3.1.4".to_owned(),
        reviews: vec![RecipeReview {
            by: "sutty".to_owned(),
            verdict: "request_changes".to_owned(),
            entry: 31,
        }],
        tests_failed: vec!["local-it".to_owned()],
        own: true,
        released_at: "2026-11-21T10:00:00Z".to_owned(),
        ..Default::default()
    }
}

fn age() -> CatalogueAge {
    CatalogueAge {
        clock: "2026-11-16T08:00:00Z".to_owned(),
        age_seconds: 10 * 24 * 3600,
        expired: true,
        expires_seconds: 7 * 24 * 3600,
    }
}

fn script() -> Script {
    let details = RecipeDetails {
        row: Some(guestbook()),
        repository: "https://git.example.org/guestbook.git".to_owned(),
        maintainers: vec![RecipeMaintainer {
            name: "sutty".to_owned(),
            contact: "hi@example.org".to_owned(),
        }],
        problems: vec![RecipeProblem {
            tag: "0.8.0".to_owned(),
            what: "a lightweight tag".to_owned(),
        }],
        flags: vec![RecipeFlag {
            number: 1,
            by: "local-it".to_owned(),
            text: "Anybody may write.".to_owned(),
            since: "2026-11-22T10:00:00Z".to_owned(),
        }],
        conditions: vec![LevelCondition {
            finding: "not met".to_owned(),
            what: "it is tested".to_owned(),
            why: "a test failed".to_owned(),
            remedy: "mend it".to_owned(),
            ..Default::default()
        }],
        versions: versions(),
        policy: "what its stewards published".to_owned(),
        warnings: vec!["the catalogue is 10 days old".to_owned()],
        ..Default::default()
    };
    let status = CatalogueStatus {
        federation: "coop-cloud".to_owned(),
        age: Some(age()),
        recipes: 2,
        versions: 5,
        documents: 7,
        missing: 1,
        published: 1,
        yanked: 1,
        with_flags: 1,
        policy: "default".to_owned(),
        awaiting_review: vec![waiting()],
        ..Default::default()
    };
    let wiki = RecipeRow {
        name: "wiki".to_owned(),
        newest_seen: "0.1.0".to_owned(),
        ..Default::default()
    };
    let catalogue = Catalogue {
        recipes: ListRecipesResponse {
            recipes: vec![guestbook(), wiki],
            ..Default::default()
        },
        details,
        status,
        reviews: ListReviewsResponse {
            reviews: vec![waiting()],
        },
        pieces: vec![b"{\"guestbook\":".to_vec(), b"{}}".to_vec()],
        ..Default::default()
    };
    Script {
        catalogue,
        federation: fixtures::status(),
        recorded: fixtures::recorded("release"),
        ..Default::default()
    }
}

fn run(agent: &MockAgent, args: &[&str]) -> Assert {
    allot(&agent.socket()).args(args).assert()
}

#[test]
fn recipes_are_listed_and_shown_and_cannot_steer_the_terminal() {
    let agent = MockAgent::start(script());
    for (name, args) in [
        ("list", vec!["recipe", "ls", "book"]),
        ("show", vec!["recipe", "show", "guestbook"]),
        ("reviews", vec!["recipe", "review", "ls"]),
        (
            "review",
            vec!["recipe", "review", "show", "guestbook", "1.2.0+3.1.4"],
        ),
        ("status", vec!["catalogue", "status"]),
        ("policy", vec!["agent", "policy"]),
        ("stewards", vec!["recipe", "stewards", "guestbook"]),
    ] {
        let shown = run(&agent, &args).success();
        assert!(!stdout(&shown).contains('\u{1b}'), "{name}");
        assert_snapshot!(format!("catalogue_{name}"), stdout(&shown));
        let json = run(&agent, &[&args[..], &["-m"]].concat()).success();
        assert_eq!(
            (documents(&json).len(), stderr(&json)),
            (1, String::new()),
            "{name}"
        );
    }
    let shown = run(&agent, &["recipe", "show", "guestbook"]);
    assert!(stderr(&shown).contains("warning: the catalogue is 10 days old"));
    run(&agent, &["recipe", "search", "shared", "wiki"]).success();
    assert!(agent.was_asked("ListRecipesRequest { pattern: \"book\""));
    let search = "ListRecipesRequest { pattern: \"\", text: \"shared wiki\"";
    assert!(agent.was_asked(search));
}

#[test]
fn versions_of_the_catalogue_say_where_they_stand() {
    let listed = versions().into_iter().map(|v| RecipeVersion {
        version: v.version.clone(),
        commit: v.commit.clone(),
        annotated: true,
        catalogue: Some(v),
        ..Default::default()
    });
    let agent = MockAgent::start(Script {
        versions: ListVersionsResponse {
            catalogued: true,
            versions: listed.collect(),
            ..Default::default()
        },
        ..script()
    });
    let shown = run(&agent, &["recipe", "versions", "guestbook"]).success();
    assert_snapshot!("catalogue_versions", stdout(&shown));
}

#[test]
fn what_is_not_as_the_log_says_is_told_and_exits_with_1() {
    let step = CatalogueProgress {
        done: 4,
        total: 4,
        ..Default::default()
    };
    let finding = CatalogueFinding {
        recipe: "guestbook".to_owned(),
        version: "1.0.0+3".to_owned(),
        what: "the tag was moved".to_owned(),
    };
    let found = CatalogueProgress {
        finding: Some(finding),
        findings: 1,
        ..step.clone()
    };
    let last = CatalogueProgress {
        finished: true,
        findings: 1,
        ..step.clone()
    };
    let good = CatalogueProgress {
        finished: true,
        fetched: 4,
        ..step
    };
    let with = |steps: Vec<CatalogueProgress>| {
        let mut script = script();
        script.catalogue.steps = steps;
        MockAgent::start(script)
    };
    let agent = with(vec![found, last]);
    let shown = run(&agent, &["catalogue", "verify", "--deep"]).code(1);
    assert_eq!(
        stdout(&shown),
        "guestbook 1.0.0+3: the tag was moved\n1 of 4 checks not as the log says\n"
    );
    assert!(agent.was_asked("VerifyCatalogueRequest { deep: true }"));
    let agent = with(vec![good]);
    let shown = run(&agent, &["catalogue", "verify"]).success();
    assert_eq!(stdout(&shown), "4 checks as the log says\n");
    let shown = run(&agent, &["catalogue", "sync"]).success();
    assert_eq!(stdout(&shown), "4 documents fetched\n");
    // Half of it proves nothing.
    run(&with(Vec::new()), &["catalogue", "verify"]).code(1);
}

#[test]
fn an_export_is_written_as_a_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("recipes.json");
    let path = file.to_str().unwrap();
    let agent = MockAgent::start(script());
    let shown = run(&agent, &["catalogue", "export"]).success();
    assert_eq!(stdout(&shown), "{\"guestbook\":{}}\n");
    run(
        &agent,
        &["catalogue", "export", "--accepted", "--output-file", path],
    )
    .success();
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "{\"guestbook\":{}}"
    );
    assert!(agent.was_asked("ExportCatalogueRequest { accepted: true }"));
    let mut cut = script();
    cut.catalogue.pieces.pop();
    let agent = MockAgent::start(cut);
    run(&agent, &["catalogue", "export", "--output-file", path]).code(1);
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "{\"guestbook\":{}}"
    );
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn what_a_steward_signs_is_shown_before() {
    for (name, args, asked) in [
        (
            "claim",
            vec!["claim", "guestbook"],
            "ClaimRecipeRequest { recipe: \"guestbook\" }",
        ),
        (
            "publish",
            vec![
                "publish",
                "guestbook",
                "1.2.0+3.1.4",
                "--note",
                "Moves the volume.",
            ],
            "ProposeReleaseRequest { recipe: \"guestbook\", version: \"1.2.0+3.1.4\", commit: \"\"",
        ),
        (
            "approve",
            vec!["review", "approve", "guestbook", "1.2.0+3.1.4"],
            "ReviewReleaseRequest { recipe: \"guestbook\", version: \"1.2.0+3.1.4\", approve: true",
        ),
        (
            "request_changes",
            vec![
                "review",
                "request-changes",
                "guestbook",
                "1.2.0+3.1.4",
                "It loses entries.",
            ],
            "ReviewReleaseRequest { recipe: \"guestbook\", version: \"1.2.0+3.1.4\", approve: false",
        ),
        (
            "yank",
            vec!["yank", "guestbook", "1.1.0+3.1.4", "It loses entries."],
            "YankVersionRequest {",
        ),
        (
            "flag",
            vec!["flag", "guestbook", "Anybody may write."],
            "FlagRecipeRequest {",
        ),
        (
            "unflag",
            vec!["unflag", "guestbook", "1", "Mended."],
            "UnflagRecipeRequest {",
        ),
    ] {
        let agent = MockAgent::start(script());
        let args = [&["recipe"], &args[..]].concat();
        let unasked = run(&agent, &args);
        unasked.code(2);
        assert!(!agent.was_asked(asked), "{name}: nothing is signed unasked");
        let signed = run(&agent, &[&args[..], &["--yes"]].concat()).success();
        assert!(agent.was_asked(asked), "{name}: {:?}", agent.seen());
        assert_snapshot!(format!("sign_{name}"), stderr(&signed));
    }
}

/// A clone with one version, in which the linter asks the agent.
fn linted(agent: &MockAgent) -> String {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("guestbook");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("compose.yml"), "services: {}\n").unwrap();
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=sutty", "-c", "user.email=hi@example.org"];
        let done = std::process::Command::new("git")
            .arg("-C")
            .arg(&folder)
            .args(identity)
            .args(args)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "--all"]);
    git(&["commit", "-q", "-m", "one"]);
    git(&["tag", "-a", "-m", "one", "1.1.0+3.1.4"]);
    let path = folder.to_str().unwrap();
    stdout(&run(agent, &["recipe", "lint", path])).to_owned()
}

#[test]
fn the_linter_asks_the_agent_whether_the_catalogue_has_the_recipe() {
    let agent = MockAgent::start(script());
    let said = linted(&agent);
    assert!(!said.contains("R006"), "{said}");
    assert!(agent.was_asked("GetRecipeRequest { recipe: \"guestbook\", versions: 1 }"));
    let mut none = script();
    none.catalogue.details.versions.clear();
    let said = linted(&MockAgent::start(none));
    assert!(
        said.contains("the catalogue has no version of it"),
        "{said}"
    );
    // Whatever is wrong with the agent, the linter looks at the recipe.
    let mut broken = script();
    broken.error = Some(tonic::Status::internal("no index"));
    let said = linted(&MockAgent::start(broken));
    assert!(
        said.contains(
            "not checked: R006: the agent does not say: the connection to the agent broke"
        ),
        "{said}"
    );
    assert!(said.contains("R009"), "{said}");
}

#[test]
fn a_report_goes_only_with_the_release_that_it_is_of_and_is_signed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report.json");
    let write = |version: &str, commit: &str, verdict: &str| {
        let report = serde_json::json!({ "recipe": "guestbook", "verdict": verdict,
            "candidate": { "version": version, "commit": commit, "tree": "" } });
        let printed = serde_json::json!({ "sha256": "ab".repeat(32), "report": report });
        std::fs::write(&file, format!("{printed}\n")).unwrap();
    };
    let publish = |agent: &MockAgent| {
        let args = ["recipe", "publish", "guestbook", "1.2.0+3.1.4", "--yes"];
        let report = ["--report", file.to_str().unwrap()];
        run(agent, &[&args[..], &report[..]].concat())
    };
    for (version, commit) in [("1.1.0+3.1.4", COMMIT), ("1.2.0+3.1.4", "00ff")] {
        write(version, commit, "passed");
        let agent = MockAgent::start(script());
        let refused = publish(&agent).code(1);
        assert!(stderr(&refused).contains("it is of "), "{version} {commit}");
        assert!(!agent.was_asked("ProposeReleaseRequest"));
    }
    write("1.2.0+3.1.4", COMMIT, "failed");
    let agent = MockAgent::start(script());
    let shown = publish(&agent).success();
    assert!(stderr(&shown).contains("of a test that failed"));
    assert!(stderr(&shown).contains("the test is signed"));
    assert!(agent.was_asked("ProposeReleaseRequest"));
    assert!(agent.was_asked(&format!(
        "SignTestReportRequest {{ sha256: \"{}\" }}",
        "ab".repeat(32)
    )));
    // Made before the tag was there: it says something of a commit, and of no version.
    write("", COMMIT, "passed");
    let agent = MockAgent::start(script());
    let shown = publish(&agent).success();
    assert!(stderr(&shown).contains("for reviewers only"));
    assert!(!agent.was_asked("SignTestReportRequest"));
}

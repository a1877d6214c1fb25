use std::collections::BTreeMap;

use super::*;
use crate::limits::Limits;
use crate::readme::Maintainer;
use crate::tree::MemoryTree;
use crate::version::RecipeVersion;

const COMMIT: &str = "79a43dbadc54e1d3abc24f379f39ac2e8d2f8ebc";

fn version(text: &str) -> RecipeVersion {
    RecipeVersion::parse(text).expect(text)
}

fn read_with(tree: &MemoryTree, limits: &Limits) -> Result<VersionDocument, CatalogueError> {
    let facts = VersionFacts {
        recipe: "web",
        version: &version("1.0.0+2"),
        commit: COMMIT,
        tree: COMMIT,
        tagged_at: Some("2026-08-04T10:00:00Z".parse().expect("a time")),
    };
    VersionDocument::read(tree, &facts, limits)
}

fn read(tree: &MemoryTree) -> Result<VersionDocument, CatalogueError> {
    read_with(tree, &Limits::default())
}

fn web() -> MemoryTree {
    MemoryTree::new()
        .with("README.md", "# web\n\nA web server.\n\n<!-- metadata -->\n* **Category**: Utilities\n* **Status**: 4\n* **Maintainer**: [autonomic](mailto:team@autonomic.example)\n<!-- endmetadata -->\n")
        .with(".env.sample", "TYPE=web\nVER=2\n#FLAVOUR=big\n")
        .with("compose.yml", "services:\n  app: {image: '${REG:-docker.io/library/web}:${VER}-${FLAVOUR:-social}'}\n  db: {image: 'db:1@sha256:aa'}\n")
        .with("release/1.0.0+2", "read me\n")
        .with("release/0.9.0+1", "old\n")
}

fn image(image: &str, tag: &str) -> ServiceImage {
    ServiceImage {
        image: image.to_owned(),
        tag: tag.to_owned(),
        ..ServiceImage::default()
    }
}

#[test]
fn a_version_is_written_down_with_images_texts_and_metadata() {
    let document = read(&web()).expect("good");
    let db = ServiceImage {
        digest: Some("sha256:aa".to_owned()),
        ..image("db", "1")
    };
    assert_eq!(
        document.services,
        BTreeMap::from([
            ("app".to_owned(), image("web", "2-social")),
            ("db".to_owned(), db)
        ])
    );
    assert_eq!(document.description.as_deref(), Some("A web server."));
    assert_eq!(document.release_notes.as_deref(), Some("read me\n"));
    assert_eq!(
        document.metadata.as_ref().and_then(|m| m.status_score),
        Some(4)
    );
    assert_eq!(
        document.env_sample.as_deref(),
        Some("TYPE=web\nVER=2\n#FLAVOUR=big\n")
    );
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
    assert!(document.is_of("web", "1.0.0+2", COMMIT, COMMIT));
    assert!(!document.is_of("web", "1.0.0+3", COMMIT, COMMIT));
}

/// A change here changes the digest of every document: it needs a new format.
#[test]
fn the_same_recipe_gives_the_same_bytes() {
    let limits = Limits::default();
    let bytes = read(&web()).expect("good").to_bytes(&limits).expect("fits");
    let text = String::from_utf8(bytes.clone()).expect("text");
    insta::assert_snapshot!("version_document", text);
    assert_eq!(
        read(&web()).expect("good").to_bytes(&limits).expect("fits"),
        bytes
    );
    let back = VersionDocument::from_bytes(&bytes, &limits).expect("reads");
    assert_eq!(back, read(&web()).expect("good"));
    let about = about(Some(&web()));
    let bytes = about.to_bytes(&limits).expect("fits");
    insta::assert_snapshot!("about", String::from_utf8(bytes.clone()).expect("text"));
    assert_eq!(About::from_bytes(&bytes, &limits).expect("reads"), about);
}

fn about(tree: Option<&MemoryTree>) -> About {
    about_with(tree, "what the forge says")
}

fn about_with(tree: Option<&MemoryTree>, description: &str) -> About {
    let facts = AboutFacts {
        recipe: "web".to_owned(),
        repository: "https://git.example/web".to_owned(),
        ssh_url: None,
        default_branch: "main".to_owned(),
        description: Some(description.to_owned()),
        website: Some(" ".to_owned()),
        icon: Some("https://git.example/web.png".to_owned()),
        problems: vec![Problem::of_tag("1.0.0+1", "the tag was moved")],
    };
    let tree = tree.map(|tree| tree as &dyn crate::tree::RecipeTree);
    About::read(tree, facts, &Limits::default())
}

#[test]
fn a_recipe_is_described_by_its_forge_and_else_by_its_readme() {
    let known = about_with(Some(&web()), " ");
    assert_eq!(known.description.as_deref(), Some("A web server."));
    let said = about(Some(&web())).description;
    assert_eq!(said.as_deref(), Some("what the forge says"));
    assert_eq!(known.website, None);
    assert_eq!(
        known.maintainers,
        [Maintainer {
            name: "autonomic".to_owned(),
            contact: Some("team@autonomic.example".to_owned())
        }]
    );
    assert_eq!(known.problems.len(), 1);
    let empty = about(None);
    assert_eq!(empty.description.as_deref(), Some("what the forge says"));
    assert_eq!(
        empty.problems[1],
        Problem::of_recipe("the repository has no branch")
    );
    for tree in [
        web().with("README.md", vec![b'x'; 600_000]),
        web().with_link("README.md", "/etc/passwd"),
        web().with("README.md", b"# \xff".to_vec()),
    ] {
        assert_eq!(
            about(Some(&tree)).problems.len(),
            2,
            "told, and no reason to fail"
        );
    }
}

#[test]
fn what_nobody_sets_stays_as_written_with_a_warning() {
    let document = read(&web().with(
        "compose.yml",
        "services: {app: {image: '${REG}/web:${TAG:?x}'}, db: {image: db}, job: {}}",
    ))
    .expect("good");
    assert_eq!(document.services["app"], image("${REG}/web", "${TAG:?x}"));
    assert_eq!(document.services["db"], image("db", ""));
    assert!(!document.services.contains_key("job"));
    assert_eq!(
        document.warnings,
        [
            "the service job has no image",
            "compose.yml: the image of app depends on REG, TAG, which neither the sample nor abra.sh sets",
            "compose.yml: the image of db has no tag",
        ]
    );
}

#[test]
fn odd_recipes_are_warned_of_and_taken() {
    let bare = MemoryTree::new().with("compose.yml", "services: {web: {image: 'a:1'}}");
    let document = read(&bare).expect("good");
    assert_eq!(document.warnings.len(), 3, "{:?}", document.warnings);
    assert_eq!(
        (
            document.env_sample,
            document.release_notes,
            document.description
        ),
        (None, None, None)
    );
    let odd = web()
        .with("README.md", b"# w\n\nCaf\xe9\n".to_vec())
        .with("compose.extra.yml", "services: [")
        .with("release/1.0.0+2", b"no\xff".to_vec());
    let document = read(&odd).expect("good");
    assert_eq!(document.description.as_deref(), Some("Caf\u{fffd}"));
    assert_eq!(document.release_notes.as_deref(), Some("no\u{fffd}"));
    assert_eq!(document.warnings.len(), 2, "{:?}", document.warnings);
    let note = web().with("release/1.0.0+2", vec![b'x'; 100_000]);
    let document = read(&note).expect("good");
    assert_eq!((document.release_notes, document.warnings.len()), (None, 1));
}

#[test]
fn a_version_that_nobody_could_deploy_is_refused_with_code_and_remedy() {
    for (tree, code) in [
        (MemoryTree::new(), "AL-1207"),
        (web().with("compose.yml", "services: ["), "AL-9103"),
        (web().with("compose.yml", vec![0xff]), "AL-9103"),
        (
            web().with(".env.sample", "COMPOSE_FILE=compose.gone.yml\n"),
            "AL-1201",
        ),
        (web().with(".env.sample", "A='\n"), "AL-1101"),
        (
            web().with_link("compose.yml", "../../etc/passwd"),
            "AL-1202",
        ),
    ] {
        let error = read(&tree).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.help().is_some(), "{error}");
    }
}

#[test]
fn a_document_stays_within_its_bounds_whatever_the_recipe_holds() {
    let limits = Limits::default();
    let services: String = (0..500)
        .map(|n| format!("  s{n}: {{image: '{}'}}\n", "x".repeat(2_000)))
        .collect();
    let readme: String = (0..500)
        .map(|n| format!("* k{n}: {}\n", "\u{1}".repeat(300)))
        .collect();
    let huge = web()
        .with("compose.yml", format!("services:\n{services}"))
        .with("README.md", format!("<!-- metadata -->\n{readme}"))
        .with(".env.sample", format!("# {}\n", "\u{1}".repeat(90_000)))
        .with("release/1.0.0+2", vec![1; 60_000]);
    match read(&huge) {
        Ok(document) => {
            assert!(document.to_bytes(&limits).expect("fits").len() <= limits.max_document_bytes);
            assert_eq!(document.env_sample, None);
        }
        Err(error) => assert_eq!(error.code(), "AL-9102"),
    }
    let small = Limits {
        max_document_bytes: 700,
        ..limits
    };
    let document = read_with(
        &web().with(".env.sample", format!("VER=2\n# {}\n", "y".repeat(2_000))),
        &small,
    );
    let document = document.expect("fits without its sample");
    assert_eq!((document.env_sample, document.warnings.len()), (None, 1));
    let tiny = Limits {
        max_document_bytes: 100,
        ..limits
    };
    assert_eq!(
        read_with(&web(), &tiny).expect_err("too small").code(),
        "AL-9102"
    );
}

#[test]
fn many_warnings_are_counted_and_not_kept() {
    let services: String = (0..400)
        .map(|n| format!("  s{n}: {{image: a}}\n"))
        .collect();
    let document =
        read(&web().with("compose.yml", format!("services:\n{services}"))).expect("good");
    assert_eq!(document.warnings.len(), 100);
    assert_eq!(document.warnings[99], "302 more of this kind");
}

#[test]
fn tells_a_newer_document_from_a_broken_one() {
    let limits = Limits::default();
    let code = |bytes: &[u8]| {
        VersionDocument::from_bytes(bytes, &limits)
            .expect_err("refused")
            .code()
    };
    assert_eq!(code(br#"{"format":2,"all":"new"}"#), "AL-9105");
    assert_eq!(code(br#"{"format":1}"#), "AL-9101");
    assert_eq!(code(b"{}"), "AL-9101");
    assert_eq!(code(b"\xff"), "AL-9101");
    assert_eq!(code(&vec![b' '; 300_000]), "AL-9102");
    let mut value: serde_json::Value =
        serde_json::from_slice(&read(&web()).expect("good").to_bytes(&limits).expect("fits"))
            .expect("JSON");
    value["surprise"] = serde_json::json!({"from": "the future"});
    assert!(VersionDocument::from_bytes(value.to_string().as_bytes(), &limits).is_ok());
}

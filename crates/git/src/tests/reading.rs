//! Versions, pins and files.

use std::sync::Arc;

use allot_recipe::tree::{EntryKind, TreeError};
use allot_recipe::{Limits, Recipe};

use super::fixture::{Mirrors, Repo, version};
use crate::{RecipeSource, Wanted};

#[tokio::test]
async fn lists_versions_in_order_and_flags_lightweight_tags() {
    let repo = Repo::with_two_versions();
    repo.commit("more");
    repo.git(&["tag", "1.10.0+3"]);
    repo.git(&["tag", "v1.9.0+3"]);
    repo.git(&["tag", "nightly"]);
    repo.git(&["tag", "-a", "-m", "a tree", "9.0.0+9", "HEAD^{tree}"]);
    let mirrors = Mirrors::new();
    let all = mirrors
        .mirrors
        .versions(&repo.url())
        .await
        .expect("versions");
    let listed: Vec<_> = all
        .versions
        .iter()
        .map(|v| (v.tag.as_str(), v.annotated))
        .collect();
    assert_eq!(
        listed,
        [
            ("1.0.0+1", true),
            ("1.1.0+2", true),
            ("v1.9.0+3", false),
            ("1.10.0+3", false)
        ]
    );
    let others: Vec<_> = all.others.iter().map(|o| o.tag.as_str()).collect();
    assert_eq!(others, ["9.0.0+9", "nightly"]);
    assert_eq!(
        all.versions[0].commit,
        repo.git(&["rev-parse", "1.0.0+1^{commit}"])
    );
    assert_eq!(
        all.versions[0].tree,
        repo.git(&["rev-parse", "1.0.0+1^{tree}"])
    );
    assert_eq!(
        all.versions[0].date.expect("a date").to_string(),
        "2026-01-02T03:04:05Z"
    );
}

#[tokio::test]
async fn reads_a_work_tree_a_bare_repository_and_a_file_url() {
    let repo = Repo::with_two_versions();
    let (_folder, bare) = repo.bare();
    let bare = bare.display().to_string();
    for url in [
        repo.url(),
        format!("{}/.git", repo.url()),
        bare.clone(),
        format!("file://{bare}"),
    ] {
        let mirrors = Mirrors::new();
        let text = mirrors.text(&url, &version("1.0.0+1"), "compose.yml").await;
        assert!(text.contains("one"), "{url}");
        assert!(
            !mirrors.only_mirror().join(".git").exists(),
            "the mirror is bare"
        );
    }
}

#[tokio::test]
async fn resolves_latest_versions_commits_and_the_head() {
    let repo = Repo::with_two_versions();
    repo.git(&["tag", "-a", "-m", "soon", "2.0.0-rc1+3"]);
    repo.write("compose.yml", "services: {app: {image: three}}\n");
    let head = repo.commit("unreleased");
    let (mirrors, url) = (Mirrors::new(), repo.url());
    let pin = async |wanted| {
        mirrors
            .mirrors
            .resolve(&url, &wanted)
            .await
            .expect("resolved")
    };
    let newest = pin(Wanted::Latest).await;
    assert_eq!(
        newest.version.map(|v| v.to_string()).as_deref(),
        Some("1.1.0+2"),
        "no pre-release"
    );
    assert_eq!(
        pin(version("1.0.0"))
            .await
            .version
            .expect("tagged")
            .as_str(),
        "1.0.0+1"
    );
    assert_eq!(pin(version("2.0.0-rc1+3")).await.commit, newest.commit);
    let at_head = pin(Wanted::Head).await;
    assert_eq!(
        (at_head.commit.as_str(), &at_head.version),
        (head.as_str(), &None)
    );
    assert_eq!(at_head.tree, repo.git(&["rev-parse", "HEAD^{tree}"]));
    assert_eq!(pin(Wanted::Commit(head[..8].to_owned())).await, at_head);
    assert_eq!(
        pin(Wanted::Commit(newest.commit.clone()))
            .await
            .version
            .expect("tagged")
            .as_str(),
        "2.0.0-rc1+3"
    );
}

#[tokio::test]
async fn takes_the_head_of_a_recipe_without_versions() {
    let repo = Repo::new();
    repo.write("compose.yml", "services: {}\n");
    let head = repo.commit("first");
    let pinned = Mirrors::new()
        .mirrors
        .resolve(&repo.url(), &Wanted::Latest)
        .await
        .expect("resolved");
    assert_eq!((pinned.commit, pinned.version), (head, None));
}

#[tokio::test]
async fn opens_many_commits_at_once_and_says_which_are_none() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    mirrors.fetch(&url).await;
    let one = mirrors.commit(&url, &version("1.0.0+1")).await;
    let two = mirrors.commit(&url, &version("1.1.0+2")).await;
    let commits = [two, "0".repeat(40), "no hash".to_owned(), one];
    let opened = mirrors.mirrors.opened(&url).await.expect("read");
    assert_eq!(opened.versions().versions.len(), 2);
    let head = opened.head().expect("read").expect("a branch");
    assert!(head.list("").expect("a folder").len() > 1);
    let trees = opened.trees(commits.iter().map(String::as_str));
    let trees = trees.expect("read");
    let text = |n: usize| {
        let tree = trees[n].as_ref().ok()?;
        String::from_utf8(tree.read("compose.yml", 100).ok()?).ok()
    };
    assert!(text(0).expect("a version").contains("two"));
    assert!(text(3).expect("a version").contains("one"));
    assert_eq!((text(1), text(2)), (None, None));
}

#[tokio::test]
async fn holds_each_reader_to_its_own_limit_also_where_a_file_was_read_before() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    mirrors.fetch(&url).await;
    let commit = mirrors.commit(&url, &version("1.0.0+1")).await;
    let opened = mirrors.mirrors.opened(&url).await.expect("read");
    let trees = opened.trees([commit.as_str(), commit.as_str()]);
    let trees = trees.expect("read");
    let read = |n: usize, limit| {
        trees[n]
            .as_ref()
            .expect("a tree")
            .read("compose.yml", limit)
    };
    let whole = read(0, 1_000).expect("a file");
    assert_eq!(read(1, 1_000).expect("a file"), whole);
    let refused = read(1, 1).expect_err("too large");
    assert!(matches!(refused, TreeError::TooLarge { limit: 1, .. }));
}

#[tokio::test]
async fn names_the_nearest_versions_when_one_does_not_exist() {
    let repo = Repo::with_two_versions();
    let error = Mirrors::new()
        .mirrors
        .resolve(&repo.url(), &version("1.0.5+1"))
        .await
        .expect_err("unknown");
    assert_eq!(error.code(), "AL-1505");
    assert_eq!(
        error.to_string(),
        format!(
            "{} has no version 1.0.5+1; the nearest are 1.0.0+1, 1.1.0+2",
            repo.url()
        )
    );
    let empty = Repo::new();
    empty.commit("first");
    let error = Mirrors::new()
        .mirrors
        .resolve(&empty.url(), &version("1.0.0+1"))
        .await
        .expect_err("unknown");
    assert!(
        error.to_string().ends_with("it has no versions at all"),
        "{error}"
    );
}

#[tokio::test]
async fn refuses_commits_that_are_none() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    for digits in ["abc", "0000000", "not-hexadecimal", &tree] {
        let error = mirrors
            .mirrors
            .resolve(&url, &Wanted::Commit(digits.to_owned()))
            .await
            .expect_err(digits);
        assert_eq!(error.code(), "AL-1506");
    }
    for hash in ["abc", &"0".repeat(40)] {
        assert_eq!(
            mirrors
                .mirrors
                .open(&url, hash)
                .await
                .err()
                .expect("refused")
                .code(),
            "AL-1506"
        );
    }
}

#[tokio::test]
async fn follows_links_inside_the_recipe_and_refuses_those_that_leave_it() {
    let repo = Repo::with_two_versions();
    repo.write("conf/app.conf", "x");
    for (link, target) in [
        ("inside", "conf/app.conf"),
        ("folder", "conf"),
        ("conf/up", "../compose.yml"),
        ("out", "../../etc/passwd"),
        ("abs", "/etc/passwd"),
        ("loop", "loop"),
    ] {
        std::os::unix::fs::symlink(target, repo.path().join(link)).expect("linked");
    }
    let commit = repo.commit("links");
    let mirrors = Mirrors::new();
    let tree = mirrors.tree(&repo.url(), &commit).await;
    assert_eq!(tree.read("inside", 10).expect("inside"), b"x");
    assert_eq!(tree.read("folder/app.conf", 10).expect("inside"), b"x");
    assert!(
        tree.read("folder/up", 100)
            .expect("inside")
            .starts_with(b"services")
    );
    for path in ["out", "abs", "loop", "../x"] {
        assert_eq!(
            tree.read(path, 10).expect_err(path).code(),
            "AL-1202",
            "{path}"
        );
    }
    assert!(tree.is_symlink("out").expect("known"));
    assert!(!tree.is_symlink("compose.yml").expect("known"));
}

#[tokio::test]
async fn lists_folders_and_leaves_submodules_alone() {
    let repo = Repo::with_two_versions();
    repo.write("b/x", "x");
    repo.write("b.txt", "x");
    let head = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{head},sub"),
    ]);
    repo.git(&["add", "b", "b.txt"]);
    repo.git(&["commit", "-q", "-m", "submodule"]);
    let mirrors = Mirrors::new();
    let tree = mirrors
        .tree(&repo.url(), &repo.git(&["rev-parse", "HEAD"]))
        .await;
    let listed: Vec<_> = tree
        .list("")
        .expect("listed")
        .into_iter()
        .map(|e| (e.name, e.kind))
        .collect();
    let file = |name: &str| (name.to_owned(), EntryKind::File);
    let wanted = [
        file(".env.sample"),
        ("b".to_owned(), EntryKind::Folder),
        file("b.txt"),
        file("compose.yml"),
        ("sub".to_owned(), EntryKind::Submodule),
    ];
    assert_eq!(listed, wanted);
    assert_eq!(
        tree.read("sub", 10).expect_err("a submodule").code(),
        "AL-1203"
    );
    assert_eq!(tree.read("b", 10).expect_err("a folder").code(), "AL-1203");
    assert_eq!(tree.list("b.txt").expect_err("a file").code(), "AL-1203");
    assert!(
        tree.read("b/missing", 10)
            .expect_err("missing")
            .is_not_found()
    );
}

#[tokio::test]
async fn looks_at_the_size_before_it_reads() {
    let repo = Repo::with_two_versions();
    repo.write("big", vec![b'x'; 100_000]);
    let mirrors = Mirrors::new();
    let tree = mirrors.tree(&repo.url(), &repo.commit("big")).await;
    let error = tree.read("big", 99_999).expect_err("too large");
    assert_eq!(error.code(), "AL-1204");
    assert_eq!(tree.read("big", 100_000).expect("just fits").len(), 100_000);
}

#[tokio::test]
async fn loads_a_recipe_from_its_objects() {
    let repo = Repo::with_two_versions();
    repo.write("release/1.1.0+2", "read me");
    let mirrors = Mirrors::new();
    let tree = mirrors.tree(&repo.url(), &repo.commit("notes")).await;
    let recipe = Recipe::load(tree.as_ref(), &Limits::default()).expect("loads");
    assert_eq!(recipe.compose_files, ["compose.yml"]);
    assert_eq!(recipe.release_notes.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_readers_at_two_versions_and_a_fetch_do_not_disturb_each_other() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Arc::new(Mirrors::new()), repo.url());
    mirrors.fetch(&url).await;
    let mut tasks = Vec::new();
    for round in 0..40 {
        let (mirrors, url) = (Arc::clone(&mirrors), url.clone());
        tasks.push(tokio::spawn(async move {
            let (tag, image) = if round % 2 == 0 {
                ("1.0.0+1", "one")
            } else {
                ("1.1.0+2", "two")
            };
            assert!(
                mirrors
                    .text(&url, &version(tag), "compose.yml")
                    .await
                    .contains(image)
            );
            if round % 5 == 0 {
                mirrors.fetch(&url).await;
            }
        }));
    }
    for round in 0..5 {
        repo.release(&format!("2.{round}.0+1"));
        mirrors.fetch(&url).await;
    }
    for task in tasks {
        task.await.expect("no task failed");
    }
    assert_eq!(mirrors.tags(&url).await.len(), 7);
}

#[tokio::test]
async fn reads_a_recipe_with_five_hundred_tags() {
    let repo = Repo::with_two_versions();
    let object = repo.git(&["rev-parse", "HEAD"]);
    let updates: String = (0..500)
        .map(|i| format!("create refs/tags/3.{i}.0+1 {object}\n"))
        .collect();
    let list = repo.path().join(".git/updates");
    std::fs::write(&list, updates).expect("written");
    let status = super::fixture::git_command(repo.path())
        .args(["update-ref", "--stdin"])
        .stdin(std::fs::File::open(list).expect("open"))
        .status()
        .expect("git runs");
    assert!(status.success());
    let mirrors = Mirrors::new();
    let all = mirrors
        .mirrors
        .versions(&repo.url())
        .await
        .expect("versions");
    assert_eq!(all.versions.len(), 502);
    assert_eq!(all.latest().expect("a version").tag, "3.499.0+1");
}

#[tokio::test]
async fn refuses_what_is_no_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = folder.path().to_str().expect("UTF-8");
    assert_eq!(Mirrors::new().refusal(url).await, "AL-1502");
    assert_eq!(Mirrors::new().refusal("ftp://h.org/r").await, "AL-1510");
    let empty = Repo::new();
    assert_eq!(Mirrors::new().refusal(&empty.url()).await, "AL-1507");
}

/// Writes an object that git itself would not make, and points a tag at it.
fn odd_tag(repo: &Repo, tag: &str, kind: &str, object: &[u8]) {
    let file = repo.path().join(".git/odd-object");
    std::fs::write(&file, object).expect("written");
    let file = file.to_str().expect("UTF-8");
    let id = repo.git(&["hash-object", "-t", kind, "-w", "--literally", file]);
    let reference = std::path::Path::new(".git/refs/tags").join(tag);
    repo.write(
        reference.to_str().expect("UTF-8"),
        format!("{id}\n").as_bytes(),
    );
}

#[tokio::test]
async fn a_tag_that_nobody_can_read_hinders_no_other() {
    let repo = Repo::with_two_versions();
    let head = repo.git(&["rev-parse", "HEAD"]);
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let blob = repo.git(&["rev-parse", "HEAD:compose.yml"]);
    let tag = |object: &str, kind: &str, rest: &[u8]| {
        let mut text = format!("object {object}\ntype {kind}\ntag x\n").into_bytes();
        text.extend_from_slice(rest);
        text
    };
    let good: &[(&str, &[u8])] = &[
        ("2.0.0+1", b"\nwithout a tagger\n"),
        ("2.1.0+1", b"tagger A <a@b> soon +0000\n\nx\n"),
        (
            "2.2.0+1",
            b"tagger A <a@b> 99999999999999999999 +0000\n\nx\n",
        ),
        ("2.3.0+1", b"tagger \xff\xfe <a@b> 1 +0000\n\n\xff\xfe\n"),
        ("2.4.0+1", b"tagger nobody\n\nx\n"),
    ];
    for (name, rest) in good {
        odd_tag(&repo, name, "tag", &tag(&head, "commit", rest));
    }
    odd_tag(&repo, "3.1.0+1", "tag", &tag(&blob, "blob", b"\nx\n"));
    // A tag of a tag is a version of what it leads to.
    repo.git(&["tag", "-a", "-m", "x", "5.0.0+1", "2.0.0+1"]);
    let (folder, _bare) = repo.bare();
    // What says that it is something else is not even served by git; here it is read from its folder.
    odd_tag(&repo, "3.0.0+1", "tag", &tag(&tree, "commit", b"\nx\n"));
    let commit = format!("tree {tree}\nauthor A <a@b> x\ncommitter B\n\nx\n");
    odd_tag(&repo, "4.0.0+1", "commit", commit.as_bytes());
    let server = super::server::HttpServer::start(folder.path());
    let (local, remote) = (repo.url(), server.url("recipe.git"));
    for (url, told) in [
        (remote, &["3.1.0+1"][..]),
        (local, &["3.0.0+1", "3.1.0+1"][..]),
    ] {
        let mirrors = Mirrors::new();
        for round in 0..2 {
            let fetched = mirrors.fetch(&url).await;
            assert_eq!(fetched.cloned, round == 0, "the mirror is sound: {url}");
            let all = mirrors.mirrors.versions(&url).await.expect("versions");
            let tags: Vec<_> = all.versions.iter().map(|v| v.tag.as_str()).collect();
            let others: Vec<_> = all.others.iter().map(|o| o.tag.as_str()).collect();
            for (name, _) in good {
                assert!(tags.contains(name), "{name} of {tags:?}, not {others:?}");
            }
            assert!(tags.contains(&"1.0.0+1") && tags.contains(&"5.0.0+1"));
            let last = all.versions.iter().find(|v| v.tag == "5.0.0+1");
            assert_eq!(last.expect("it is there").commit, head);
            assert_eq!(others, told, "{url}");
        }
    }
}

#[tokio::test]
async fn tags_whose_names_are_no_text_come_and_go_like_others() {
    use std::os::unix::ffi::OsStrExt as _;

    let repo = Repo::with_two_versions();
    let id = repo.git(&["rev-parse", "refs/tags/1.0.0+1"]);
    let name = std::ffi::OsStr::from_bytes(b"1.5.0+\xff\xfe");
    let file = repo.path().join(".git/refs/tags").join(name);
    std::fs::write(&file, format!("{id}\n")).expect("written");
    let server = super::server::HttpServer::start(repo.path());
    for url in [repo.url(), server.url(".git")] {
        std::fs::write(&file, format!("{id}\n")).expect("written");
        let mirrors = Mirrors::new();
        let with = mirrors.fetch(&url).await.refs;
        assert!(!mirrors.fetch(&url).await.updated, "{url}");
        std::fs::remove_file(&file).expect("removed");
        let without = mirrors.fetch(&url).await;
        assert_eq!((without.updated, without.refs), (true, with - 1), "{url}");
        let again = mirrors.fetch(&url).await;
        assert_eq!((again.updated, again.refs), (false, with - 1), "{url}");
        assert_eq!(mirrors.tags(&url).await, ["1.0.0+1", "1.1.0+2"]);
    }
}

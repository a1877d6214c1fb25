//! What a fetch sees of a repository that changes.

use super::fixture::{Mirrors, Repo, git_command, version};
use crate::{RecipeSource, Wanted};

#[tokio::test]
async fn says_whether_anything_changed() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    let first = mirrors.fetch(&url).await;
    assert_eq!((first.updated, first.cloned, first.refs), (true, true, 4));
    let second = mirrors.fetch(&url).await;
    assert_eq!(
        (second.updated, second.cloned, second.refs),
        (false, false, 4)
    );
    repo.release("1.2.0+2");
    let third = mirrors.fetch(&url).await;
    assert_eq!((third.updated, third.cloned, third.refs), (true, false, 5));
}

#[tokio::test]
async fn takes_the_packs_of_a_repository_of_this_host_and_what_is_not_in_them() {
    let repo = Repo::with_two_versions();
    repo.git(&["repack", "-a", "-d", "-q"]);
    repo.write("compose.yml", "services: {app: {image: three}}\n");
    repo.release("1.2.0+3");
    let (mirrors, url) = (Mirrors::new(), repo.url());
    assert_eq!(mirrors.fetch(&url).await.refs, 5);
    // What is there is whole, whatever becomes of the repository.
    std::fs::remove_dir_all(repo.path().join(".git/objects")).expect("removed");
    let mirror = mirrors.only_mirror();
    let checked = git_command(&mirror)
        .args(["fsck", "--full", "--strict"])
        .output();
    let checked = checked.expect("git runs");
    let told = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success(), "{told}");
    for (tag, image) in [("1.0.0+1", "one"), ("1.2.0+3", "three")] {
        let text = mirrors.text(&url, &version(tag), "compose.yml").await;
        assert!(text.contains(image), "{tag}: {text}");
    }
    let packs = std::fs::read_dir(mirror.join("objects/pack")).expect("a folder");
    assert_eq!(
        packs.count(),
        2,
        "a pack and its index, and not each object alone"
    );
}

#[tokio::test]
async fn sees_a_moved_tag_and_still_reads_the_old_commit() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    let old = mirrors.commit(&url, &version("1.1.0+2")).await;
    repo.write("compose.yml", "services: {app: {image: moved}}\n");
    let moved = repo.commit("moved");
    repo.git(&["tag", "-f", "-a", "-m", "moved", "1.1.0+2"]);
    assert!(mirrors.fetch(&url).await.updated);
    assert_eq!(mirrors.commit(&url, &version("1.1.0+2")).await, moved);
    let tree = mirrors.tree(&url, &old).await;
    assert!(
        tree.read("compose.yml", 100)
            .expect("read")
            .ends_with(b"two}}\n")
    );
}

#[tokio::test]
async fn forgets_a_removed_tag_and_still_reads_its_commit() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    let old = mirrors.commit(&url, &version("1.0.0+1")).await;
    repo.git(&["tag", "-d", "1.0.0+1"]);
    mirrors.fetch(&url).await;
    assert_eq!(mirrors.tags(&url).await.len(), 1);
    mirrors.tree(&url, &old).await;
}

#[tokio::test]
async fn fetches_once_more_for_a_version_that_was_just_published() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    mirrors.fetch(&url).await;
    let commit = repo.release("2.0.0+3");
    assert_eq!(mirrors.commit(&url, &version("2.0.0+3")).await, commit);
}

#[tokio::test]
async fn follows_a_default_branch_that_changed_its_name() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    mirrors.fetch(&url).await;
    repo.git(&["checkout", "-q", "-b", "trunk"]);
    let head = repo.commit("on trunk");
    repo.git(&["branch", "-D", "main"]);
    mirrors.fetch(&url).await;
    assert_eq!(mirrors.commit(&url, &Wanted::Head).await, head);
}

#[tokio::test]
async fn works_offline_with_what_is_on_disk() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    let offline = mirrors.mirrors.offline();
    for error in [
        offline.fetch(&url).await.expect_err("nothing on disk"),
        offline.versions(&url).await.expect_err("nothing on disk"),
        offline
            .resolve(&url, &Wanted::Latest)
            .await
            .expect_err("nothing on disk"),
    ] {
        assert_eq!(error.code(), "AL-1504");
    }
    mirrors.fetch(&url).await;
    repo.release("2.0.0+3");
    assert!(
        !offline
            .fetch(&url)
            .await
            .expect("a mirror is there")
            .updated
    );
    assert_eq!(
        offline
            .versions(&url)
            .await
            .expect("versions")
            .versions
            .len(),
        2
    );
    assert_eq!(
        offline
            .resolve(&url, &version("2.0.0+3"))
            .await
            .expect_err("not on disk")
            .code(),
        "AL-1505"
    );
}

#[tokio::test]
async fn refuses_a_repository_that_is_larger_than_any_recipe() {
    let repo = Repo::with_two_versions();
    repo.write("big", vec![7; 300_000]);
    repo.commit("big");
    let mirrors = Mirrors::with(|options| options.max_mirror_bytes = 200_000);
    assert_eq!(mirrors.refusal(&repo.url()).await, "AL-1511");
    assert_eq!(
        std::fs::read_dir(mirrors.root.path())
            .expect("listed")
            .count(),
        0,
        "nothing is left on disk"
    );
}

#[tokio::test]
async fn refuses_a_small_pack_that_unfolds_into_a_huge_file() {
    let repo = Repo::with_two_versions();
    repo.write("zeros", "");
    let zeros = std::fs::File::create(repo.path().join("zeros")).expect("made");
    zeros.set_len(65 << 20).expect("a sparse file");
    repo.commit("zeros");
    let (folder, _bare) = repo.bare();
    let server = super::server::HttpServer::start(folder.path());
    for url in [server.url("recipe.git"), repo.url()] {
        assert_eq!(Mirrors::new().refusal(&url).await, "AL-1511");
    }
}

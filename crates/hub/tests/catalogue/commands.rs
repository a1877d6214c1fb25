//! `allot-hub catalogue`, as somebody types it.

use std::process::Command;

use tempfile::TempDir;

use crate::running::{Running, gits, recipe};

/// Runs `allot-hub`: exit code, standard output, standard error.
async fn allot_hub(running: &Running, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allot-hub"));
    command.arg("--dir").arg(running.dir.path()).args(args);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_how_sources_are_doing_and_can_have_them_looked_at() {
    let dir = TempDir::new().unwrap();
    let (web, odd) = (dir.path().join("web"), dir.path().join("odd"));
    recipe(&web).git(&["tag", "nonsense"]);
    std::fs::create_dir(&odd).unwrap();
    let running = Running::with(gits(&[&web, &odd])).await;
    let (code, out, _) = allot_hub(&running, &["catalogue", "sync"]).await;
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("recipes   1"), "{out}");
    assert!(
        out.contains("web (1 versions): tag nonsense is no version"),
        "{out}"
    );
    assert!(
        out.contains("odd (0 versions): ") && out.contains("[AL-1502]"),
        "{out}"
    );
    let (code, out, _) = allot_hub(&running, &["catalogue", "status", "-m"]).await;
    let status: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &status["versions"]), (0, &1.into()));
    assert_eq!(status["sources"][0]["kind"], "git");
    assert_eq!(status["told"][0]["error"]["code"], "AL-1502");
    let (code, out, _) = allot_hub(&running, &["catalogue", "sync", "web", "-m"]).await;
    let done: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &done["over"]), (0, &true.into()));
    assert_eq!(done["catalogue"]["told"][0]["recipe"], "web");
    for words in ["sync", "status"] {
        let (code, _, err) = allot_hub(&running, &["catalogue", words, "unknown"]).await;
        assert_eq!(code, 1);
        assert!(err.contains("`unknown`") && err.contains("help:"), "{err}");
    }
    let (code, _, err) = allot_hub(&running, &["catalogue", "status", "Not One"]).await;
    assert_eq!(code, 1, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_without_sources_says_what_to_do() {
    let running = Running::with(gits(&[])).await;
    let (code, out, _) = allot_hub(&running, &["catalogue", "status"]).await;
    assert_eq!((code, out.contains("[catalogue]")), (0, true), "{out}");
    let (code, _, err) = allot_hub(&running, &["catalogue", "sync"]).await;
    assert_eq!((code, err.contains("hub.toml")), (1, true), "{err}");
}

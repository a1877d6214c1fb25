//! Promises about commands in containers, and about images of the node.

use std::time::Duration;

use allot_agent::engine::{Command, EngineError};
use bytes::Bytes;
use futures::{StreamExt as _, stream};

use super::plot::{IMAGE, Plot};

fn shell(script: &str, limit: Duration) -> Command {
    Command {
        args: ["sh", "-c", script].map(str::to_owned).to_vec(),
        env: vec!["WORD=hello".to_owned()],
        limit,
        keep: 1024,
    }
}

const MINUTE: Duration = Duration::from_secs(60);

async fn container(plot: &Plot, sim: &[&str]) -> String {
    let shape = plot.service("a", "sleep 1000 & wait", sim);
    let id = plot.create(&shape).await;
    plot.until_running(&id).await.container_id.unwrap()
}

pub async fn a_command_in_a_container_says_what_it_printed_and_how_it_ended(plot: &Plot) {
    let sim = ["SIM_EXEC_STDOUT=hello there", "SIM_EXEC_EXIT=3"];
    let container = container(plot, &sim).await;
    let script = "echo $WORD there; exit 3";
    let end = plot.engine.exec(&container, &shell(script, MINUTE)).await;
    let end = end.unwrap();
    assert_eq!(end.exit_code, Some(3));
    assert_eq!(String::from_utf8_lossy(&end.output), "hello there\n");
}

pub async fn of_a_commands_long_output_the_end_is_kept(plot: &Plot) {
    let long = "x".repeat(5000);
    let sim = format!("SIM_EXEC_STDOUT={long}end");
    let container = container(plot, &[&sim]).await;
    let script = "i=0; while [ $i -lt 500 ]; do printf xxxxxxxxxx; i=$((i+1)); done; echo end";
    let end = plot.engine.exec(&container, &shell(script, MINUTE)).await;
    let output = end.unwrap().output;
    assert_eq!(output.len(), 1024);
    assert!(output.ends_with(b"xend\n"), "{output:?}");
}

pub async fn a_command_that_takes_too_long_is_not_waited_for(plot: &Plot) {
    let container = container(plot, &["SIM_EXEC_MS=30000"]).await;
    let began = tokio::time::Instant::now();
    let command = shell("sleep 30", Duration::from_secs(1));
    let end = plot.engine.exec(&container, &command).await.unwrap();
    assert_eq!(end.exit_code, None);
    let took = began.elapsed();
    assert!(
        (Duration::from_secs(1)..Duration::from_secs(20)).contains(&took),
        "{took:?}"
    );
}

pub async fn a_command_in_a_container_that_is_gone_is_refused(plot: &Plot) {
    let gone = "0".repeat(64);
    let error = plot.engine.exec(&gone, &shell("true", MINUTE)).await;
    let error = error.unwrap_err();
    assert!(matches!(error, EngineError::Refused { .. }), "{error}");
}

pub async fn an_image_of_the_node_has_an_id(plot: &Plot) {
    let id = plot.engine.image_id(IMAGE).await.unwrap().unwrap();
    assert!(id.starts_with("sha256:"), "{id}");
    let none = plot.engine.image_id("sim/missing:1").await.unwrap();
    assert_eq!(none, None);
}

pub async fn an_archive_that_breaks_off_is_refused(plot: &Plot) {
    let broken = std::io::Error::other("the other side went away");
    let pieces = stream::iter([Ok(Bytes::from_static(b"abc")), Err(broken)]).boxed();
    plot.engine.load_images(pieces).await.unwrap_err();
    // The engine is none the worse for it.
    assert!(plot.engine.image_id(IMAGE).await.unwrap().is_some());
}

//! `recipes.json`, as abra asks for it.

use allot_recipe::{Limits, catalogue::recipes_json::RecipesJson};
use reqwest::{Response, header::IF_NONE_MATCH};
use serde_json::json;
use tempfile::TempDir;

use crate::running::{Running, gits, next, recipe};

async fn get(running: &Running, etag: &str) -> Response {
    let request = running.client().get(running.url("/recipes.json"));
    request.header(IF_NONE_MATCH, etag).send().await.unwrap()
}

/// The file, once it has so many versions.
async fn with_versions(running: &Running, recipe: &str, count: usize) -> (String, Vec<u8>) {
    running
        .until("recipes.json has them", async || {
            let answer = get(running, "\"none\"").await;
            if answer.status() != 200 {
                return None;
            }
            let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
            let body = answer.bytes().await.unwrap().to_vec();
            let (read, bad) = RecipesJson::from_bytes(&body, &Limits::default()).unwrap();
            assert_eq!(bad, Vec::<String>::new());
            let found = read
                .recipes
                .get(recipe)
                .map_or(0, |entry| entry.versions.len());
            (found == count).then_some((etag, body))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn recipes_json_is_what_abra_reads_and_is_sent_once() {
    let dir = TempDir::new().unwrap();
    let (web, blog) = (dir.path().join("web"), dir.path().join("blog"));
    let repo = recipe(&web);
    recipe(&blog);
    let running = Running::with(gits(&[&web, &blog])).await;
    running.sync().await;
    with_versions(&running, "blog", 1).await;
    let (etag, body) = with_versions(&running, "web", 1).await;
    let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let names: Vec<_> = read.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["blog", "web"]);
    let services = json!({"app": {"image": "nginx", "tag": "1.27.0"}, "db": {"image": "mariadb", "tag": "11.4"}});
    assert_eq!(read["web"]["versions"], json!([{"1.0.0+1.27.0": services}]));
    assert_eq!(read["web"]["category"], "Apps");
    assert_eq!(read["web"]["features"]["status"], 3);
    // Who has it is told so, and nothing is sent.
    let again = get(&running, &format!("\"x\", {etag}")).await;
    assert_eq!(again.status().as_u16(), 304);
    assert_eq!(again.bytes().await.unwrap().len(), 0);
    next(repo, "1.1.0+1.27.1");
    running.sync().await;
    let (newer, _) = with_versions(&running, "web", 2).await;
    assert_ne!(newer, etag);
    assert_eq!(get(&running, &etag).await.status().as_u16(), 200);
    // The same log makes the same file.
    let running = running.restart(|_| {}).await;
    assert_eq!(with_versions(&running, "web", 2).await.0, newer);
}

#[tokio::test(flavor = "multi_thread")]
async fn recipes_json_is_there_without_recipes_too_and_under_one_name_only() {
    let running = Running::with(gits(&[])).await;
    let body = running
        .until("it is made", async || {
            let answer = get(&running, "\"none\"").await;
            (answer.status() == 200).then_some(answer.text().await.unwrap())
        })
        .await;
    assert_eq!(body, "{}");
    let query = running.client().get(running.url("/recipes.json?x"));
    assert_eq!(query.send().await.unwrap().status().as_u16(), 404);
    let post = running.client().post(running.url("/recipes.json"));
    assert_eq!(post.send().await.unwrap().status().as_u16(), 405);
}

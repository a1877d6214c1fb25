//! Real stacks that lie beside the repository.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::case::Case;

/// Cases that docker refuses and we accept, with the row that says why.
const LISTED: [(&str, &str); 1] = [("zabbix-5.0-alpine-pgsql-2022", "unknown-key")];

/// Stacks and recipes with a made-up value for each of their variables. They are copied to a temporary
/// directory, where the files that they name and do not have are made.
pub fn cases() -> Option<Vec<(Case, Option<String>)>> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if !shared.join("stacks").is_dir() {
        return None;
    }
    // The directory lives as long as the process: the cases point into it.
    let work = tempfile::tempdir().ok()?.keep();
    let mut cases = Vec::new();
    for path in entries(&shared.join("stacks"))
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "yml"))
    {
        let name = path.file_stem()?.to_string_lossy().into_owned();
        let dir = work.join(&name);
        fs::create_dir_all(&dir).ok()?;
        fs::copy(&path, dir.join("compose.yml")).ok()?;
        cases.push(case(name, dir, BTreeMap::new()));
    }
    for path in entries(&shared.join("recipes"))
        .into_iter()
        .filter(|p| p.join("compose.yml").is_file())
    {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let dir = work.join(&name);
        copy(&path, &dir);
        let env = recipe_env(&dir);
        cases.push(case(name, dir, env));
    }
    Some(cases)
}

fn case(name: String, dir: PathBuf, mut env: BTreeMap<String, String>) -> (Case, Option<String>) {
    let listed = env.get("COMPOSE_FILE").cloned().unwrap_or_default();
    let mut files: Vec<String> = listed
        .split(':')
        .filter(|f| !f.is_empty() && dir.join(f).is_file())
        .map(str::to_owned)
        .collect();
    if files.is_empty() {
        files.push("compose.yml".to_owned());
    }
    for file in &files {
        let text = fs::read_to_string(dir.join(file)).unwrap_or_default();
        fill(&mut env, &text);
        make_named_files(&dir, &text);
    }
    let row = LISTED
        .iter()
        .find(|(listed, _)| *listed == name)
        .map(|(_, row)| (*row).to_owned());
    (
        Case {
            name,
            dir,
            files,
            env,
            row: None,
        },
        row,
    )
}

/// Gives each variable in a text a value of the kind its name suggests.
fn fill(env: &mut BTreeMap<String, String>, text: &str) {
    for piece in text.split('$').skip(1) {
        let piece = piece.strip_prefix('{').unwrap_or(piece);
        let name: String = piece
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        if name.is_empty()
            || name.starts_with(|c: char| c.is_ascii_digit())
            || env.contains_key(&name)
        {
            continue;
        }
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let value = if has(&[
            "PORT", "UID", "GID", "REPLICAS", "COUNT", "SIZE", "LIMIT", "RETRIES",
        ]) {
            "1000".to_owned()
        } else if has(&["INTERVAL", "TIMEOUT", "PERIOD"]) {
            "10s".to_owned()
        } else if has(&["PATH", "DIR"]) {
            format!("/srv/{}", name.to_lowercase())
        } else {
            format!("x{}", name.to_lowercase().replace('_', ""))
        };
        env.insert(name, value);
    }
}

/// Makes the files that secrets, configs and env files name.
fn make_named_files(dir: &Path, text: &str) {
    let Ok(document) = serde_saphyr::from_str::<Value>(text) else {
        return;
    };
    let objects = ["configs", "secrets"]
        .iter()
        .filter_map(|kind| document.get(*kind)?.as_object());
    let files = objects
        .flat_map(serde_json::Map::values)
        .filter_map(|o| o.get("file"));
    let services = document
        .get("services")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(serde_json::Map::values);
    let env_files = services
        .filter_map(|s| s.get("env_file"))
        .flat_map(|e| e.as_array().cloned().unwrap_or(vec![e.clone()]));
    let named: Vec<String> = files
        .cloned()
        .chain(env_files)
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect();
    for name in named
        .iter()
        .filter(|n| !n.contains('$') && !n.contains("..") && !n.starts_with(['/', '~']))
    {
        let path = dir.join(name);
        if !path.exists() {
            let _ = fs::create_dir_all(path.parent().unwrap_or(dir));
            let _ = fs::write(path, "CONTENT=made\n");
        }
    }
}

/// What the recipe's sample and its `abra.sh` set, without quotes and comments.
fn recipe_env(dir: &Path) -> BTreeMap<String, String> {
    let mut env = BTreeMap::new();
    let sample = fs::read_to_string(dir.join(".env.sample")).unwrap_or_default();
    let exports = fs::read_to_string(dir.join("abra.sh")).unwrap_or_default();
    let exports = exports
        .lines()
        .filter_map(|l| l.trim().strip_prefix("export "));
    for line in sample
        .lines()
        .filter(|l| !l.starts_with('#'))
        .chain(exports)
    {
        if let Some((key, value)) = line.split_once('=') {
            let value = value
                .split(" #")
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches(['"', '\'']);
            let value = value.replace(
                "$COMPOSE_FILE",
                env.get("COMPOSE_FILE").map_or("", |v: &String| v),
            );
            env.insert(key.to_owned(), value);
        }
    }
    env.insert("STACK_NAME".to_owned(), "app_example_org".to_owned());
    env.insert("DOMAIN".to_owned(), "app.example.org".to_owned());
    env
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    paths.sort();
    paths
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::create_dir_all(to);
    for path in entries(from) {
        let Some(name) = path.file_name() else {
            continue;
        };
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            let _ = fs::copy(&path, to.join(name));
        }
    }
}

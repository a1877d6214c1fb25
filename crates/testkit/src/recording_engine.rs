//! An engine that runs nothing and writes down what it is asked.
//!
//! It speaks just enough of the engine API (1.41) on a unix socket for `docker stack deploy`: an
//! active swarm with one manager, in which every external network, secret and config exists.
//! What was created is remembered until [`RecordingEngine::clear`].

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::UnixListener, task::JoinHandle};

/// The API version that it claims, the oldest an engine with jobs and ulimits has.
const API_VERSION: &str = "1.41";

/// The kinds of object that can be created.
const KINDS: [&str; 4] = ["networks", "secrets", "configs", "services"];

/// One request that would change something.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRequest {
    /// `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// Path without the version, such as `/services/create`.
    pub path: String,
    /// The JSON body; null when there is none.
    pub body: Value,
}

/// A running engine; it stops when this is dropped.
#[derive(Debug)]
pub struct RecordingEngine {
    socket: PathBuf,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<RecordedRequest>,
    objects: BTreeMap<String, Vec<Value>>,
    created: usize,
}

impl RecordingEngine {
    /// Listens on `engine.sock` in `dir`, within the running tokio runtime.
    ///
    /// # Errors
    /// The socket cannot be made there.
    pub fn start(dir: &Path) -> io::Result<Self> {
        let socket = dir.join("engine.sock");
        let listener = UnixListener::bind(&socket)?;
        let state = Arc::new(Mutex::new(State::default()));
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self {
            socket,
            state,
            server,
        })
    }

    /// The value for `DOCKER_HOST`, or for `docker -H`.
    #[must_use]
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// What was asked since the start or the last [`Self::clear`].
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.state).requests.clone()
    }

    /// The bodies with which things were created, by kind (`services`, ...).
    #[must_use]
    pub fn created(&self, kind: &str) -> Vec<Value> {
        let path = format!("/{kind}/create");
        let requests = &lock(&self.state).requests;
        requests
            .iter()
            .filter(|r| r.path == path)
            .map(|r| r.body.clone())
            .collect()
    }

    /// Forgets all requests and objects.
    pub fn clear(&self) {
        *lock(&self.state) = State::default();
    }
}

impl Drop for RecordingEngine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: UnixListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, Arc::clone(&state)));
            // A client that hangs up has heard enough.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|b| b.to_bytes())
        .unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = without_version(parts.uri.path()).to_owned();
    let query = parts.uri.query().unwrap_or_default();
    let mut state = lock(&state);
    if matches!(parts.method, Method::POST | Method::PUT | Method::DELETE) {
        let method = parts.method.to_string();
        state.requests.push(RecordedRequest {
            method,
            path: path.clone(),
            body: body.clone(),
        });
    }
    let (status, value) = state.route(&parts.method, &path, query, body);
    Ok(reply(status, &value))
}

/// Cuts `/v1.41` from the front of a path.
fn without_version(path: &str) -> &str {
    let versioned = path
        .strip_prefix("/v")
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    versioned
        .and_then(|rest| rest.find('/').map(|at| &rest[at..]))
        .unwrap_or(path)
}

fn reply(status: u16, value: &Value) -> Response<Full<Bytes>> {
    let body = match value {
        Value::Null => Bytes::from_static(b"OK"),
        value => Bytes::from(value.to_string()),
    };
    let response = Response::builder()
        .status(status)
        .header("Content-Type", "application/json")
        .header("Api-Version", API_VERSION)
        .header("Ostype", "linux")
        .header("Server", "Docker/20.10.24 (linux)")
        .header("Swarm", "active/manager")
        .body(Full::new(body));
    response.unwrap_or_default()
}

impl State {
    fn route(&mut self, method: &Method, path: &str, query: &str, body: Value) -> (u16, Value) {
        if let Some(answer) = fixed(path) {
            return (200, answer);
        }
        let mut parts = path.trim_start_matches('/').splitn(2, '/');
        let (kind, rest) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        if !KINDS.contains(&kind) {
            return (
                404,
                json!({ "message": format!("page not found: {method} {path}") }),
            );
        }
        match (method, rest) {
            (&Method::GET, "") => (200, self.list(kind, query)),
            (&Method::GET, name) => self.inspect(kind, name),
            (&Method::POST, "create") => (201, self.create(kind, body)),
            _ => (200, json!({ "Warnings": null })),
        }
    }

    fn create(&mut self, kind: &str, body: Value) -> Value {
        self.created += 1;
        let id = format!("id{:023}", self.created);
        let object = json!({
            "ID": id, "Id": id, "Name": body.get("Name"), "Spec": body, "Labels": body.get("Labels"),
            "Driver": body.get("Driver"), "Scope": "swarm", "Version": { "Index": self.created },
        });
        self.objects
            .entry(kind.to_owned())
            .or_default()
            .push(object);
        json!({ "ID": id, "Id": id, "Warning": "" })
    }

    fn inspect(&self, kind: &str, name: &str) -> (u16, Value) {
        let is = |object: &&Value| {
            ["ID", "Name"]
                .iter()
                .any(|key| object.get(*key).and_then(Value::as_str) == Some(name))
        };
        match self.objects.get(kind).and_then(|all| all.iter().find(is)) {
            Some(object) => (200, object.clone()),
            None if kind == "networks" => (
                200,
                json!({ "Name": name, "Id": format!("ext-{name}"), "Scope": "swarm", "Driver": "overlay" }),
            ),
            None => (
                404,
                json!({ "message": format!("{kind} {name} not found") }),
            ),
        }
    }

    /// All objects of a kind; secrets and configs that are asked for by name all exist.
    fn list(&self, kind: &str, query: &str) -> Value {
        let known = self.objects.get(kind).cloned().unwrap_or_default();
        let wanted = names_in_filter(query);
        if !matches!(kind, "secrets" | "configs") || wanted.is_empty() {
            return Value::Array(known);
        }
        let of_name = |name: &String| {
            let found = known
                .iter()
                .find(|o| o.get("Name").and_then(Value::as_str) == Some(name))
                .cloned();
            found.unwrap_or_else(|| json!({ "ID": format!("ext-{name}"), "Version": { "Index": 1 }, "Spec": { "Name": name } }))
        };
        wanted.iter().map(of_name).collect()
    }
}

/// What does not depend on what was created.
fn fixed(path: &str) -> Option<Value> {
    let swarm = json!({ "NodeID": "node1", "NodeAddr": "127.0.0.1", "LocalNodeState": "active", "ControlAvailable": true });
    Some(match path {
        "/_ping" => Value::Null,
        "/version" => {
            json!({ "Version": "20.10.24", "ApiVersion": API_VERSION, "MinAPIVersion": "1.12", "Os": "linux" })
        }
        "/info" => {
            json!({ "ID": "X", "OSType": "linux", "ServerVersion": "20.10.24", "Swarm": swarm })
        }
        "/swarm" => json!({ "ID": "c", "Spec": { "Name": "default" } }),
        "/tasks" | "/containers/json" => json!([]),
        _ => return None,
    })
}

/// The names in `?filters={"name":{"a":true}}`, percent-encoded.
fn names_in_filter(query: &str) -> Vec<String> {
    let filter = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("filters="))
        .map(percent_decode);
    let filter: Value = filter
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    match filter.get("name") {
        Some(Value::Object(names)) => names.keys().cloned().collect(),
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

fn percent_decode(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let hex: Vec<u8> = bytes.by_ref().take(2).collect();
                let code = std::str::from_utf8(&hex)
                    .ok()
                    .and_then(|h| u8::from_str_radix(h, 16).ok());
                out.extend(code);
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_cut_from_paths() {
        assert_eq!(
            without_version("/v1.41/services/create"),
            "/services/create"
        );
        assert_eq!(without_version("/volumes"), "/volumes");
        assert_eq!(without_version("/_ping"), "/_ping");
    }

    #[test]
    fn names_are_read_from_filters() {
        assert_eq!(
            names_in_filter("filters=%7B%22name%22%3A%7B%22a%22%3Atrue%7D%7D"),
            ["a"]
        );
        assert!(names_in_filter("").is_empty());
    }
}

//! A forge that speaks as Gitea and Forgejo do, as far as a catalogue asks: an organisation's repositories, page by page,
//! and the repositories themselves over smart HTTP. It can be told to behave badly.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test's fixture that cannot be made has failed the test"
)]

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpListener, process::Command, task::JoinHandle};

/// How the forge answers its API once, other than it should.
#[derive(Debug, Clone)]
pub enum Mood {
    /// 429, with `Retry-After` in seconds where it says so.
    TooMany(Option<u64>),
    /// 503.
    Down,
    /// 403.
    Forbidden,
    /// A page for people, with status 200.
    Html,
    /// 302 to somewhere.
    Sends(String),
    /// A list whose next page is somewhere else.
    GoesOnAt(String),
    /// Pages that go on for ever, each with something new on it.
    Endless,
    /// Pages that go on for ever and always say the same.
    Repeats,
    /// Spaces without end.
    Huge,
    /// The list, with this as `X-Total-Count`, and no `Link`.
    Counts(&'static str),
}

#[derive(Debug, Default)]
struct Inner {
    /// How the next answers are, one after the other; the last one stays when it is to stay.
    moods: VecDeque<Mood>,
    stays: Option<Mood>,
    /// What is said of repositories beside their names, by `organisation/name`.
    facts: BTreeMap<String, Value>,
    /// Method and path of what was asked for, with its query.
    requests: Vec<String>,
    /// The token that is asked for.
    token: Option<String>,
    /// Repositories that are somewhere else by now, by `organisation/name`.
    moved: BTreeMap<String, String>,
}

/// The forge. It ends when it is dropped.
#[derive(Debug)]
pub struct FakeForge {
    address: SocketAddr,
    root: PathBuf,
    inner: Arc<Mutex<Inner>>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    address: SocketAddr,
    root: PathBuf,
    inner: Arc<Mutex<Inner>>,
}

impl FakeForge {
    /// Serves the repositories in `root`, which are at `ORGANISATION/NAME.git`, bare or with a work tree.
    ///
    /// # Panics
    /// There is no port to be had.
    pub async fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (root, inner) = (root.to_owned(), Arc::default());
        let shared = Shared {
            address,
            root: root.clone(),
            inner: Arc::clone(&inner),
        };
        let router = Router::new().fallback(answer).with_state(shared);
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("served");
        });
        Self {
            address,
            root,
            inner,
            task,
        }
    }

    /// The forge's web address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder of a repository, which need not be there yet.
    #[must_use]
    pub fn folder(&self, organisation: &str, name: &str) -> PathBuf {
        self.root.join(organisation).join(format!("{name}.git"))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("not poisoned")
    }

    /// The API answers so once; after what was asked for before.
    pub fn once(&self, mood: Mood) {
        self.inner().moods.push_back(mood);
    }

    /// The API answers so from now on, or well again.
    pub fn always(&self, mood: Option<Mood>) {
        self.inner().stays = mood;
    }

    /// The API wants this token.
    pub fn wants_token(&self, token: &str) {
        self.inner().token = Some(token.to_owned());
    }

    /// Says something else of a repository: fields of the API's answer.
    pub fn say(&self, organisation: &str, name: &str, facts: Value) {
        let name = format!("{organisation}/{name}");
        self.inner().facts.insert(name, facts);
    }

    /// Whoever asks for the repository is sent to this address.
    pub fn moved(&self, organisation: &str, name: &str, to: &str) {
        let name = format!("{organisation}/{name}.git");
        self.inner().moved.insert(name, to.to_owned());
    }

    /// What was asked for, and forgets it.
    #[must_use]
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().requests)
    }

    /// What the forge posts to a webhook after a push.
    #[must_use]
    pub fn push(&self, organisation: &str, name: &str) -> Vec<u8> {
        let url = format!("{}/{organisation}/{name}", self.url());
        let body = json!({
            "ref": "refs/heads/main",
            "repository": {
                "id": 1,
                "name": name,
                "full_name": format!("{organisation}/{name}"),
                "owner": {"id": 2, "login": organisation, "username": organisation},
                "html_url": url,
                "clone_url": format!("{url}.git"),
                "ssh_url": format!("ssh://git@127.0.0.1:2222/{organisation}/{name}.git"),
            },
            "pusher": {"login": "somebody"},
        });
        body.to_string().into_bytes()
    }
}

impl Drop for FakeForge {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(forge): State<Shared>, request: Request) -> Response {
    let asked = format!("{} {}", request.method(), request.uri());
    forge.lock().requests.push(asked);
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["api", "v1", "orgs", organisation, "repos"] => forge.api(organisation, &request),
        [organisation, name, rest @ ..] if name.ends_with(".git") => {
            let key = format!("{organisation}/{name}");
            let moved = forge.lock().moved.get(&key).cloned();
            match moved {
                Some(to) => {
                    let query = request.uri().query().unwrap_or_default();
                    let to = format!("{to}/{}?{query}", rest.join("/"));
                    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to)]).into_response()
                }
                None => forge.git(request).await,
            }
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("not poisoned")
    }

    fn api(&self, organisation: &str, request: &Request) -> Response {
        let (mood, token) = {
            let mut inner = self.lock();
            let mood = inner.moods.pop_front().or_else(|| inner.stays.clone());
            (mood, inner.token.clone())
        };
        if let Some(token) = token {
            let given = request.headers().get(header::AUTHORIZATION);
            if given.is_none_or(|given| given != &format!("token {token}")) {
                return StatusCode::UNAUTHORIZED.into_response();
            }
        }
        let query = request.uri().query().unwrap_or_default();
        let number = |key: &str, or: usize| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(name, _)| *name == key);
            found
                .and_then(|(_, value)| value.parse().ok())
                .unwrap_or(or)
        };
        let (page, limit) = (number("page", 1).max(1), number("limit", 30).clamp(1, 50));
        match mood {
            Some(mood) => self.badly(&mood, organisation, page),
            None => self.list(organisation, page, limit),
        }
    }

    fn list(&self, organisation: &str, page: usize, limit: usize) -> Response {
        let Ok(entries) = std::fs::read_dir(self.root.join(organisation)) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".git").map(str::to_owned))
            .collect();
        names.sort();
        let total = names.len();
        let here = names.iter().skip((page - 1) * limit).take(limit);
        let items: Vec<Value> = here.map(|name| self.item(organisation, name)).collect();
        let mut answer = axum_json(&Value::from(items));
        let mut link = String::new();
        let last = total.div_ceil(limit);
        let url = format!(
            "http://{}/api/v1/orgs/{organisation}/repos?limit={limit}",
            self.address
        );
        if page < last {
            write!(
                link,
                "<{url}&page={}>; rel=\"next\",<{url}&page={last}>; rel=\"last\"",
                page + 1
            )
            .expect("a text");
        }
        let headers = answer.headers_mut();
        headers.insert("x-total-count", total.into());
        if !link.is_empty() {
            headers.insert(header::LINK, link.parse().expect("a header"));
        }
        answer
    }

    fn item(&self, organisation: &str, name: &str) -> Value {
        let folder = self.root.join(organisation).join(format!("{name}.git"));
        let refs = std::process::Command::new("git")
            .arg("-C")
            .arg(&folder)
            .args(["for-each-ref", "--count=1"])
            .output()
            .expect("git runs");
        let url = format!("http://{}/{organisation}/{name}", self.address);
        let mut item = json!({
            "id": 1,
            "owner": {"id": 2, "login": organisation},
            "name": name,
            "full_name": format!("{organisation}/{name}"),
            "description": format!("The recipe {name}"),
            "empty": refs.stdout.is_empty(),
            "private": false,
            "fork": false,
            "archived": false,
            "html_url": url,
            "clone_url": format!("{url}.git"),
            "ssh_url": format!("ssh://git@127.0.0.1:2222/{organisation}/{name}.git"),
            "website": "",
            "avatar_url": "",
            "default_branch": "main",
            "updated_at": "2026-11-01T00:00:00Z",
        });
        let facts = self
            .lock()
            .facts
            .get(&format!("{organisation}/{name}"))
            .cloned();
        if let (Some(Value::Object(facts)), Some(item)) = (facts, item.as_object_mut()) {
            item.extend(facts);
        }
        item
    }

    fn badly(&self, mood: &Mood, organisation: &str, page: usize) -> Response {
        let next = format!(
            "<http://{}/api/v1/orgs/{organisation}/repos?page={}>; rel=\"next\"",
            self.address,
            page + 1
        );
        let with = |mut answer: Response, name: HeaderName, value: &str| {
            answer
                .headers_mut()
                .insert(name, value.parse().expect("a header"));
            answer
        };
        match mood {
            Mood::TooMany(after) => {
                let answer = StatusCode::TOO_MANY_REQUESTS.into_response();
                match after {
                    Some(after) => with(answer, header::RETRY_AFTER, &after.to_string()),
                    None => answer,
                }
            }
            Mood::Down => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Mood::Forbidden => StatusCode::FORBIDDEN.into_response(),
            Mood::Html => axum::response::Html("<!doctype html><h1>Log in</h1>").into_response(),
            Mood::Sends(to) => with(StatusCode::FOUND.into_response(), header::LOCATION, to),
            Mood::GoesOnAt(url) => {
                let answer = axum_json(&json!([{"name": "web"}]));
                with(answer, header::LINK, &format!("<{url}>; rel=\"next\""))
            }
            Mood::Endless => {
                let items: Vec<_> = (0..50)
                    .map(|n| json!({"name": format!("r{page}-{n}")}))
                    .collect();
                with(axum_json(&Value::from(items)), header::LINK, &next)
            }
            Mood::Counts(count) => {
                let mut answer = self.list(organisation, page, 50);
                answer.headers_mut().remove(header::LINK);
                with(answer, HeaderName::from_static("x-total-count"), count)
            }
            Mood::Repeats => with(axum_json(&json!([{"name": "web"}])), header::LINK, &next),
            Mood::Huge => {
                let spaces = Bytes::from(vec![b' '; 64 * 1024]);
                let spaces =
                    futures::stream::repeat_with(move || Ok::<_, std::io::Error>(spaces.clone()));
                Body::from_stream(spaces).into_response()
            }
        }
    }

    /// git's own server.
    async fn git(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, 64 << 20).await.expect("a body");
        let header = |name: &str| {
            let value = parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let mut child = Command::new("git")
            .arg("http-backend")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_PROJECT_ROOT", &self.root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REQUEST_METHOD", parts.method.as_str())
            .env("PATH_INFO", parts.uri.path())
            .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
            .env("CONTENT_TYPE", header("content-type"))
            .env("CONTENT_LENGTH", body.len().to_string())
            .env("GIT_PROTOCOL", header("git-protocol"))
            .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("git runs");
        let mut input = child.stdin.take().expect("a pipe");
        let feed = tokio::spawn(async move { input.write_all(&body).await });
        let output = child.wait_with_output().await.expect("git ends");
        // A request that git does not want is not read to its end.
        let _ = feed.await;
        cgi(&output.stdout)
    }
}

/// An answer as CGI programs write it.
fn cgi(output: &[u8]) -> Response {
    let split = output.windows(4).position(|w| w == b"\r\n\r\n");
    let Some(split) = split else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (head, body) = output.split_at(split);
    let body = body.get(4..).unwrap_or_default().to_vec();
    let mut answer = body.into_response();
    answer.headers_mut().clear();
    for line in String::from_utf8_lossy(head).lines() {
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        if name == "Status" {
            let code = value.get(..3).and_then(|code| code.parse().ok());
            *answer.status_mut() = code.expect("a status");
        } else if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name), HeaderValue::try_from(value))
        {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

fn axum_json(value: &Value) -> Response {
    let mut answer = value.to_string().into_response();
    let kind = HeaderValue::from_static("application/json;charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

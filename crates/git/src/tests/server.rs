//! Servers for tests: smart http by `git http-backend`, a git daemon, and one that never answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::fixture::git_command;

/// Serves the repositories below a folder over http, one thread a connection, until the test process ends.
pub struct HttpServer {
    pub port: u16,
    pub knobs: Arc<Knobs>,
}

/// How a server misbehaves.
#[derive(Default)]
pub struct Knobs {
    /// Packs are cut off after this many bytes of the answer; 0 is never.
    pub cut_after: AtomicUsize,
    /// Packs that were asked for.
    pub packs: AtomicUsize,
    /// The `Authorization` that a request must have; without one it is answered with 401.
    pub authorization: Mutex<Option<&'static str>>,
    /// Requests below the one path are sent to the other address, with this status.
    pub moved: Mutex<Option<(String, String, u16)>>,
    /// What was asked for.
    pub asked: Mutex<Vec<String>>,
}

impl Knobs {
    pub fn lock(&self, authorization: Option<&'static str>) {
        *self.authorization.lock().expect("not poisoned") = authorization;
    }

    /// Sends requests for a repository somewhere else.
    pub fn moves(&self, repository: &str, to: &str, status: u16) {
        let moved = (format!("/{repository}"), to.to_owned(), status);
        *self.moved.lock().expect("not poisoned") = Some(moved);
    }

    /// Where a request is sent.
    fn sends(&self, request: &Request) -> Option<(String, u16)> {
        let moved = self.moved.lock().expect("not poisoned").clone();
        let (from, to, status) = moved?;
        let rest = request.path.strip_prefix(&from)?;
        Some((format!("{to}{rest}?{}", request.query), status))
    }

    fn lets_in(&self, request: &Request) -> bool {
        let wanted = *self.authorization.lock().expect("not poisoned");
        wanted.is_none_or(|wanted| {
            request
                .headers
                .iter()
                .any(|(key, value)| key == "authorization" && value == wanted)
        })
    }
}

impl HttpServer {
    pub fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = Self {
            port: listener.local_addr().expect("bound").port(),
            knobs: Arc::default(),
        };
        let (root, knobs) = (root.to_owned(), Arc::clone(&server.knobs));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (root, knobs) = (root.clone(), Arc::clone(&knobs));
                // A client that goes away in the middle is part of some tests.
                std::thread::spawn(move || serve(stream, &root, &knobs).ok());
            }
        });
        server
    }

    pub fn url(&self, repository: &str) -> String {
        format!("http://127.0.0.1:{}/{repository}", self.port)
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn serve(mut stream: TcpStream, root: &Path, knobs: &Knobs) -> std::io::Result<()> {
    let request = read_request(&stream)?;
    let asked = format!("{} {}", request.method, request.path);
    knobs.asked.lock().expect("not poisoned").push(asked);
    if let Some((to, status)) = knobs.sends(&request) {
        return write!(
            stream,
            "HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    if !knobs.lets_in(&request) {
        return stream.write_all(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let answer = backend(root, &request)?;
    let split = answer
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .unwrap_or(answer.len());
    let (head, body) = answer.split_at(split);
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head
        .lines()
        .find_map(|l| l.strip_prefix("Status: "))
        .unwrap_or("200 OK")
        .to_owned();
    let body = body.get(4..).unwrap_or_default();
    let fields: String = head
        .lines()
        .filter(|l| !l.starts_with("Status:"))
        .map(|l| format!("{l}\r\n"))
        .collect();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    let limit = knobs.cut_after.load(Ordering::SeqCst);
    let is_pack = request.method == "POST" && body.windows(4).any(|w| w == b"PACK");
    if is_pack {
        knobs.packs.fetch_add(1, Ordering::SeqCst);
    }
    let sent = if is_pack && limit > 0 {
        body.len().min(limit)
    } else {
        body.len()
    };
    stream.write_all(&body[..sent])
}

fn read_request(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((key, value)) => headers.push((key.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let find = |name: &str| {
        headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    let body = match (find("transfer-encoding"), find("content-length")) {
        (Some(_), _) => read_chunks(&mut reader)?,
        (None, Some(length)) => {
            let mut body = vec![0; length.parse().expect("a length")];
            reader.read_exact(&mut body)?;
            body
        }
        (None, None) => Vec::new(),
    };
    Ok(Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body,
    })
}

fn read_chunks(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).expect("a chunk's size");
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk)?;
        body.extend_from_slice(&chunk[..size]);
        if size == 0 {
            return Ok(body);
        }
    }
}

fn backend(root: &Path, request: &Request) -> std::io::Result<Vec<u8>> {
    let mut command = git_command(root);
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1");
    command
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query);
    command.env("CONTENT_LENGTH", request.body.len().to_string());
    for (key, value) in &request.headers {
        match key.as_str() {
            "content-type" => command.env("CONTENT_TYPE", value),
            "git-protocol" => command.env("GIT_PROTOCOL", value),
            _ => &mut command,
        };
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().expect("a pipe");
    let body = request.body.clone();
    let writer = std::thread::spawn(move || input.write_all(&body));
    let output = child.wait_with_output()?;
    writer.join().expect("written").ok();
    Ok(output.stdout)
}

/// A git daemon: each connection is handed to a `git daemon --inetd` of its own, which ends with it.
pub struct Daemon {
    pub port: u16,
}

impl Daemon {
    pub fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let root = root.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut command = git_command(&root);
                command.args(["daemon", "--inetd", "--export-all", "--informative-errors"]);
                command
                    .arg(format!("--base-path={}", root.display()))
                    .stderr(Stdio::null());
                let (input, output) = (
                    OwnedFd::from(stream.try_clone().expect("cloned")),
                    OwnedFd::from(stream),
                );
                let mut child = command
                    .stdin(input)
                    .stdout(output)
                    .spawn()
                    .expect("git daemon runs");
                // The command holds this process's copies of the socket, which must close for the client to see the end.
                drop(command);
                std::thread::spawn(move || child.wait());
            }
        });
        Self { port }
    }
}

/// A server that takes connections and never says a word. The flag is set once a client hung up.
pub struct Silent {
    pub port: u16,
    pub hung_up: std::sync::mpsc::Receiver<()>,
}

impl Silent {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (send, hung_up) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let send = send.clone();
                std::thread::spawn(move || {
                    // Reads what the client says until the client closes the connection.
                    std::io::copy(&mut stream, &mut std::io::sink()).ok();
                    send.send(()).ok();
                });
            }
        });
        Self { port, hung_up }
    }
}

/// A program that stands in for ssh: leaves out the options and the host, and runs the command here.
pub fn fake_ssh(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("fake-ssh");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
    let mut rights = std::fs::metadata(&path).expect("there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o755);
    std::fs::set_permissions(&path, rights).expect("set");
    path
}

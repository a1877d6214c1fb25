//! An engine that only answers questions, for states that no test may bring about on a real swarm.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    thread,
};

/// Answers every request from a table; what is not in it is refused as a node outside a swarm refuses it.
#[derive(Debug)]
pub struct FakeEngine {
    path: PathBuf,
}

/// What an engine says to what only a manager may do.
const NOT_A_MANAGER: &str = r#"{"message":"This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."}"#;

impl FakeEngine {
    /// An engine whose `/info` has this `Swarm` part, in JSON.
    ///
    /// # Panics
    /// It cannot listen in `dir`.
    #[must_use]
    pub fn with_swarm(dir: &Path, swarm: &str) -> Self {
        let path = dir.join("fake.sock");
        let listener = UnixListener::bind(&path).expect("listen as an engine");
        let info = format!(r#"{{"ServerVersion":"20.10.24","Swarm":{swarm}}}"#);
        // Ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let info = info.clone();
                thread::spawn(move || answer(client, &info));
            }
        });
        Self { path }
    }

    /// Its URL, to be given to an agent.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.path.display())
    }
}

fn answer(mut client: UnixStream, info: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    reader.read_line(&mut head)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = if path.ends_with("/info") {
        ("200 OK", info)
    } else if path.ends_with("/version") {
        (
            "200 OK",
            r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}"#,
        )
    } else {
        ("503 Service Unavailable", NOT_A_MANAGER)
    };
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

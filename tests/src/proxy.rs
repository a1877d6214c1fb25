//! A socket in front of the engine that counts what passes, and can be cut.

use std::{
    fs,
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use crate::program::engine;

/// The head of a request that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`...
    pub method: String,
    /// Path and query.
    pub path: String,
}

/// A proxy before the tests' engine.
#[derive(Debug)]
pub struct EngineProxy {
    path: PathBuf,
    passed: Arc<Passed>,
}

#[derive(Debug, Default)]
struct Passed {
    requests: Mutex<Vec<Request>>,
    open: Mutex<Vec<UnixStream>>,
}

impl EngineProxy {
    /// Listens in `dir`.
    ///
    /// # Panics
    /// It cannot, or the engine is not behind a unix socket.
    #[must_use]
    pub fn start(dir: &Path) -> Self {
        let path = dir.join("engine.sock");
        let listener = UnixListener::bind(&path).expect("listen before the engine");
        let passed = Arc::new(Passed::default());
        let engine = PathBuf::from(
            engine()
                .strip_prefix("unix://")
                .expect("an engine behind a unix socket"),
        );
        let accepting = Arc::clone(&passed);
        // Ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = accepting.connect(client, &engine);
            }
        });
        Self { path, passed }
    }

    /// Its URL, to be given to an agent.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// The engine goes away: every connection breaks, and nobody listens any more.
    ///
    /// # Panics
    /// The socket cannot be moved.
    pub fn cut(&self) {
        fs::rename(&self.path, self.away()).expect("take the socket away");
        for stream in lock(&self.passed.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// The engine is back.
    ///
    /// # Panics
    /// The socket cannot be moved.
    pub fn mend(&self) {
        fs::rename(self.away(), &self.path).expect("bring the socket back");
    }

    /// The requests since the last time this was called.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut *lock(&self.passed.requests))
    }

    fn away(&self) -> PathBuf {
        self.path.with_extension("away")
    }
}

impl Passed {
    fn connect(self: &Arc<Self>, client: UnixStream, engine: &Path) -> io::Result<()> {
        let server = UnixStream::connect(engine)?;
        lock(&self.open).extend([client.try_clone()?, server.try_clone()?]);
        let (from, to) = (client.try_clone()?, server.try_clone()?);
        let this = Arc::clone(self);
        thread::spawn(move || pass(from, to, |bytes, seen| this.note(bytes, seen)));
        thread::spawn(move || pass(server, client, |_, _| {}));
        Ok(())
    }

    /// Finds request lines in what passes. Bodies are JSON on one line, so a line's end is the place to look.
    fn note(&self, bytes: &[u8], line: &mut Vec<u8>) {
        for byte in bytes {
            if *byte != b'\n' {
                line.push(*byte);
                continue;
            }
            let text = String::from_utf8_lossy(line).into_owned();
            line.clear();
            if let Some(request) = request_line(text.trim_end()) {
                lock(&self.requests).push(request);
            }
        }
    }
}

fn request_line(line: &str) -> Option<Request> {
    let rest = line.strip_suffix(" HTTP/1.1")?;
    let (before, path) = rest.rsplit_once(' ')?;
    // A request may follow the body of the one before without a line's end.
    let methods = ["GET", "HEAD", "POST", "PUT", "DELETE"];
    let method = methods.into_iter().find(|m| before.ends_with(m))?;
    Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
    })
}

fn pass(mut from: UnixStream, mut to: UnixStream, note: impl Fn(&[u8], &mut Vec<u8>)) {
    let mut line = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 {
            break;
        }
        note(&buffer[..count], &mut line);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! One run of `allot`, and what came of it.

use std::{
    fmt,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::program::{program, programs};

/// `allot` with JSON output on the agent at `socket`.
fn allot(socket: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program("allot"));
    command
        .arg("--socket")
        .arg(socket)
        .args(args)
        .env_remove("ALLOT_SOCKET")
        .env("NO_COLOR", "1");
    command
}

/// Sends a signal such as `INT` to a process.
pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), pid.to_string()])
        .status();
    assert!(sent.is_ok_and(|s| s.success()), "kill -{name} {pid}");
}

/// A finished run.
#[derive(Clone)]
pub struct Run {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {:?} after {:?}", self.code, self.took)?;
        writeln!(f, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr)
    }
}

impl Run {
    /// Runs `allot` to its end, with `stdin` as its standard input.
    pub(crate) fn of(socket: &Path, args: &[&str], stdin: &[u8]) -> Self {
        let started = Instant::now();
        let mut child = allot(socket, args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start allot");
        let mut input = child.stdin.take().expect("a pipe");
        // A command that does not read its input may have ended by now.
        let _ = input.write_all(stdin);
        drop(input);
        let output = child.wait_with_output().expect("wait for allot");
        let run = Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            took: started.elapsed(),
        };
        // Shown only for a test that fails.
        println!("$ allot {}\n{run:?}", args.join(" "));
        run
    }

    /// Runs a line of shell that finds `allot` as somebody would who has it installed.
    pub(crate) fn shell(socket: &Path, home: &Path, folder: &Path, line: &str) -> Self {
        let started = Instant::now();
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(folder)
            .env("ALLOT_SOCKET", socket)
            .env("PATH", programs())
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .expect("run a shell");
        let run = Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            took: started.elapsed(),
        };
        println!("$ {line}\n{run:?}");
        run
    }

    /// The documents on standard output.
    ///
    /// # Panics
    /// A line is no JSON.
    #[must_use]
    pub fn documents(&self) -> Vec<Value> {
        let lines = self.stdout.lines().filter(|line| !line.trim().is_empty());
        lines
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {self:?}")))
            .collect()
    }

    /// The only document on standard output.
    ///
    /// # Panics
    /// There are more, or none.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut documents = self.documents();
        assert_eq!(documents.len(), 1, "{self:?}");
        documents.remove(0)
    }

    /// What stands under `key` in the last document that has it; `Null` when none has.
    #[must_use]
    pub fn last(&self, key: &str) -> Value {
        let documents = self.documents();
        let found = documents.iter().rev().find_map(|d| find(d, key));
        found.cloned().unwrap_or(Value::Null)
    }

    /// All that stands under `key`, document by document.
    #[must_use]
    pub fn all(&self, key: &str) -> Vec<Value> {
        let documents = self.documents();
        documents
            .iter()
            .filter_map(|d| find(d, key))
            .cloned()
            .collect()
    }

    /// The verdict's word; empty without a verdict.
    #[must_use]
    pub fn outcome(&self) -> String {
        let verdict = self.last("verdict");
        verdict["outcome"].as_str().unwrap_or_default().to_owned()
    }

    /// The code of the first error; empty without one.
    #[must_use]
    pub fn error_code(&self) -> String {
        let errors = self.all("error");
        let first = errors.first().and_then(|e| e["code"].as_str());
        first.unwrap_or_default().to_owned()
    }

    /// Asserts that it ended well.
    ///
    /// # Panics
    /// It did not.
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Asserts that it was refused with this error.
    ///
    /// # Panics
    /// It was not.
    pub fn refused(self, code: &str) -> Self {
        assert_eq!(self.error_code(), code, "{self:?}");
        assert!(self.code != Some(0), "{self:?}");
        self
    }

    /// Asserts a verdict and the exit code that goes with it.
    ///
    /// # Panics
    /// It is another one.
    pub fn verdict(self, outcome: &str, code: i32) -> Self {
        assert_eq!(
            (self.outcome().as_str(), self.code),
            (outcome, Some(code)),
            "{self:?}"
        );
        self
    }

    /// Asserts that the recap of a failure holds `text`: in a failing service's error, log or health check.
    ///
    /// # Panics
    /// It does not.
    pub fn recap_says(self, text: &str) -> Self {
        let recap = self.all("failure");
        assert!(
            recap
                .iter()
                .any(|failure| failure.to_string().contains(text)),
            "no recap says {text:?}: {self:?}"
        );
        self
    }
}

/// `key` at the top of a document.
fn find<'a>(document: &'a Value, key: &str) -> Option<&'a Value> {
    document
        .get(key)
        .or_else(|| document.get("event")?.get(key))
}

/// A run under way, read line by line.
pub struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    seen: String,
    started: Instant,
}

impl Running {
    pub(crate) fn of(socket: &Path, args: &[&str]) -> Self {
        let mut child = allot(socket, args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start allot");
        let stdout = child.stdout.take().expect("a pipe");
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
            seen: String::new(),
            started: Instant::now(),
        }
    }

    /// Reads on until a document that `wanted` accepts, and returns it.
    ///
    /// # Panics
    /// The run ends before.
    pub fn until(&mut self, what: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        loop {
            let Some(line) = self.lines.next() else {
                panic!("ended before {what}:\n{}", self.seen);
            };
            let line = line.expect("read allot's output");
            self.seen.push_str(&line);
            self.seen.push('\n');
            let document = serde_json::from_str(&line).expect("a line of JSON");
            if wanted(&document) {
                return document;
            }
        }
    }

    /// Reads on until the operation has begun, and returns its id.
    ///
    /// # Panics
    /// The run ends before.
    pub fn operation(&mut self) -> String {
        let began = self.until("the operation began", |d| find(d, "started").is_some());
        let started = find(&began, "started").expect("just found");
        started["operation"].as_str().expect("an id").to_owned()
    }

    /// Reads on until a service's progress is in this state.
    ///
    /// # Panics
    /// The run ends before.
    pub fn until_state(&mut self, service: &str, state: &str) {
        self.until(state, |d| {
            find(d, "progress").is_some_and(|p| {
                p["service"] == service && p["state"].as_str().is_some_and(|s| s.contains(state))
            })
        });
    }

    /// Sends it a signal such as `INT`.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// It cannot be waited for.
    pub fn end(mut self) -> Run {
        for line in self.lines.by_ref() {
            self.seen.push_str(&line.expect("read allot's output"));
            self.seen.push('\n');
        }
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut stderr).expect("read its talk");
        let status = self.child.wait().expect("wait for allot");
        let run = Run {
            code: status.code(),
            stdout: self.seen,
            stderr,
            took: self.started.elapsed(),
        };
        println!("{run:?}");
        run
    }
}

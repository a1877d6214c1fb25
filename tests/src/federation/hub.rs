//! An `allot-hub` of one test's own.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::NAME;
use crate::{await_that, http::ask, program::program_in};

/// How long a hub may take to answer, or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a hub is set up.
#[derive(Debug, Clone, Default)]
pub struct HubOptions {
    /// What stands in its environment.
    pub env: Vec<(String, String)>,
    /// A network namespace to run in, and the address that others reach it at.
    pub namespace: Option<(String, String)>,
    /// Lines at the end of its configuration.
    pub toml: String,
}

/// A hub, its directory and its process.
#[derive(Debug)]
pub struct Hub {
    dir: PathBuf,
    log: PathBuf,
    host: String,
    port: u16,
    http: u16,
    genesis: String,
    options: HubOptions,
    child: Option<Child>,
}

impl Hub {
    /// Founds a federation with `founders`, each `SLUG=KEY`, in `dir`, and starts its hub.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn found(dir: &Path, founders: &[String], options: &HubOptions) -> Self {
        let mut hub = Self::in_dir(dir, options);
        let (address, listen, http) = hub.addresses();
        let mut args = vec!["init", "--federation", NAME];
        for founder in founders {
            args.extend(["--founder", founder]);
        }
        args.extend(["--address", &address, "--listen", &listen, "--http", &http]);
        hub.make(&args);
        hub.serve();
        hub
    }

    /// Makes a hub of what a member exported, and starts it.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn recover(
        dir: &Path,
        export: &Path,
        genesis: &str,
        options: &HubOptions,
    ) -> (Self, Value) {
        let mut hub = Self::in_dir(dir, options);
        let (address, listen, http) = hub.addresses();
        let export = export.to_str().expect("a path that is text");
        let args = ["recover", "--from", export, "--genesis", genesis, "--yes"];
        let where_ = ["--address", &address, "--listen", &listen, "--http", &http];
        let made = hub.make(&[args.as_slice(), &where_].concat());
        hub.serve();
        (hub, made)
    }

    fn in_dir(dir: &Path, options: &HubOptions) -> Self {
        let host = options
            .namespace
            .as_ref()
            .map(|(_, address)| address.clone());
        Self {
            dir: dir.to_owned(),
            log: dir.with_extension("log"),
            host: host.unwrap_or_else(|| "127.0.0.1".to_owned()),
            port: free_port(),
            http: free_port(),
            genesis: String::new(),
            options: options.clone(),
            child: None,
        }
    }

    fn addresses(&self) -> (String, String, String) {
        let at = |port| format!("{}:{port}", self.host);
        (at(self.port), at(self.port), at(self.http))
    }

    /// Runs `init` or `recover`, and adds the test's own lines to the configuration.
    fn make(&mut self, args: &[&str]) -> Value {
        let (code, printed, error) = self.run(&[&["--output", "json"], args].concat());
        assert_eq!(code, Some(0), "allot-hub {args:?}: {error}");
        let made: Value = serde_json::from_str(&printed).expect("JSON");
        self.genesis = made["genesis"].as_str().expect("a genesis hash").to_owned();
        if !self.options.toml.is_empty() {
            let path = self.dir.join("hub.toml");
            let text = fs::read_to_string(&path).expect("read hub.toml");
            fs::write(&path, text + "\n" + &self.options.toml).expect("write hub.toml");
        }
        made
    }

    /// Its directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The first entry's SHA-256.
    #[must_use]
    pub fn genesis(&self) -> &str {
        &self.genesis
    }

    /// Host and port for agents.
    #[must_use]
    pub fn address(&self) -> String {
        self.addresses().0
    }

    /// Where it serves its log over plain HTTP.
    #[must_use]
    pub fn http(&self) -> String {
        format!("http://{}", self.addresses().2)
    }

    /// What its plain HTTP answers at a path.
    ///
    /// # Panics
    /// It does not, or not with 200.
    #[must_use]
    pub fn get(&self, path: &str) -> Vec<u8> {
        let (status, body) = ask(&self.addresses().2, "GET", path, &[], b"");
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        body
    }

    /// Its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// What it logged so far, over all its lives.
    ///
    /// # Panics
    /// The log cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("read the hub's log")
    }

    /// `allot-hub ARGS`, run to its end: exit code, standard output and standard error.
    ///
    /// # Panics
    /// It cannot be run.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let namespace = self
            .options
            .namespace
            .as_ref()
            .map(|(name, _)| name.as_str());
        let output = program_in(namespace, "allot-hub")
            .args(args)
            .arg("--dir")
            .arg(&self.dir)
            .envs(self.options.env.iter().cloned())
            .env("NO_COLOR", "1")
            .output()
            .expect("run allot-hub");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let done = (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        );
        println!("$ allot-hub {}\n{done:?}", args.join(" "));
        done
    }

    /// `allot-hub ARGS`, which must succeed; its standard output.
    ///
    /// # Panics
    /// It fails.
    #[must_use]
    pub fn ok(&self, args: &[&str]) -> String {
        let (code, printed, error) = self.run(args);
        assert_eq!(code, Some(0), "allot-hub {args:?}: {error}");
        printed
    }

    /// A new invite for a collective.
    ///
    /// # Panics
    /// It may not have one.
    #[must_use]
    pub fn invite(&self, slug: &str) -> String {
        self.ok(&["invite", slug]).trim().to_owned()
    }

    /// `allot-hub status`, as JSON.
    ///
    /// # Panics
    /// It is no JSON.
    #[must_use]
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.ok(&["status", "--output", "json"])).expect("JSON")
    }

    /// What it finds in its environment from its next start on.
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.options.env.push((name.to_owned(), value.to_owned()));
    }

    /// Starts it (again) and waits until it answers.
    ///
    /// # Panics
    /// It does not come up.
    pub fn serve(&mut self) {
        let mut child = self.spawn();
        let admin = ["status", "--output", "json"];
        await_that("the hub answers", PATIENCE, || {
            if let Some(status) = child.try_wait().expect("look at the hub") {
                panic!("the hub ended with {status}:\n{}", self.log());
            }
            if self.options.namespace.is_none() {
                TcpStream::connect((self.host.as_str(), self.port)).ok()?;
            }
            (self.run(&admin).0 == Some(0)).then_some(())
        });
        self.child = Some(child);
    }

    /// Starts it without waiting for anything.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn spawn(&self) -> Child {
        let log = File::options().append(true).create(true).open(&self.log);
        let log = log.expect("open the hub's log");
        let namespace = self
            .options
            .namespace
            .as_ref()
            .map(|(name, _)| name.as_str());
        program_in(namespace, "allot-hub")
            .arg("serve")
            .arg("--dir")
            .arg(&self.dir)
            .envs(self.options.env.iter().cloned())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .expect("start allot-hub")
    }

    /// Kills it as `kill -9` does.
    ///
    /// # Panics
    /// It does not run.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("a running hub");
        child.kill().expect("kill the hub");
        child.wait().expect("wait for the hub");
    }

    /// Tells it to stop and waits until it has.
    ///
    /// # Panics
    /// It does not stop.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        crate::run::signal(child.id(), "TERM");
        await_that("the hub ends after SIGTERM", PATIENCE, || {
            child.try_wait().expect("wait for the hub")
        });
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!(
                "the hub's log:\n{}",
                fs::read_to_string(&self.log).unwrap_or_default()
            );
        }
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

//! Where the built programs are.

use std::{env, ffi::OsString, path::PathBuf, process::Command};

/// The program `name` that was built together with this test.
///
/// # Panics
/// It was not: tests of other packages' programs need `cargo build --workspace` before.
pub fn program(name: &str) -> PathBuf {
    // .../target/debug/deps/test-1234 -> .../target/debug/name
    let test = env::current_exe().expect("find this test's own program");
    let built = test.ancestors().nth(2).expect("target/<profile>");
    let path = built.join(name);
    assert!(
        path.is_file(),
        "{} is not built: run `cargo build --workspace`, or `scripts/test deploy`",
        path.display()
    );
    path
}

/// `PATH`, with the built programs before all others.
///
/// # Panics
/// As [`program`].
pub fn programs() -> OsString {
    let built = program("allot").parent().expect("a folder").to_owned();
    let before = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(built).chain(env::split_paths(&before));
    env::join_paths(all).expect("folders without colons")
}

/// The program `name`, to be run in a network namespace, or where the test runs.
///
/// # Panics
/// It was not built.
pub fn program_in(namespace: Option<&str>, name: &str) -> Command {
    let Some(namespace) = namespace else {
        return Command::new(program(name));
    };
    // `nsenter` becomes the program: its process is the one that signals go to.
    let mut command = Command::new("nsenter");
    command.arg(format!("--net=/var/run/netns/{namespace}"));
    command.arg(program(name));
    command
}

/// The engine that the tests run on, as a URL.
///
/// # Panics
/// Nobody named one: these tests change a swarm, so they never choose one themselves.
pub fn engine() -> String {
    env::var("ALLOT_TEST_ENGINE").unwrap_or_else(|_| {
        panic!("ALLOT_TEST_ENGINE names no engine; `scripts/test deploy` runs these tests")
    })
}

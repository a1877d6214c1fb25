//! Whatever the bytes, loading ends in a value or an error, soon.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it found by panicking"
)]

use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use allot_stack::{LoadOptions, NoFiles, SourceFile, StackError, convert, load, render};
use proptest::prelude::*;

fn run(texts: &[Vec<u8>]) -> Result<(), StackError> {
    let name = |i: usize| format!("compose.{i}.yml");
    let inputs: Vec<SourceFile> = texts
        .iter()
        .enumerate()
        .map(|(i, bytes)| SourceFile {
            name: name(i),
            bytes: bytes.clone(),
        })
        .collect();
    let env: BTreeMap<String, String> = [("A".to_owned(), "a".to_owned())].into();
    let loaded = load(&inputs, &env, &NoFiles, &LoadOptions::default())?;
    render(&loaded.model);
    let specs = convert(&loaded.model, &"s".parse()?)?;
    let _ = specs.check();
    Ok(())
}

/// The project's own stacks, to be broken.
fn seeds() -> Vec<Vec<u8>> {
    let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/stacks");
    let mut dirs: Vec<_> = fs::read_dir(stacks)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    dirs.sort();
    dirs.iter()
        .filter_map(|dir| fs::read(dir.join("compose.yml")).ok())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = run(&[bytes]);
    }

    #[test]
    fn arbitrary_values_never_panic(value in "[-a-z0-9:${}?+*&!|>'\"\\[\\], #%@`~/\\\\.=\n ]{0,60}", key in 0usize..40) {
        let keys = ["image", "ports", "volumes", "environment", "deploy", "command", "healthcheck", "networks",
            "secrets", "configs", "labels", "ulimits", "logging", "env_file", "extra_hosts", "build", "x-a", "tty",
            "stop_grace_period", "credential_spec"];
        let key = keys[key % keys.len()];
        let text = format!("services:\n  a:\n    image: x\n    {key}: {value}\n");
        let _ = run(&[text.into_bytes()]);
    }

    #[test]
    fn broken_stacks_never_panic(
        seed in any::<proptest::sample::Index>(), other in any::<proptest::sample::Index>(),
        cut in any::<proptest::sample::Index>(), byte in any::<u8>(),
    ) {
        let seeds = seeds();
        let mut bytes = seed.get(&seeds).clone();
        let at = cut.index(bytes.len().max(1));
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let _ = run(&[bytes, other.get(&seeds).clone()]);
    }
}

#[test]
fn bombs_of_every_kind_are_refused_quickly() {
    let chain = |first: &str, join: &str| {
        let mut text = format!("x0: &a0 {first}\n");
        for i in 1..30 {
            let copies = vec![format!("*a{}", i - 1); 9].join(", ");
            text += &format!("x{i}: &a{i} {}\n", join.replace("%", &copies));
        }
        text + "services: {}\n"
    };
    let mut merges = "x-0: &a0 {k: v}\n".to_owned();
    for i in 1..40 {
        merges += &format!(
            "x-{i}: &a{i} {{<<: [*a{0}, *a{0}], l{i}: *a{0}, m{i}: *a{0}}}\n",
            i - 1
        );
    }
    let many_ports: String = (0..500)
        .map(|i| format!("      - \"1-65535/udp#{i}\"\n").replace(&format!("#{i}"), ""))
        .collect();
    let ports = format!(
        "services:\n  a:\n    image: x\n    ports:\n      - 1-65535\n      - 1-65535/udp\n{many_ports}"
    );
    let nested = format!(
        "services: {{a: {{image: \"{}{}\"}}}}",
        "${U:-".repeat(5000),
        "}".repeat(5000)
    );
    let long = format!("services: {{a: {{image: \"{}\"}}}}", "${A}".repeat(300_000));
    for (name, text) in [
        ("lists", chain("[x]", "[%]")),
        ("texts", chain(&"y".repeat(5000), "[%]")),
        ("merges", merges),
        ("ports", ports),
        ("defaults", nested),
        ("depth", "- ".repeat(100_000)),
        ("flow depth", "[".repeat(1_000_000)),
        ("mapping depth", "? ".repeat(100_000)),
        ("keys", (0..200_000).map(|i| format!("k{i}: 1\n")).collect()),
    ] {
        let started = Instant::now();
        assert!(run(&[text.into_bytes()]).is_err(), "{name} is accepted");
        assert!(
            started.elapsed().as_secs() < 10,
            "{name} took {:?}",
            started.elapsed()
        );
    }
    let started = Instant::now();
    let _ = run(&[long.into_bytes()]);
    assert!(started.elapsed().as_secs() < 10);
    assert_eq!(run(&[vec![b'#'; 50 << 20]]).unwrap_err().code(), "AL-2002");
}

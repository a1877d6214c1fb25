//! What must stay secret is nowhere but in its own file: not in a log at its most talkative, not in a journal, a store, an
//! export, on a command's output or among a process's arguments.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use allot_identity::invite::{Invite, Secret};
use allot_tests::{Collective, Hub, HubOptions};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use tempfile::TempDir;

/// Something secret, and the files that may hold it.
struct Canary {
    name: String,
    bytes: Vec<u8>,
    /// Other ways to write it.
    texts: Vec<String>,
    at_home: Vec<PathBuf>,
}

impl Canary {
    fn of_invite(name: &str, text: &str) -> Self {
        let invite = Invite::read(text).unwrap();
        // Where the secret stands in the line: there the same invite with another secret begins to differ.
        let other = Invite {
            secret: Secret::from_random(invite.secret.expose().map(|byte| !byte)),
            ..invite.clone()
        };
        let other = other.to_text().unwrap();
        let mut pairs = text.bytes().zip(other.bytes());
        let begin = pairs.position(|(one, other)| one != other).unwrap();
        // 256 bits are 51 characters of five bits each.
        let written = text[begin..begin + 50].to_owned();
        Self {
            name: name.to_owned(),
            texts: vec![written.to_uppercase(), written],
            bytes: invite.secret.expose().to_vec(),
            at_home: Vec::new(),
        }
    }

    fn of_key(file: PathBuf) -> Option<Self> {
        let text = fs::read_to_string(&file).ok()?;
        let bytes = match text.lines().find_map(hex_seed) {
            Some(seed) => seed,
            None => pem_seed(&text)?,
        };
        Some(Self {
            name: file.display().to_string(),
            bytes,
            texts: Vec::new(),
            at_home: vec![file],
        })
    }

    /// How it may be written.
    fn forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let hex: String = self
            .bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let list: Vec<_> = self.bytes.iter().map(ToString::to_string).collect();
        let mut forms = vec![
            ("bytes", self.bytes.clone()),
            ("capital hexadecimal", hex.to_uppercase().into_bytes()),
            ("hexadecimal", hex.into_bytes()),
            ("a list of numbers", list.join(", ").into_bytes()),
            ("a JSON list", list.join(",").into_bytes()),
        ];
        // Within something longer it may begin at any of three places.
        for skip in 0..3 {
            let rest = &self.bytes[skip..];
            let whole = &rest[..rest.len() / 3 * 3];
            forms.push(("base64", BASE64_STANDARD_NO_PAD.encode(whole).into_bytes()));
            forms.push((
                "base64url",
                BASE64_URL_SAFE_NO_PAD.encode(whole).into_bytes(),
            ));
        }
        forms.extend(
            self.texts
                .iter()
                .map(|text| ("text", text.clone().into_bytes())),
        );
        forms
    }
}

/// A key as a line of 64 hexadecimal digits.
fn hex_seed(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let pairs = (0..64)
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok());
    pairs.collect()
}

/// The 32 bytes of an Ed25519 key in PKCS #8.
fn pem_seed(text: &str) -> Option<Vec<u8>> {
    let parts = pem::parse_many(text).ok()?;
    let key = parts.iter().find(|part| part.tag() == "PRIVATE KEY")?;
    let der = key.contents();
    let at = der.windows(4).position(|w| w == [0x04, 0x22, 0x04, 0x20])? + 4;
    Some(der.get(at..at + 32)?.to_vec())
}

/// Every file below a folder.
fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

/// Looks at the arguments and the environment of all processes until it is told to stop.
fn watch_processes(over: Arc<AtomicBool>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut seen = std::collections::BTreeSet::new();
        while !over.load(Ordering::Relaxed) {
            for process in fs::read_dir("/proc").unwrap().flatten() {
                seen.extend(
                    ["cmdline", "environ"]
                        .iter()
                        .filter_map(|file| fs::read(process.path().join(file)).ok()),
                );
            }
            thread::sleep(Duration::from_millis(5));
        }
        seen.into_iter().flatten().collect()
    })
}

/// All that founders and a hub do with secrets, at their most talkative. Gives the invites, and what was printed.
fn live(dir: &Path) -> (Vec<Canary>, String) {
    let founders = ["autonomic", "sutty"]
        .map(|slug| Collective::with(&dir.join(slug), slug, |options| options.log = "trace"));
    let keys: Vec<_> = founders.iter().map(Collective::founder).collect();
    let options = HubOptions {
        env: vec![("ALLOT_LOG".to_owned(), "trace".to_owned())],
        ..HubOptions::default()
    };
    let mut hub = Hub::found(&dir.join("hub"), &keys, &options);
    let mut canaries = Vec::new();
    let mut printed = String::new();
    let mut run = |collective: &Collective, args: &[&str], stdin: &[u8]| {
        let run = collective.allot_with(args, stdin);
        printed += &format!("{}{}", run.stdout, run.stderr);
        run
    };
    let join = ["federation", "join", "-", "--agent", "swarm-1"];
    for founder in &founders {
        let invite = hub.invite(founder.slug());
        canaries.push(Canary::of_invite(
            &format!("the invite of {}", founder.slug()),
            &invite,
        ));
        // With a typo, by the wrong one, rightly, and once more.
        let typo = invite.replacen(
            &invite[60..61],
            if &invite[60..61] == "q" { "p" } else { "q" },
            1,
        );
        assert_ne!(run(founder, &join, typo.as_bytes()).code, Some(0));
        let other = founders
            .iter()
            .find(|other| other.slug() != founder.slug())
            .unwrap();
        assert_ne!(run(other, &join, invite.as_bytes()).code, Some(0));
        run(founder, &join, invite.as_bytes()).done();
        assert_ne!(run(founder, &join, invite.as_bytes()).code, Some(0));
    }
    let unspent = hub.invite("autonomic");
    canaries.push(Canary::of_invite("an invite that nobody spent", &unspent));
    let [autonomic, sutty] = &founders;
    for who in [autonomic, sutty] {
        let propose = "resolution propose --title T --size medium --text - --yes";
        let propose: Vec<_> = propose.split(' ').collect();
        run(who, &propose, b"Let us do it.").done();
        run(who, &["federation", "status"], b"").done();
        run(who, &["ledger", "status"], b"").done();
        run(who, &["ledger", "show"], b"").done();
    }
    run(autonomic, &["federation", "rotate-key", "--yes"], b"").done();
    let export = dir.join("export");
    run(sutty, &["ledger", "export", export.to_str().unwrap()], b"").done();
    let root_key = dir.join("hub/root-key.pem");
    for args in [
        &["invite", "--list"][..],
        &["issuer", "rotate", "--root-key", root_key.to_str().unwrap()],
        &["evict", "sutty", "swarm-1", "--reason", "a test", "--yes"],
        &["status"],
        &["store", "check"],
    ] {
        let (code, out, error) = hub.run(args);
        assert_eq!(code, Some(0), "{args:?}: {error}");
        printed += &format!("{out}{error}");
    }
    hub.stop();
    let mut founders = founders;
    founders
        .iter_mut()
        .for_each(|founder| founder.agent_mut().stop());
    (canaries, printed)
}

#[test]
fn refuses_to_show_a_secret_anywhere() {
    let dir = TempDir::with_prefix("allot-").unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let watching = watch_processes(Arc::clone(&over));
    let (mut canaries, printed) = live(dir.path());
    over.store(true, Ordering::Relaxed);
    let processes = watching.join().unwrap();

    let mut all = Vec::new();
    files(dir.path(), &mut all);
    let keys = all.iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.contains(".key") || name.ends_with(".pem")
    });
    canaries.extend(keys.filter_map(|path| Canary::of_key(path.clone())));
    for needed in [
        "keys/log.key",
        "keys/clock.key",
        "keys/entries.key",
        "issuer.pem",
        "root-key.pem",
        "collective.key",
        "agent.pem",
    ] {
        let found = canaries.iter().any(|canary| canary.name.ends_with(needed));
        assert!(
            found,
            "{needed} is one of {:?}",
            canaries.iter().map(|c| &c.name).collect::<Vec<_>>()
        );
    }

    let mut places: Vec<(String, Vec<u8>)> = all
        .iter()
        .map(|path| (path.display().to_string(), fs::read(path).unwrap()))
        .collect();
    places.push(("what was printed".to_owned(), printed.into_bytes()));
    places.push(("arguments and environments".to_owned(), processes));
    let size: usize = places.iter().map(|(_, bytes)| bytes.len()).sum();
    println!(
        "federation: {} secrets looked for in {} places, {size} bytes",
        canaries.len(),
        places.len()
    );
    let logged = places
        .iter()
        .filter(|(place, _)| place.ends_with(".log"))
        .map(|(_, bytes)| bytes.len());
    assert!(logged.sum::<usize>() > 100_000, "they were talkative");
    let mut shown = Vec::new();
    let mut found_at_home = 0;
    for canary in &canaries {
        for (form, needle) in canary.forms() {
            for (place, _) in places.iter().filter(|(_, bytes)| contains(bytes, &needle)) {
                let home = canary
                    .at_home
                    .iter()
                    .any(|home| home.display().to_string() == *place);
                match home {
                    true => found_at_home += 1,
                    false => shown.push(format!("{} as {form} in {place}", canary.name)),
                }
            }
        }
    }
    assert!(shown.is_empty(), "{shown:#?}");
    let keys = canaries.iter().filter(|canary| !canary.at_home.is_empty());
    assert!(
        found_at_home >= keys.count(),
        "whoever looks for a key finds it in its file"
    );
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

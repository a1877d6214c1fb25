//! A hub in front of a collective that acts only on what enough members have witnessed (L6).

use std::sync::{Arc, Mutex};

use allot_ledger::{
    Author, Body, Envelope, SecretKey,
    entry::{Content, DocumentRef, Kind, Seen, Size, Text},
};
use allot_proto::hub::Stretch;
use allot_testkit::RecipeRepo;
use allot_tests::{Collective, Run, await_that};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tonic::Status;

use super::{BEAT, Clock, PATIENCE, Taken, impostor::Show, number, stolen};

const COMPOSE: &str = "services:\n  app:\n    image: demo:1\n";

/// A federation of three whose hub was taken over, and which has a repository of the recipe `demo`.
struct Careful {
    taken: Taken,
    repository: String,
    commit: [String; 2],
}

impl Careful {
    /// The first founder acts only on what more than half have witnessed.
    fn over(founders: &[&str]) -> Self {
        let taken = Taken::over(founders);
        let recipes = taken.federation.dir().join("recipes");
        let repo = RecipeRepo::new(&recipes.join("demo"))
            .file("compose.yml", COMPOSE)
            .publish("1.0.0+1");
        let commit = ["^{commit}", "^{tree}"].map(|of| {
            repo.git(&["rev-parse", &format!("1.0.0+1{of}")])
                .trim()
                .to_owned()
        });
        for founder in &taken.federation.founders {
            founder.agent().configure(|text| {
                let changed = text.lines().map(|line| match line.split_once(" = ") {
                    Some(("base_url", _)) => {
                        format!("base_url = \"file://{}\"\n", recipes.display())
                    }
                    _ => format!("{line}\n"),
                });
                changed.collect()
            });
        }
        let careful = taken.federation.founders[0].agent();
        careful.configure(|text| text + "\n[federation]\nrequire_witnesses = true\n");
        Self {
            repository: repo.url(),
            taken,
            commit,
        }
    }

    /// The log goes on: the second founder, who is in it with the hub, proposes something, and the hub has seen a version
    /// of a recipe.
    fn goes_on(&self) -> Vec<Bytes> {
        let (stolen, now) = (&self.taken.stolen, Timestamp::now());
        let accomplice = &self.taken.federation.founders[1];
        let author = Author::Collective(accomplice.slug().parse().unwrap());
        let proposal = Body::Propose {
            draft: None,
            content: Box::new(Content {
                title: "Only you see this".to_owned(),
                size: Size::Medium,
                kind: Kind::Text,
                text: Text::of("Vote for it.").unwrap(),
            }),
            deadline: Timestamp::from_second(
                (now + SignedDuration::from_hours(24 * 14)).as_second(),
            )
            .unwrap(),
        };
        let proposal = stolen.entry(author.clone(), stolen.state().next_seq(&author), proposal);
        let document = DocumentRef::of(b"{}").unwrap();
        let recipe = Body::Recipe {
            recipe: "demo".parse().unwrap(),
            about: document,
        };
        let [commit, tree] = &self.commit;
        let seen = Body::Observe {
            recipe: "demo".parse().unwrap(),
            versions: vec![Seen {
                version: "1.0.0+1".parse().unwrap(),
                commit: commit.parse().unwrap(),
                tree: tree.parse().unwrap(),
                document,
            }],
        };
        let mut leaves = stolen.leaves.clone();
        leaves.push(stolen::leaf(&proposal, &key_of(accomplice), now));
        for (seq, body) in (stolen.next_seq..).zip([recipe, seen]) {
            let entry = stolen.entry(Author::Hub, seq, body);
            leaves.push(stolen.leaf(&entry, now));
        }
        leaves
    }

    /// The number of what was proposed.
    fn proposed(&self) -> u64 {
        let listed = self.taken.federation.founders[0].allot(&["resolution", "list"]);
        let listed = listed.done().json();
        let all = listed["resolutions"].as_array().unwrap();
        let found = all.iter().find(|r| r["title"] == "Only you see this");
        number(&found.expect("what was proposed")["number"])
    }

    fn app_new(&self, who: &Collective) -> Run {
        let domain = format!("demo.{}.test", who.slug());
        let new = ["app", "new", &self.repository, "--domain", &domain];
        who.allot(&[&new[..], &["--no-input"]].concat())
    }
}

fn key_of(collective: &Collective) -> SecretKey {
    let path = collective.agent().dir().join("federation/collective.key");
    let text = std::fs::read_to_string(path).unwrap();
    let secret = text.lines().find_map(|line| SecretKey::from_hex(line).ok());
    secret.expect("a key")
}

fn is_refused(run: &Run) {
    assert_eq!(run.error_code(), "AL-8840", "{run:?}");
    assert_eq!(run.code, Some(5), "{run:?}");
}

/// A log whose head has these cosignatures, once there are any.
fn with_cosignatures(taken: &Taken, leaves: &[Bytes], lines: &Arc<Mutex<Vec<String>>>) -> Show {
    let (head, leaves) = (Arc::new(taken.stolen.signer(leaves)), leaves.to_vec());
    let lines = Arc::clone(lines);
    Arc::new(move |from| {
        let (head, lines, size) = (Arc::clone(&head), Arc::clone(&lines), leaves.len() as u64);
        let note = move || {
            let mut note = head(Timestamp::now());
            for line in lines.lock().unwrap().iter() {
                note.push_str(line.trim_end());
                note.push('\n');
            }
            note.into_bytes()
        };
        let missing = leaves.iter().skip(usize::try_from(from).unwrap());
        let first = Stretch {
            first: from.min(size),
            leaves: missing.map(|leaf| leaf.to_vec()).collect(),
            checkpoint: note(),
        };
        let beats = stream::unfold(note, move |note| async move {
            tokio::time::sleep(BEAT).await;
            let beat = Stretch {
                first: size,
                leaves: Vec::new(),
                checkpoint: note(),
            };
            Some((Ok(beat), note))
        });
        stream::iter([Ok(first)]).chain(beats).boxed()
    })
}

#[test]
fn a_fork_shown_to_one_gets_no_vote_and_no_deploy_out_of_a_careful_collective() {
    let mut careful = Careful::over(&["autonomic", "sutty", "local-it"]);
    let fork = careful.goes_on();
    let impostor = careful.taken.show_log(&fork, Clock::Runs);
    careful.taken.federation.founders[0].agent_mut().serve();
    let autonomic = &careful.taken.federation.founders[0];
    autonomic.await_size(fork.len() as u64);
    let status = autonomic.status();
    assert_eq!(status["requires_witnesses"], true);
    assert_eq!(
        status["problem_code"], "",
        "nothing tells it that there is another"
    );
    let proposed = careful.proposed().to_string();
    let (vote, deploy) = std::thread::scope(|scope| {
        let vote =
            scope.spawn(|| autonomic.allot(&["resolution", "vote", &proposed, "for", "--yes"]));
        let deploy = scope.spawn(|| careful.app_new(autonomic));
        (vote.join().unwrap(), deploy.join().unwrap())
    });
    is_refused(&vote);
    is_refused(&deploy);
    let said = "this collective acts only on what 2 have witnessed";
    assert!(vote.stderr.contains(said), "{vote:?}");
    assert_eq!(
        autonomic.allot(&["app", "list"]).done().json()["apps"],
        serde_json::json!([])
    );
    // It has said what it saw, and that is one of three: nothing to show to the others.
    let cosigned = impostor.cosigned();
    assert!(!cosigned.is_empty());
    assert!(
        cosigned.iter().all(|(_, line)| line.contains("autonomic")),
        "{cosigned:?}"
    );
}

#[test]
fn a_hub_that_withholds_cosignatures_is_waited_for_and_what_waits_goes_on_once_they_come() {
    let mut careful = Careful::over(&["autonomic", "sutty", "local-it"]);
    let log = careful.goes_on();
    let size = log.len() as u64;
    let (lines, brought) = (Arc::new(Mutex::default()), Arc::new(Mutex::new(Vec::new())));
    let show = with_cosignatures(&careful.taken, &log, &lines);
    let took = Arc::clone(&brought);
    let impostor = careful.taken.show_and_answer(
        show,
        Arc::new(move |envelope: &[u8]| {
            took.lock().unwrap().push(envelope.to_vec());
            Err(Status::unavailable("not now"))
        }),
    );
    for founder in &mut careful.taken.federation.founders {
        founder.agent_mut().serve();
    }
    let [autonomic, sutty, local_it] = &careful.taken.federation.founders[..] else {
        unreachable!("three founders")
    };
    // All have seen it and said so; the hub keeps that to itself.
    let of = |slug: &str| {
        let all = impostor.cosigned();
        let mut of = all.into_iter().rev();
        of.find(|(at, line)| *at == size && line.contains(slug))
            .map(|(_, line)| line)
    };
    let mut kept = Vec::new();
    for founder in [autonomic, sutty, local_it] {
        founder.await_size(size);
        kept.push(await_that("each has witnessed it", PATIENCE, || {
            of(founder.slug())
        }));
    }
    is_refused(&careful.app_new(autonomic));
    let trusting = careful.app_new(local_it).done();
    assert_eq!(
        trusting.last("version"),
        "1.0.0+1",
        "who does not ask goes on"
    );
    // Two wait, and then the hub shows what it has.
    let proposed = careful.proposed().to_string();
    std::thread::scope(|scope| {
        let vote =
            scope.spawn(|| autonomic.allot(&["resolution", "vote", &proposed, "for", "--yes"]));
        let deploy = scope.spawn(|| careful.app_new(autonomic));
        // What comes after that is the members' own word.
        lines.lock().unwrap().append(&mut kept);
        await_that("it is witnessed", PATIENCE, || {
            (number(&autonomic.status()["witnessed_size"]) == size).then_some(())
        });
        let deployed = deploy.join().unwrap().done();
        assert_eq!(deployed.last("version"), "1.0.0+1");
        let voted = vote.join().unwrap();
        assert_ne!(voted.error_code(), "AL-8840", "{voted:?}");
    });
    let brought = brought.lock().unwrap();
    let votes = brought.iter().filter(|bytes| {
        let envelope: Envelope = serde_json::from_slice(bytes).unwrap();
        matches!(envelope.entry().unwrap().body, Body::Vote { .. })
    });
    assert!(votes.count() > 0, "the vote was signed and handed in");
    let pinned = autonomic.allot(&[
        "app",
        "deploy",
        "demo.autonomic.test",
        "--yes",
        "--resolve-image",
        "never",
    ]);
    assert_eq!(pinned.done().last("verdict")["outcome"], "converged");
}

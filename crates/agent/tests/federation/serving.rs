//! What operators get of it over the agent's socket.

use std::{path::PathBuf, time::Duration};

use allot_agent::{
    config::{
        CatalogueConfig, Config, EngineChoice, EngineConfig, FederationConfig, MetricsConfig,
        RecipesConfig, SocketConfig, WitnessConfig,
    },
    federation::{Home, Keys},
    rpc::LedgerRpc,
    server::{ServeError, serve_until},
};
use allot_ledger::{
    Body,
    entry::{Imported, ImportedState, Size, Text},
};
use allot_proto::{
    RemoteError,
    agent::{
        self as pb, federation_service_client::FederationServiceClient,
        ledger_service_client::LedgerServiceClient, ledger_service_server::LedgerService as _,
        resolution_service_client::ResolutionServiceClient,
    },
};
use allot_replica::Imported as ImportedFiles;
use futures::StreamExt as _;
use hyper_util::rt::TokioIo;
use prost::Message as _;
use tempfile::TempDir;
use tokio::{net::UnixStream, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

use crate::{hub::TestHub, ledgers::key, place::Place};

struct Served {
    channel: Channel,
    dir: TempDir,
    stop: CancellationToken,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Served {
    async fn of(collective: &str) -> Self {
        let dir = TempDir::with_prefix("allot-").unwrap();
        let keys = Keys::of(Home::of(dir.path()));
        let secret = key(collective);
        let made = allot_agent::federation::CollectiveKey {
            collective: collective.parse().unwrap(),
            secret,
        };
        keys.import(&made, &keys.path()).unwrap();
        let socket = dir.path().join("agent.sock");
        let config = Config {
            server: "plot.example".to_owned(),
            socket: SocketConfig {
                path: socket.clone(),
                group: None,
            },
            engine: EngineConfig {
                kind: EngineChoice::Sim,
                endpoint: "sim://".to_owned(),
            },
            recipes: RecipesConfig::default(),
            metrics: MetricsConfig::default(),
            witness: WitnessConfig::default(),
            federation: FederationConfig::default(),
            catalogue: CatalogueConfig::default(),
            roles: None,
        };
        let stop = CancellationToken::new();
        let (home, told) = (dir.path().to_owned(), stop.clone().cancelled_owned());
        let task = tokio::spawn(async move { serve_until(&home, config, told).await });
        Self {
            channel: connect(socket).await,
            dir,
            stop,
            task,
        }
    }

    fn federation(&self) -> FederationServiceClient<Channel> {
        FederationServiceClient::new(self.channel.clone())
    }

    fn ledger(&self) -> LedgerServiceClient<Channel> {
        LedgerServiceClient::new(self.channel.clone())
    }

    fn resolutions(&self) -> ResolutionServiceClient<Channel> {
        ResolutionServiceClient::new(self.channel.clone())
    }

    async fn join(&self, hub: &TestHub, collective: &str) -> pb::JoinResponse {
        let request = pb::JoinRequest {
            invite: hub.invite(collective).to_text().unwrap(),
            ..Default::default()
        };
        self.federation().join(request).await.unwrap().into_inner()
    }

    async fn status(&self) -> pb::FederationStatus {
        let mut federation = self.federation();
        let status = federation.get_federation_status(pb::GetFederationStatusRequest {});
        status.await.unwrap().into_inner()
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

async fn connect(socket: PathBuf) -> Channel {
    let connecting = async {
        loop {
            let socket = socket.clone();
            let connector = tower::service_fn(move |_| {
                let socket = socket.clone();
                async move { UnixStream::connect(socket).await.map(TokioIo::new) }
            });
            let endpoint = Endpoint::from_static("http://agent");
            match endpoint.connect_with_connector(connector).await {
                Ok(channel) => return channel,
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), connecting)
        .await
        .unwrap()
}

fn code(status: tonic::Status) -> String {
    RemoteError::from(status).code
}

#[tokio::test]
async fn an_agent_in_no_federation_answers_with_a_code() {
    let served = Served::of("autonomic").await;
    let status = served.status().await;
    assert_eq!(
        (status.federation.as_str(), status.collective.as_str()),
        ("", "autonomic")
    );
    assert!(status.key.starts_with("autonomic+"), "{status:?}");
    let refused = served
        .ledger()
        .get_ledger_status(pb::GetLedgerStatusRequest {})
        .await;
    assert_eq!(code(refused.unwrap_err()), "AL-8801");
    let all = pb::ListResolutionsRequest::default();
    let refused = served.resolutions().list_resolutions(all).await;
    assert_eq!(code(refused.unwrap_err()), "AL-8801");
    served.end().await;
}

#[tokio::test]
async fn thousands_of_resolutions_are_listed_in_pages_that_fit_into_a_message() {
    const ALL: u32 = 9_999;
    let hub = TestHub::found(&["autonomic", "sutty"]);
    // Titles as long as they may be: together they are far more than a message takes.
    let imported = |number| Imported {
        number,
        title: "ü".repeat(200),
        size: Some(Size::Large),
        state: ImportedState::Passed,
        date: "2024-01-02".to_owned(),
        deadline: String::new(),
        passed_on: String::new(),
        text: Text::of("x").unwrap(),
    };
    let history = Imported::batches((1..=ALL).map(imported).collect());
    for resolutions in history {
        hub.say("sutty", Body::Import { resolutions });
    }
    let served = Served::of("autonomic").await;
    served.join(&hub, "autonomic").await;
    let mut resolutions = served.resolutions();
    let mut request = pb::ListResolutionsRequest::default();
    let (mut numbers, mut pages) = (Vec::new(), 0);
    loop {
        let page = resolutions.list_resolutions(request.clone()).await.unwrap();
        let page = page.into_inner();
        assert!(page.encoded_len() < 4 * 1024 * 1024);
        numbers.extend(page.resolutions.iter().map(|r| r.number));
        pages += 1;
        if page.next_after == 0 {
            break;
        }
        request.after = page.next_after;
    }
    assert!(numbers.iter().copied().eq(1..=ALL), "each of them once");
    assert!(pages > 1, "{pages}");
    // As many as are asked for; the last page says that it is.
    let mut page = async |after, limit| {
        let request = pb::ListResolutionsRequest {
            after,
            limit,
            ..Default::default()
        };
        let page = resolutions
            .list_resolutions(request)
            .await
            .unwrap()
            .into_inner();
        let numbers: Vec<_> = page.resolutions.iter().map(|r| r.number).collect();
        (numbers, page.next_after)
    };
    assert_eq!(page(7, 2).await, (vec![8, 9], 9));
    assert_eq!(page(ALL - 2, 2).await, (vec![ALL - 1, ALL], 0));
    assert_eq!(page(ALL, 0).await, (vec![], 0));
    assert_eq!(page(u32::MAX, 0).await, (vec![], 0));
    served.end().await;
}

#[tokio::test]
async fn members_decide_over_the_socket() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let served = Served::of("autonomic").await;
    let joined = served.join(&hub, "autonomic").await;
    assert_eq!((joined.agent.as_str(), joined.members), ("plot-example", 2));
    let propose = pb::ProposeRequest {
        draft: 0,
        proposal: Some(pb::Proposal {
            title: "Leave the old forge".to_owned(),
            size: "medium".to_owned(),
            kind_json: String::new(),
            text: "It is slow.".to_owned(),
        }),
        deadline: String::new(),
    };
    let mut resolutions = served.resolutions();
    let recorded = resolutions.propose(propose).await.unwrap().into_inner();
    assert_eq!(
        (recorded.kind.as_str(), recorded.resolution),
        ("propose", 1)
    );
    let listed = resolutions.list_resolutions(pb::ListResolutionsRequest {
        states: vec!["open".to_owned()],
        awaiting: true,
        ..Default::default()
    });
    let listed = listed.await.unwrap().into_inner().resolutions;
    assert_eq!(listed.len(), 1);
    assert!(listed[0].awaiting_own_vote);
    let vote = |choice: &str, reason: &str| pb::VoteRequest {
        number: 1,
        choice: choice.to_owned(),
        reason: reason.to_owned(),
    };
    let refused = resolutions.vote(vote("maybe", "")).await.unwrap_err();
    assert_eq!(code(refused), "AL-8817");
    let refused = resolutions.vote(vote("against", "")).await.unwrap_err();
    assert_eq!(code(refused), "AL-8414");
    resolutions.vote(vote("for", "yes")).await.unwrap();
    let shown = resolutions.get_resolution(pb::GetResolutionRequest { number: 1 });
    let shown = shown.await.unwrap().into_inner();
    assert_eq!(
        (shown.text.as_str(), shown.text_note.as_str()),
        ("It is slow.", "")
    );
    assert_eq!(shown.silent, ["sutty"]);
    assert_eq!(
        (
            shown.votes[0].choice.as_str(),
            shown.votes[0].reason.as_str()
        ),
        ("for", "yes")
    );
    assert_eq!(shown.resolution.unwrap().tally.unwrap().votes_for, 1);
    let missing = resolutions
        .get_resolution(pb::GetResolutionRequest { number: 9 })
        .await;
    assert_eq!(code(missing.unwrap_err()), "AL-8818");
    let status = served.status().await;
    assert_eq!(
        (status.status.as_str(), status.standing.as_str()),
        ("member", "good")
    );
    assert_eq!((status.electorate, status.days_open), (2, 14));
    let catalogue = status.catalogue.clone().unwrap();
    assert_eq!(
        (catalogue.clock.as_str(), catalogue.expires_seconds),
        (status.checkpoint_time.as_str(), 7 * 24 * 3600),
        "as old as what the hub signed, and a week is too old"
    );
    assert!(!catalogue.expired && !catalogue.clock.is_empty());
    assert!(
        status.hub_reachable && status.awaiting_vote.is_empty(),
        "{status:?}"
    );
    served.end().await;
}

#[tokio::test]
async fn members_and_contacts_are_listed() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let served = Served::of("autonomic").await;
    served.join(&hub, "autonomic").await;
    let contact = |contact: &str| pb::SetContactRequest {
        contact: contact.to_owned(),
        remove: false,
    };
    let mut federation = served.federation();
    assert_eq!(
        code(federation.set_contact(contact("")).await.unwrap_err()),
        "AL-8817"
    );
    federation
        .set_contact(contact("@a:matrix.example"))
        .await
        .unwrap();
    let list = pb::ListMembersRequest {
        all: true,
        contacts: true,
    };
    let members = federation.list_members(list).await.unwrap().into_inner();
    assert_eq!((members.electorate, members.note.as_str()), (2, ""));
    assert_eq!(members.members[0].contact, "@a:matrix.example");
    assert!(members.members[0].key.starts_with("autonomic+"));
    assert_eq!(members.members[1].status, "member");
    let remove = pb::SetContactRequest {
        contact: String::new(),
        remove: true,
    };
    federation.set_contact(remove).await.unwrap();
    let members = federation.list_members(list).await.unwrap().into_inner();
    assert_eq!(members.members[0].contact, "");
    served.end().await;
}

#[tokio::test]
async fn an_export_is_a_log_and_a_verification_says_the_same_root() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 300);
    let served = Served::of("autonomic").await;
    served.join(&hub, "autonomic").await;
    let out = served.dir.path().join("export");
    let mut ledger = served.ledger();
    let files = ledger.export_ledger(pb::ExportLedgerRequest {}).await;
    let mut stream = files.unwrap().into_inner();
    while let Some(file) = stream.message().await.unwrap() {
        let path = out.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        use std::io::Write as _;
        let mut open = std::fs::File::options()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        open.write_all(&file.content).unwrap();
    }
    let imported = ImportedFiles::read(&out, None).unwrap();
    assert_eq!(
        (imported.leaves.len(), imported.book.root()),
        (301, hub.root())
    );
    let verify = served
        .ledger()
        .verify_ledger(pb::VerifyLedgerRequest {})
        .await
        .unwrap();
    let mut verify = verify.into_inner();
    let mut last = None;
    while let Some(progress) = verify.message().await.unwrap() {
        last = Some(progress);
    }
    let last = last.unwrap();
    let status = served
        .ledger()
        .get_ledger_status(pb::GetLedgerStatusRequest {})
        .await
        .unwrap();
    let status = status.into_inner();
    assert!(last.done);
    assert_eq!(
        (last.root, last.state, last.verified),
        (status.root, status.state, 301)
    );
    let same = pb::CompareCheckpointRequest {
        checkpoint: status.checkpoint,
    };
    let compared = served
        .ledger()
        .compare_checkpoint(same)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(compared.verdict, "same");
    served.end().await;
}

#[tokio::test]
async fn resolutions_of_before_the_log_come_in_and_all_go_out_as_markdown() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let served = Served::of("autonomic").await;
    served.join(&hub, "autonomic").await;
    let file = |path: &str, content: &str| pb::MarkdownFile {
        path: path.to_owned(),
        content: content.as_bytes().to_vec(),
    };
    let text = "---\ntitle: \"Resolution 036: A tool\"\n---\n\n- Topic: A tool\n- Size: Large\n\n## Summary\n\nYes.\n";
    let import = |check| pb::ImportRequest {
        files: vec![
            file("passed/036.md", text),
            file("elsewhere/x.md", "nothing"),
        ],
        check,
    };
    let mut resolutions = served.resolutions();
    let checked = resolutions.import(import(true)).await.unwrap().into_inner();
    assert_eq!(
        (checked.numbers.as_slice(), checked.refused.len()),
        (&[36][..], 1)
    );
    assert_eq!(hub.size(), 1, "nothing is written yet");
    let done = resolutions
        .import(import(false))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((done.recorded.len(), hub.size()), (1, 2));
    let again = resolutions
        .import(import(false))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (again.numbers.len(), again.refused.len(), hub.size()),
        (0, 2, 2)
    );
    let export = pb::ExportRequest {
        numbers: Vec::new(),
        members: true,
        members_only: false,
    };
    let mut stream = resolutions.export(export).await.unwrap().into_inner();
    let mut files = Vec::new();
    while let Some(file) = stream.message().await.unwrap() {
        files.push((file.path, String::from_utf8(file.content).unwrap()));
    }
    let paths: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["passed/036.md", "nav.yml", "membership.md"]);
    assert!(files[0].1.contains("## Summary\n\nYes."), "{}", files[0].1);
    let shown = resolutions.get_resolution(pb::GetResolutionRequest { number: 36 });
    let shown = shown.await.unwrap().into_inner();
    assert!(shown.resolution.unwrap().imported);
    served.end().await;
}

#[tokio::test]
async fn a_key_is_rotated_and_an_application_made_over_the_socket() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let served = Served::of("autonomic").await;
    served.join(&hub, "autonomic").await;
    let mut federation = served.federation();
    let rotated = federation
        .rotate_key(pb::RotateKeyRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(rotated.key.starts_with("autonomic+"));
    assert!(PathBuf::from(rotated.kept_in).exists());
    let profile = pb::SetProfileRequest {
        name: "Autonomic".to_owned(),
        website: "https://autonomic.example".to_owned(),
    };
    assert_eq!(
        federation
            .set_profile(profile)
            .await
            .unwrap()
            .into_inner()
            .kind,
        "profile"
    );
    let make = pb::MakeApplicationRequest {
        federation: "x".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        code(federation.make_application(make).await.unwrap_err()),
        "AL-8817"
    );
    let left = federation
        .leave(pb::LeaveRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(left.kind, "leave");
    served.end().await;
}

#[tokio::test]
async fn figures_say_how_hub_and_log_are() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = crate::place::Place::joined(&hub, "autonomic").await;
    let text = || async {
        let mut registry = prometheus_client::registry::Registry::with_prefix("allot_agent");
        place.federation.register_figures(&mut registry).await;
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    };
    let well = text().await;
    for line in [
        "allot_agent_ledger_entries 1\n",
        "allot_agent_hub_connected 1\n",
    ] {
        assert!(well.contains(line), "{well}");
    }
    assert!(
        well.contains("allot_agent_certificate_left_seconds 86"),
        "{well}"
    );
    let honest = hub.swap(crate::ledgers::Ledger::found(
        &[("sutty", key("other").public())],
        hub.inner.root.fingerprint(),
        hub.inner.now(),
    ));
    place.until_problem("AL-8821").await;
    let told = text().await;
    let line = "allot_agent_ledger_problems_total{code=\"AL-8105\"}";
    assert!(told.contains(line), "{told}");
    hub.swap(honest);
    let outside = crate::place::Place::new(hub.inner.clock.clone(), crate::place::hasty());
    let mut registry = prometheus_client::registry::Registry::default();
    outside.federation.register_figures(&mut registry).await;
    let mut none = String::new();
    prometheus_client::encoding::text::encode(&mut none, &registry).unwrap();
    assert!(!none.contains("ledger"), "{none}");
}

#[tokio::test]
async fn the_log_is_verified_once_at_a_time() {
    let hub = TestHub::found(&["autonomic"]);
    let place = Place::joined(&hub, "autonomic").await;
    let rpc = LedgerRpc(place.federation.clone());
    let verify = || rpc.verify_ledger(tonic::Request::new(pb::VerifyLedgerRequest {}));
    let other = place.federation.may_verify().unwrap();
    let Err(busy) = verify().await else {
        panic!("there is no room");
    };
    assert_eq!(RemoteError::from(busy).code, "AL-8828");
    drop(other);
    for _ in 0..3 {
        // Whoever has heard the last word leaves room.
        let mut told = verify().await.unwrap().into_inner();
        let mut last = None;
        while let Some(progress) = told.next().await {
            last = Some(progress.unwrap());
        }
        assert!(last.unwrap().done);
    }
}

//! Invites that are guessed, shared, somebody else's, or too old.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use allot_identity::{AgentKey, invite::Invite};
use allot_proto::{
    RemoteError,
    hub::{Certificate, EnrolRequest, enrolment_service_client::EnrolmentServiceClient},
};
use allot_testkit::{connect, nobody};
use allot_tests::Crowd;
use tonic::transport::Channel;

/// Agents that show the same invite at the same moment.
const AT_ONCE: usize = 20;

/// Tries of each kind when times are compared.
const TRIES: usize = 300;

/// A call to spend something as an invite.
fn asking(collective: &str, agent: &str, secret: &[u8]) -> EnrolRequest {
    EnrolRequest {
        collective: collective.to_owned(),
        agent: agent.to_owned(),
        secret: secret.to_vec(),
        csr: AgentKey::create().unwrap().request().unwrap(),
    }
}

/// A connection of somebody without a certificate.
async fn stranger(invite: &Invite) -> EnrolmentServiceClient<Channel> {
    let channel = connect(&invite.address, nobody(invite)).await.unwrap();
    EnrolmentServiceClient::new(channel)
}

async fn spend(
    hub: &mut EnrolmentServiceClient<Channel>,
    request: EnrolRequest,
) -> Result<Certificate, RemoteError> {
    Ok(hub.enrol(request).await?.into_inner())
}

/// Shows one secret once, as an agent of `collective`.
fn try_once(crowd: &Crowd, collective: &str, secret: &[u8]) -> Result<Certificate, RemoteError> {
    let invite = Invite::read(&crowd.seats[0].invite).unwrap();
    let request = asking(collective, "swarm-9", secret);
    crowd.runtime.block_on(async {
        let mut hub = stranger(&invite).await;
        spend(&mut hub, request).await
    })
}

#[test]
fn refuses_all_but_one_of_twenty_agents_with_the_same_invite() {
    let crowd = Crowd::of(1);
    let text = crowd.hub.invite("member-0");
    let invite = Arc::new(Invite::read(&text).unwrap());
    let together = Arc::new(tokio::sync::Barrier::new(AT_ONCE));
    let agents = (0..AT_ONCE).map(|n| {
        let (invite, together) = (Arc::clone(&invite), Arc::clone(&together));
        crowd.runtime.spawn(async move {
            let request = asking("member-0", &format!("swarm-{n}"), invite.secret.expose());
            let mut hub = stranger(&invite).await;
            together.wait().await;
            spend(&mut hub, request).await
        })
    });
    let agents: Vec<_> = agents.collect();
    let answers = agents
        .into_iter()
        .map(|agent| crowd.runtime.block_on(agent).unwrap());
    let (given, refused): (Vec<_>, Vec<_>) = answers.partition(Result::is_ok);
    assert_eq!(given.len(), 1, "an invite is used once");
    for refused in refused {
        assert_eq!(refused.unwrap_err().code, "AL-8311");
    }
    // Who made it, and nobody else, is in the book; and it stays so over a restart.
    let mut crowd = crowd;
    crowd.hub.kill();
    crowd.hub.serve();
    let again = try_once(&crowd, "member-0", invite.secret.expose());
    assert_eq!(again.unwrap_err().code, "AL-8311");
    let list = crowd.hub.ok(&["invite", "--list", "--output", "json"]);
    assert_eq!(list.matches("\"used\"").count(), 2, "{list}");
}

#[test]
fn refuses_an_invite_of_another_collective() {
    let crowd = Crowd::of(2);
    let text = crowd.hub.invite("member-0");
    let invite = Invite::read(&text).unwrap();
    let secret = invite.secret.expose();
    let other = try_once(&crowd, "member-1", secret).unwrap_err();
    let guess = try_once(&crowd, "member-1", &[7; 32]).unwrap_err();
    assert_eq!(other.code, "AL-8310");
    assert_eq!(
        (other.code, other.message, other.help, other.grpc),
        (guess.code, guess.message, guess.help, guess.grpc),
        "whoever shows it learns no more than who guesses"
    );
    let stranger = try_once(&crowd, "nobody-knows", secret).unwrap_err();
    assert_eq!(stranger.code, "AL-8310");
    assert!(
        try_once(&crowd, "member-0", secret).is_ok(),
        "and it is not spent by that"
    );
}

#[test]
fn refuses_invites_that_are_over() {
    let crowd = Crowd::of(1);
    let revoked = Invite::read(&crowd.hub.invite("member-0")).unwrap();
    let list = crowd.hub.ok(&["invite", "--list", "--output", "json"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let rows = list
        .as_array()
        .or_else(|| list["invites"].as_array())
        .unwrap();
    let open = rows.iter().find(|row| row["state"] == "open").unwrap();
    let _ = crowd
        .hub
        .ok(&["invite", "--revoke", open["id"].as_str().unwrap()]);
    let refused = try_once(&crowd, "member-0", revoked.secret.expose()).unwrap_err();
    assert_eq!(refused.code, "AL-8310", "as one that never was");
    for wrong in [&[][..], &[7; 31], &[7; 33], &[0; 4096]] {
        let refused = try_once(&crowd, "member-0", wrong).unwrap_err();
        assert_eq!(refused.code, "AL-8310", "{} bytes", wrong.len());
    }
    let (code, _, error) = crowd.hub.run(&["invite", "nobody-knows"]);
    assert_eq!(code, Some(5), "{error}");
    assert!(error.contains("AL-8408"), "{error}");
}

#[test]
fn refuses_guesses_beyond_the_limit() {
    let crowd = Crowd::with(1, "[limits]\nenrolments_per_hour = 10\n");
    let good = Invite::read(&crowd.hub.invite("member-0")).unwrap();
    let mut codes = Vec::new();
    for n in 0..30 {
        let refused = try_once(&crowd, "member-0", &[n; 32]).unwrap_err();
        codes.push(refused.code);
    }
    // The member's own enrolment was the first of ten.
    let (looked_at, late) = codes.split_at(9);
    assert!(looked_at.iter().all(|code| code == "AL-8310"), "{codes:?}");
    assert!(late.iter().all(|code| code == "AL-8313"), "{codes:?}");
    // Not even a good one is looked at, and it is still good.
    let refused = try_once(&crowd, "member-0", good.secret.expose()).unwrap_err();
    assert_eq!(refused.code, "AL-8313");
    assert!(
        refused.help.is_some() && refused.message.contains(" s"),
        "{refused:?}"
    );
    // Who has a certificate does not need to try.
    assert_eq!(crowd.write(0, 1).unwrap(), 1);
    let list = crowd.hub.ok(&["invite", "--list", "--output", "json"]);
    assert_eq!(list.matches("\"open\"").count(), 1, "{list}");
}

/// The middle of a number of measurements.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn refuses_a_guess_as_fast_as_an_invite_of_another_collective() {
    let crowd = Crowd::of(2);
    let invite = Invite::read(&crowd.hub.invite("member-0")).unwrap();
    let close = {
        let mut close = *invite.secret.expose();
        close[31] ^= 1;
        close
    };
    let kinds = [
        ("a guess", [7; 32]),
        ("one bit off", close),
        ("another's", *invite.secret.expose()),
    ];
    let times = crowd.runtime.block_on(async {
        let mut hub = stranger(&invite).await;
        let request = asking("member-1", "swarm-9", &[]);
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        // The first ones warm up; then each kind takes its turn, so that all see the same machine.
        for n in 0..TRIES + 20 {
            for ((_, secret), times) in kinds.iter().zip(&mut times) {
                let mut request = request.clone();
                request.secret = secret.to_vec();
                let started = Instant::now();
                let refused = spend(&mut hub, request).await.unwrap_err();
                let took = started.elapsed();
                assert_eq!(refused.code, "AL-8310");
                if n >= 20 {
                    times.push(took);
                }
            }
        }
        times
    });
    let medians = times.map(median);
    for ((what, _), median) in kinds.iter().zip(&medians) {
        println!("federation: an invite refused, {what}: median {median:?} of {TRIES}");
    }
    let most = medians
        .iter()
        .max()
        .unwrap()
        .saturating_sub(*medians.iter().min().unwrap());
    let noise = (medians[0] / 4).max(Duration::from_micros(200));
    assert!(most < noise, "{medians:?} differ by {most:?}");
}

//! `allot-hub invite`.

use std::process::ExitCode;

use allot_proto::hub::{
    CreateInviteRequest, Invite, ListInvitesRequest, ListInvitesResponse, RevokeInviteRequest,
};
use serde::Serialize;

use super::{Done, client, print, runtime, table::table};
use crate::{args::InviteArgs, home::Home};

/// Makes an invite, lists them, or takes one back.
pub(super) fn run(home: &Home, args: InviteArgs, json: bool) -> Done {
    runtime()?.block_on(async {
        if args.list {
            return list(home, json).await;
        }
        match (args.revoke, args.collective) {
            (Some(id), _) => revoke(home, id, json).await,
            (None, Some(collective)) => create(home, collective, args.hours, json).await,
            // clap asks for one of the three.
            (None, None) => Ok(ExitCode::from(2)),
        }
    })
}

/// The invite is the only thing on standard output, so that it can be piped to whom it is for.
async fn create(home: &Home, collective: String, hours: Option<u32>, json: bool) -> Done {
    let lifetime_seconds = hours.map_or(0, |hours| u64::from(hours) * 3_600);
    let asked = CreateInviteRequest {
        collective: collective.clone(),
        lifetime_seconds,
    };
    let mut hub = client::connect(home).await?;
    let made = hub.create_invite(asked).await?.into_inner();
    print(json, &made, || made.text.clone())?;
    eprintln!(
        "invite {} for {collective}, until {}. It lets one agent in, once: send it on a way that only they read.\n\
         They join with `allot federation join INVITE`.",
        made.id, made.expires
    );
    Ok(ExitCode::SUCCESS)
}

async fn list(home: &Home, json: bool) -> Done {
    let mut hub = client::connect(home).await?;
    let found = hub.list_invites(ListInvitesRequest {}).await?.into_inner();
    print(json, &found, || rows(&found))?;
    Ok(ExitCode::SUCCESS)
}

fn rows(found: &ListInvitesResponse) -> String {
    let head = ["ID", "COLLECTIVE", "STATE", "AGENT", "EXPIRES", "BY"];
    let row = |invite: &Invite| {
        let Invite {
            id,
            collective,
            state,
            agent,
            expires,
            by,
            ..
        } = invite.clone();
        vec![id, collective, state, agent, expires, by]
    };
    table(&head, found.invites.iter().map(row))
}

/// What was taken back, for programs.
#[derive(Serialize)]
struct Revoked {
    revoked: String,
}

async fn revoke(home: &Home, id: String, json: bool) -> Done {
    let mut hub = client::connect(home).await?;
    let asked = RevokeInviteRequest { id: id.clone() };
    hub.revoke_invite(asked).await?;
    let revoked = Revoked { revoked: id };
    print(json, &revoked, || format!("revoked {}", revoked.revoked))?;
    Ok(ExitCode::SUCCESS)
}

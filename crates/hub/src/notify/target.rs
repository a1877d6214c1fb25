//! Whom a message goes to, and what the request looks like.

use std::{collections::BTreeSet, path::PathBuf};

use hmac::{Hmac, Mac as _};
use reqwest::{
    Client, RequestBuilder, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use secrecy::ExposeSecret as _;
use serde_json::json;
use sha2::Sha256;

use super::{
    config::{Address, MatrixConfig, NotifyConfig, Topic, WebhookConfig},
    outbox::Message,
    secret,
    send::SendError,
};

/// What the message is about.
const EVENT: &str = "x-allot-event";

/// The message's id.
const ID: &str = "x-allot-id";

/// `sha256=` and the HMAC-SHA256 of the body in hexadecimal.
const SIGNATURE: &str = "x-allot-signature-256";

/// A webhook or a room.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) name: String,
    events: BTreeSet<Topic>,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Webhook {
        url: Address,
        secret_file: Option<PathBuf>,
    },
    Matrix {
        homeserver: Address,
        room: String,
        token_file: PathBuf,
    },
}

impl Target {
    pub(super) fn all(config: &NotifyConfig) -> Vec<Self> {
        let webhooks = config.webhook.iter().map(Self::webhook);
        webhooks
            .chain(config.matrix.iter().map(Self::matrix))
            .collect()
    }

    fn webhook(config: &WebhookConfig) -> Self {
        let place = Place::Webhook {
            url: config.url.clone(),
            secret_file: config.secret_file.clone(),
        };
        Self {
            name: config.name.clone(),
            events: config.events.clone(),
            place,
        }
    }

    fn matrix(config: &MatrixConfig) -> Self {
        let place = Place::Matrix {
            homeserver: config.homeserver.clone(),
            room: config.room.clone(),
            token_file: config.token_file.clone(),
        };
        Self {
            name: config.name.clone(),
            events: config.events.clone(),
            place,
        }
    }

    pub(super) fn wants(&self, topic: Topic) -> bool {
        self.events.contains(&topic)
    }

    /// The server, without what would be a password.
    pub(super) fn server(&self) -> String {
        match &self.place {
            Place::Webhook { url, .. } => url.to_string(),
            Place::Matrix { homeserver, .. } => homeserver.to_string(),
        }
    }

    /// Says what is wrong with its secret.
    pub(super) fn look_at_secret(&self) {
        match &self.place {
            Place::Webhook { secret_file, .. } => {
                secret_file.iter().for_each(|path| secret::look_at(path));
            }
            Place::Matrix { token_file, .. } => secret::look_at(token_file),
        }
    }

    /// The request that brings a message.
    pub(super) fn request(
        &self,
        client: &Client,
        message: &Message,
    ) -> Result<RequestBuilder, SendError> {
        match &self.place {
            Place::Webhook { url, secret_file } => {
                let request = client
                    .post(url.url().clone())
                    .header(CONTENT_TYPE, "application/json")
                    .header(EVENT, topic(message.topic))
                    .header(ID, &message.id);
                let request = match secret_file {
                    Some(path) => request.header(SIGNATURE, signature(path, &message.json)?),
                    None => request,
                };
                Ok(request.body(message.json.clone()))
            }
            Place::Matrix {
                homeserver,
                room,
                token_file,
            } => {
                let url = self.matrix_url(homeserver, room, &message.id)?;
                let token = secret::read(token_file)?;
                let bearer = format!("Bearer {}", token.expose_secret());
                let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| SendError::Address)?;
                bearer.set_sensitive(true);
                Ok(client
                    .put(url)
                    .header(AUTHORIZATION, bearer)
                    .header(CONTENT_TYPE, "application/json")
                    .body(room_message(message)))
            }
        }
    }

    /// The last part is the transaction: the same for the same message, so that a homeserver that has it already takes
    /// a second try for what it is.
    fn matrix_url(&self, homeserver: &Address, room: &str, id: &str) -> Result<Url, SendError> {
        let mut url = homeserver.url().clone();
        let transaction = format!("allot-{id}-{}", self.name);
        let path = [
            "_matrix",
            "client",
            "v3",
            "rooms",
            room,
            "send",
            "m.room.message",
            &transaction,
        ];
        let mut parts = url.path_segments_mut().map_err(|()| SendError::Address)?;
        parts.pop_if_empty().extend(path);
        drop(parts);
        Ok(url)
    }
}

/// Who is asked to do something gets a text; what is only to be known is a notice, at which no telephone rings. Titles
/// are written by people, so it is said that nobody is mentioned, whatever they look like.
fn room_message(message: &Message) -> String {
    let kind = match message.topic {
        Topic::Opened | Topic::Reminder => "m.text",
        Topic::Closed | Topic::Digest => "m.notice",
    };
    json!({
        "msgtype": kind,
        "body": message.plain,
        "format": "org.matrix.custom.html",
        "formatted_body": message.html,
        "m.mentions": {},
    })
    .to_string()
}

fn signature(path: &std::path::Path, body: &str) -> Result<String, SendError> {
    let secret = secret::read(path)?;
    // HMAC takes keys of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| SendError::Address)?;
    mac.update(body.as_bytes());
    Ok(format!(
        "sha256={}",
        hex::encode(mac.finalize().into_bytes())
    ))
}

fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Opened => "opened",
        Topic::Closed => "closed",
        Topic::Reminder => "reminder",
        Topic::Digest => "digest",
    }
}

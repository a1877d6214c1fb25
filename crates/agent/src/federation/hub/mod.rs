//! The port to the hub: one connection, and what is asked over it. Generated types of the hub stop here.

mod dial;
mod error;
mod tls;

pub use dial::{Dial, Target};
pub use error::HubError;

use std::time::Duration;

use allot_ledger::{Digest, Slug};
use allot_proto::{
    CLIENT_VERSION, MIN_SERVER, MIN_SERVER_VERSION, VERSION,
    hub::{
        self as pb, enrolment_service_client::EnrolmentServiceClient,
        ledger_service_client::LedgerServiceClient,
    },
};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tonic::{
    Request, Status, metadata::MetadataValue, service::interceptor::InterceptedService,
    transport::Channel,
};

use crate::limits::{MAX_STRETCH_MESSAGE, MAX_TEXT_MESSAGE};

/// A connection to a hub. Cheap to clone; it ends with its last clone.
#[derive(Clone)]
pub struct Hub {
    channel: InterceptedService<Channel, Stamp>,
    patience: Duration,
}

/// Says in each request which agent speaks.
type Stamp = fn(Request<()>) -> Result<Request<()>, Status>;

/// A certificate as a hub gave it: nobody has looked at it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// DER, the agent's own first.
    pub chain: Vec<Vec<u8>>,
    /// DER of the root.
    pub root: Vec<u8>,
}

/// A part of the log as a hub sent it: nobody has looked at it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Index of the first leaf.
    pub first: u64,
    /// Leaves in their order; none in a beat.
    pub leaves: Vec<Bytes>,
    /// A signed note.
    pub checkpoint: Vec<u8>,
}

/// An entry that a hub says it has taken: nobody has looked at it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Where it says it is.
    pub index: u64,
    /// The leaf.
    pub leaf: Bytes,
    /// A signed note of a log that has it.
    pub checkpoint: Vec<u8>,
    /// That it has.
    pub proof: Vec<Digest>,
}

impl Hub {
    fn new(channel: Channel, patience: Duration) -> Self {
        let channel = InterceptedService::new(channel, stamp as Stamp);
        Self { channel, patience }
    }

    fn ledger(&self) -> LedgerServiceClient<InterceptedService<Channel, Stamp>> {
        LedgerServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_TEXT_MESSAGE)
    }

    fn enrolment(&self) -> EnrolmentServiceClient<InterceptedService<Channel, Stamp>> {
        EnrolmentServiceClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_STRETCH_MESSAGE)
    }

    async fn asked<T>(
        &self,
        call: impl Future<Output = Result<tonic::Response<T>, Status>>,
    ) -> Result<T, HubError> {
        let answer = tokio::time::timeout(self.patience, call).await;
        let answer = answer.map_err(|_| HubError::Late {
            seconds: self.patience.as_secs(),
        })?;
        answer
            .map(tonic::Response::into_inner)
            .map_err(HubError::of)
    }

    /// Spends an invite.
    ///
    /// # Errors
    /// The hub does not take it, or is away.
    pub async fn enrol(
        &self,
        collective: &Slug,
        agent: &str,
        secret: &[u8; 32],
        csr: Vec<u8>,
    ) -> Result<Granted, HubError> {
        let request = pb::EnrolRequest {
            collective: collective.to_string(),
            agent: agent.to_owned(),
            secret: secret.to_vec(),
            csr,
        };
        Ok(granted(self.asked(self.enrolment().enrol(request)).await?))
    }

    /// A fresh certificate.
    ///
    /// # Errors
    /// The hub does not give one, or is away.
    pub async fn renew(&self, csr: Vec<u8>) -> Result<Granted, HubError> {
        let request = pb::RenewRequest { csr };
        Ok(granted(self.asked(self.enrolment().renew(request)).await?))
    }

    /// The log from an index on, without end.
    ///
    /// # Errors
    /// The hub does not give it, or is away.
    pub async fn follow(
        &self,
        from: u64,
    ) -> Result<impl Stream<Item = Result<Stretch, HubError>> + Send + Unpin + use<>, HubError>
    {
        let mut ledger = self.ledger().max_decoding_message_size(MAX_STRETCH_MESSAGE);
        let stream = self
            .asked(ledger.follow(pb::FollowRequest { from }))
            .await?;
        Ok(stream.map(|stretch| stretch.map(read_stretch).map_err(HubError::of)))
    }

    /// Hands in an entry, as JSON.
    ///
    /// # Errors
    /// The hub does not take it, or is away: then nobody knows whether it was taken.
    pub async fn append(&self, envelope: Vec<u8>) -> Result<Appended, HubError> {
        let mut ledger = self.ledger();
        let answer = self
            .asked(ledger.append(pb::AppendRequest { envelope }))
            .await?;
        Ok(Appended {
            index: answer.index,
            leaf: answer.leaf.into(),
            checkpoint: answer.checkpoint,
            proof: answer
                .proof
                .into_iter()
                .map(hash)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Hands in a cosignature.
    ///
    /// # Errors
    /// The hub does not take it, or is away.
    pub async fn add_cosignature(&self, size: u64, line: String) -> Result<(), HubError> {
        let request = pb::AddCosignatureRequest { size, line };
        self.asked(self.ledger().add_cosignature(request)).await?;
        Ok(())
    }

    /// Hands in a text that an entry will name.
    ///
    /// # Errors
    /// The hub does not take it, or is away.
    pub async fn put_text(&self, text: &[u8]) -> Result<(), HubError> {
        let request = pb::PutTextRequest {
            text: text.to_vec(),
        };
        self.asked(self.ledger().put_text(request)).await?;
        Ok(())
    }

    /// A text by its hash; it is that text.
    ///
    /// # Errors
    /// The hub does not have it, gives another, or is away.
    pub async fn get_text(&self, sha256: Digest) -> Result<Bytes, HubError> {
        let request = pb::GetTextRequest {
            sha256: sha256.to_string(),
        };
        let text = self.asked(self.ledger().get_text(request)).await?.text;
        if Digest::of(&text) != sha256 {
            return Err(HubError::Nonsense {
                what: "a text that has another hash than was asked for",
            });
        }
        Ok(text.into())
    }

    /// What the hub has of the first of these texts, in their order, as many as it puts into one answer: nobody has looked
    /// at them yet.
    ///
    /// # Errors
    /// The hub does not answer with at least one or with more than were asked for, or is away.
    pub async fn get_texts(&self, sha256: &[Digest]) -> Result<Vec<Option<Bytes>>, HubError> {
        let request = pb::GetTextsRequest {
            sha256: sha256.iter().flat_map(|hash| hash.0).collect(),
        };
        let texts = self.asked(self.ledger().get_texts(request)).await?.texts;
        if !(1..=sha256.len()).contains(&texts.len()) {
            return Err(HubError::Nonsense {
                what: "none of the texts that it was asked for, or more than these",
            });
        }
        Ok(texts.into_iter().map(|t| t.text.map(Bytes::from)).collect())
    }

    /// Tells the hub whom to ask at a collective.
    ///
    /// # Errors
    /// The hub does not take it, or is away.
    pub async fn put_contact(
        &self,
        collective: &Slug,
        contact: &str,
        salt: Vec<u8>,
    ) -> Result<(), HubError> {
        let request = pb::PutContactRequest {
            collective: collective.to_string(),
            contact: contact.to_owned(),
            salt,
        };
        self.asked(self.ledger().put_contact(request)).await?;
        Ok(())
    }

    /// Whom to ask at each collective.
    ///
    /// # Errors
    /// The hub does not tell, or is away.
    pub async fn contacts(&self) -> Result<Vec<(String, String)>, HubError> {
        let answer = self
            .asked(self.ledger().list_contacts(pb::ListContactsRequest {}))
            .await?;
        let contacts = answer.contacts.into_iter();
        Ok(contacts.map(|c| (c.collective, c.contact)).collect())
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub")
    }
}

#[allow(clippy::result_large_err, reason = "the signature is tonic's")]
fn stamp(mut request: Request<()>) -> Result<Request<()>, Status> {
    let metadata = request.metadata_mut();
    metadata.insert(CLIENT_VERSION, MetadataValue::from_static(VERSION));
    metadata.insert(MIN_SERVER_VERSION, MetadataValue::from_static(MIN_SERVER));
    Ok(request)
}

fn granted(certificate: pb::Certificate) -> Granted {
    Granted {
        chain: certificate.chain,
        root: certificate.root,
    }
}

fn read_stretch(stretch: pb::Stretch) -> Stretch {
    Stretch {
        first: stretch.first,
        leaves: stretch.leaves.into_iter().map(Bytes::from).collect(),
        checkpoint: stretch.checkpoint,
    }
}

fn hash(bytes: Vec<u8>) -> Result<Digest, HubError> {
    let bytes = bytes.try_into().map(Digest);
    bytes.map_err(|_| HubError::Nonsense {
        what: "a hash that has not 32 bytes",
    })
}

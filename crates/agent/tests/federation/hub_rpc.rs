//! The test hub's services.

use std::{
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::Duration,
};

use allot_identity::tls::peer_of;
use allot_ledger::{Digest, Envelope};
use allot_proto::{
    ErrorKind,
    hub::{
        self as pb,
        enrolment_service_server::{EnrolmentService, EnrolmentServiceServer},
        ledger_service_server::{LedgerService, LedgerServiceServer},
    },
    status,
};
use allot_replica::ReplicaError;
use futures::{StreamExt as _, stream::BoxStream};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Response, Status,
    transport::{Server, server::Connected},
};

use crate::hub::{Caller, Inner};

/// How often this hub beats: rarely enough to be believed, often enough for a test.
const BEAT: Duration = Duration::from_millis(200);

/// Leaves of one message.
const AT_ONCE: usize = 100;

/// Bytes of leaves in one message; one leaf has at most an eighth of that.
const BYTES_AT_ONCE: usize = 512 * 1024;

pub async fn serve(listener: TcpListener, config: ServerConfig, inner: Arc<Inner>) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (send, receive) = mpsc::channel::<std::io::Result<Connection>>(16);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, send) = (acceptor.clone(), send.clone());
            tokio::spawn(async move {
                if let Ok(tls) = acceptor.accept(tcp).await {
                    let _ = send.send(Ok(Connection(tls))).await;
                }
            });
        }
    });
    let rpc = Rpc(inner);
    Server::builder()
        .add_service(EnrolmentServiceServer::new(rpc.clone()))
        .add_service(
            LedgerServiceServer::new(rpc)
                .max_decoding_message_size(8 * 1024 * 1024)
                .max_encoding_message_size(64 * 1024 * 1024),
        )
        .serve_with_incoming(ReceiverStream::new(receive))
        .await
        .unwrap();
}

struct Connection(TlsStream<TcpStream>);

impl Connected for Connection {
    type ConnectInfo = Caller;

    fn connect_info(&self) -> Caller {
        peer_of(self.0.get_ref().1)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[derive(Clone)]
struct Rpc(Arc<Inner>);

impl Rpc {
    fn caller<T>(&self, request: &Request<T>) -> Result<allot_identity::Peer, Status> {
        let peer = request.extensions().get::<Caller>().cloned().flatten();
        let peer = peer.ok_or_else(|| Status::unauthenticated("no certificate"))?;
        self.check(&peer)?;
        Ok(peer)
    }

    fn check(&self, peer: &allot_identity::Peer) -> Result<(), Status> {
        let allowed = self.0.register.load().check(peer, self.0.now());
        allowed.map_err(|e| status(ErrorKind::Denied, e.code(), &e, e.help().as_deref()))
    }

    fn certificate(
        &self,
        csr: &[u8],
        collective: &allot_ledger::Slug,
        agent: &str,
    ) -> pb::Certificate {
        let inner = &self.0;
        let agent = agent.parse().unwrap();
        let federation = inner.ledger().book.state().name().clone();
        let id = allot_identity::SpiffeId::agent(&federation, collective, &agent);
        let at = inner
            .register
            .load()
            .issue_at(collective, &agent, inner.now());
        let made = inner.issuer.sign_agent(csr, &id, at).unwrap();
        pb::Certificate {
            chain: made.chain,
            root: inner.issuer.root().to_vec(),
            not_before: made.not_before.to_string(),
            not_after: made.not_after.to_string(),
        }
    }
}

#[tonic::async_trait]
impl EnrolmentService for Rpc {
    async fn enrol(
        &self,
        request: Request<pb::EnrolRequest>,
    ) -> Result<Response<pb::Certificate>, Status> {
        let asked = request.into_inner();
        let secret: [u8; 32] = asked.secret.try_into().unwrap();
        let found = self.0.invites.lock().unwrap().remove(&secret);
        let refused = allot_identity::invite::Refused::Unknown;
        let collective = found.ok_or_else(|| {
            status(
                ErrorKind::Denied,
                refused.code(),
                &refused,
                refused.help().as_deref(),
            )
        })?;
        Ok(Response::new(self.certificate(
            &asked.csr,
            &collective,
            &asked.agent,
        )))
    }

    async fn renew(
        &self,
        request: Request<pb::RenewRequest>,
    ) -> Result<Response<pb::Certificate>, Status> {
        let peer = self.caller(&request)?;
        self.0.renewals.fetch_add(1, Ordering::SeqCst);
        let csr = request.into_inner().csr;
        Ok(Response::new(self.certificate(
            &csr,
            peer.collective(),
            peer.agent().as_str(),
        )))
    }
}

#[tonic::async_trait]
impl LedgerService for Rpc {
    type FollowStream = BoxStream<'static, Result<pb::Stretch, Status>>;

    async fn append(
        &self,
        request: Request<pb::AppendRequest>,
    ) -> Result<Response<pb::AppendResponse>, Status> {
        self.caller(&request)?;
        let envelope: Envelope = serde_json::from_slice(&request.into_inner().envelope).unwrap();
        let inner = &self.0;
        if inner.mood().says_gap {
            let gap = allot_ledger::state::Refused::Gap {
                author: "x".to_owned(),
                seq: 1,
                next: 7,
            };
            let help = gap.help();
            return Err(status(
                ErrorKind::Precondition,
                gap.code(),
                &gap,
                help.as_deref(),
            ));
        }
        let mut answer = {
            let mut ledger = inner.ledger();
            let leaf = ledger.take(envelope, inner.now()).map_err(refused)?;
            let (size, index) = (ledger.size(), ledger.size() - 1);
            pb::AppendResponse {
                index,
                leaf: leaf.to_vec(),
                checkpoint: ledger.checkpoint(size).to_string().into_bytes(),
                proof: hashes(&ledger.book.tree().inclusion(index, size)),
            }
        };
        inner.wake();
        let mut mood = inner.mood();
        if mood.lost_answers > 0 {
            mood.lost_answers -= 1;
            return Err(Status::unavailable("the answer was lost"));
        }
        if mood.says_replayed > 0 {
            mood.says_replayed -= 1;
            let replayed = allot_ledger::state::Refused::Replayed {
                author: "x".to_owned(),
                seq: 1,
                next: 2,
            };
            return Err(status(
                ErrorKind::Precondition,
                replayed.code(),
                &replayed,
                replayed.help().as_deref(),
            ));
        }
        if let Some(change) = mood.answer {
            change(&mut answer);
        }
        Ok(Response::new(answer))
    }

    async fn follow(
        &self,
        request: Request<pb::FollowRequest>,
    ) -> Result<Response<Self::FollowStream>, Status> {
        let peer = self.caller(&request)?;
        let from = request.into_inner().from;
        self.0.followed.lock().unwrap().push(from);
        let (send, receive) = mpsc::channel(4);
        tokio::spawn(self.clone().feed(peer, from, send));
        Ok(Response::new(ReceiverStream::new(receive).boxed()))
    }

    async fn add_cosignature(
        &self,
        request: Request<pb::AddCosignatureRequest>,
    ) -> Result<Response<pb::AddCosignatureResponse>, Status> {
        let peer = self.caller(&request)?;
        let asked = request.into_inner();
        {
            let ledger = self.0.ledger();
            if asked.size > ledger.size() {
                return Err(Status::failed_precondition("no such checkpoint"));
            }
            let mut signed = ledger.checkpoint(asked.size);
            let names = self.0.cosigners(&ledger);
            // One that was made before this hub began to serve another log is none of it.
            signed
                .add(&asked.line, &names)
                .map_err(|_| Status::failed_precondition("not of this log"))?;
        }
        self.0
            .cosignatures
            .lock()
            .unwrap()
            .push_back((asked.size, asked.line));
        let agent = peer.agent().to_string();
        self.0.cosigned_by.lock().unwrap().insert(agent);
        self.0.wake();
        Ok(Response::new(pb::AddCosignatureResponse { witnesses: 0 }))
    }

    async fn put_text(
        &self,
        request: Request<pb::PutTextRequest>,
    ) -> Result<Response<pb::PutTextResponse>, Status> {
        self.caller(&request)?;
        let text = request.into_inner().text;
        let sha256 = Digest::of(&text).to_string();
        self.0.texts.lock().unwrap().insert(sha256.clone(), text);
        Ok(Response::new(pb::PutTextResponse { sha256 }))
    }

    async fn get_text(
        &self,
        request: Request<pb::GetTextRequest>,
    ) -> Result<Response<pb::GetTextResponse>, Status> {
        self.caller(&request)?;
        let found = self
            .0
            .texts
            .lock()
            .unwrap()
            .get(&request.into_inner().sha256)
            .cloned();
        let text = found.ok_or_else(|| Status::not_found("no such text"))?;
        Ok(Response::new(pb::GetTextResponse { text }))
    }

    async fn get_texts(
        &self,
        request: Request<pb::GetTextsRequest>,
    ) -> Result<Response<pb::GetTextsResponse>, Status> {
        self.caller(&request)?;
        let (hashes, rest) = request.get_ref().sha256.as_chunks();
        assert!(rest.is_empty() && (1..=256).contains(&hashes.len()));
        let asked: Vec<_> = hashes.iter().map(|h| Digest(*h).to_string()).collect();
        let mut mood = self.0.mood();
        if mood.too_often > 0 {
            mood.too_often -= 1;
            return Err(Status::resource_exhausted("later"));
        }
        match &mut mood.texts_answered {
            Some(0) => return Err(Status::unavailable("it goes away")),
            Some(left) => *left -= 1,
            None => {}
        }
        let texts = self.0.texts.lock().unwrap();
        let found = asked.iter().map(|sha256| pb::FoundText {
            text: texts.get(sha256).cloned(),
        });
        let mut answer = pb::GetTextsResponse {
            texts: found.collect(),
        };
        if let Some(change) = mood.texts.take() {
            change(&mut answer);
        }
        self.0.texts_asked.lock().unwrap().push(asked);
        Ok(Response::new(answer))
    }

    async fn put_contact(
        &self,
        request: Request<pb::PutContactRequest>,
    ) -> Result<Response<pb::PutContactResponse>, Status> {
        self.caller(&request)?;
        let asked = request.into_inner();
        let mut contacts = self.0.contacts.lock().unwrap();
        contacts.retain(|(of, _)| *of != asked.collective);
        if !asked.contact.is_empty() {
            contacts.push((asked.collective, asked.contact));
        }
        Ok(Response::new(pb::PutContactResponse {}))
    }

    async fn list_contacts(
        &self,
        request: Request<pb::ListContactsRequest>,
    ) -> Result<Response<pb::ListContactsResponse>, Status> {
        self.caller(&request)?;
        let contacts = self.0.contacts.lock().unwrap().clone();
        let contacts = contacts
            .into_iter()
            .map(|(collective, contact)| pb::Contact {
                collective,
                contact,
            });
        Ok(Response::new(pb::ListContactsResponse {
            contacts: contacts.collect(),
        }))
    }
}

type Out = mpsc::Sender<Result<pb::Stretch, Status>>;

impl Rpc {
    async fn feed(self, peer: allot_identity::Peer, from: u64, out: Out) {
        self.0.streams.fetch_add(1, Ordering::SeqCst);
        tokio::select! {
            () = self.send(peer, from, &out) => {}
            () = out.closed() => {}
        }
        self.0.streams.fetch_sub(1, Ordering::SeqCst);
    }

    async fn send(&self, peer: allot_identity::Peer, from: u64, out: &Out) {
        let mut changed = self.0.changed.subscribe();
        let mut next = from;
        loop {
            changed.borrow_and_update();
            if let Err(refused) = self.check(&peer) {
                let _ = out.send(Err(refused)).await;
                return;
            }
            let (script, endless) = {
                let mood = self.0.mood();
                (mood.script.clone(), mood.endless.clone())
            };
            if let Some(script) = script {
                for stretch in script {
                    let _ = out.send(Ok(stretch)).await;
                }
                // The stream ends when the hub is told to be honest again.
                while self.0.mood().script.is_some() {
                    let _ = changed.changed().await;
                }
                return;
            }
            if let Some(stretch) = endless {
                while out.send(Ok(stretch.clone())).await.is_ok() {}
                return;
            }
            let stretch = self.next(&mut next);
            let is_head = next >= self.0.ledger().size();
            if out.send(Ok(stretch)).await.is_err() {
                return;
            }
            if is_head {
                let _ = tokio::time::timeout(BEAT, changed.changed()).await;
            }
        }
    }

    fn next(&self, next: &mut u64) -> pb::Stretch {
        let (first, size) = (*next, self.0.ledger().size());
        let from = usize::try_from(first).unwrap();
        let leaves: Vec<Vec<u8>> = {
            let ledger = self.0.ledger();
            let all = ledger.leaves.iter().skip(from).take(AT_ONCE);
            let mut bytes = 0;
            let fitting = all.take_while(|leaf| {
                bytes += leaf.len();
                bytes <= BYTES_AT_ONCE
            });
            fitting.map(|leaf| leaf.to_vec()).collect()
        };
        let upto = first + leaves.len() as u64;
        *next = (*next).max(upto);
        let checkpoint = if upto >= size {
            self.0.head()
        } else {
            self.0.ledger().checkpoint(upto)
        };
        pb::Stretch {
            first,
            leaves,
            checkpoint: checkpoint.to_string().into_bytes(),
        }
    }
}

fn hashes(proof: &[Digest]) -> Vec<Vec<u8>> {
    proof.iter().map(|hash| hash.0.to_vec()).collect()
}

/// As the real hub does: the rules' own code.
fn refused(error: ReplicaError) -> Status {
    match error {
        ReplicaError::Rules { source, .. } => {
            let help = source.help();
            status(
                ErrorKind::Precondition,
                source.code(),
                &source,
                help.as_deref(),
            )
        }
        other => status(ErrorKind::Internal, other.code(), &other, None),
    }
}

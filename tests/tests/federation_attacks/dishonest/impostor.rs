//! A hub that has the true hub's keys and does with them what it likes.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use allot_identity::{
    Register,
    tls::{HubIdentity, hub_config},
};
use allot_proto::hub::{
    self as pb,
    enrolment_service_server::{EnrolmentService, EnrolmentServiceServer},
    ledger_service_server::{LedgerService, LedgerServiceServer},
};
use arc_swap::ArcSwap;
use futures::stream::BoxStream;
use hyper::{body::Incoming, server::conn::http2};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use jiff::Timestamp;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tonic::{Request, Response, Status, body::Body, service::Routes};
use tower::ServiceExt as _;

use super::stolen::Stolen;

/// What it shows to whoever follows from a place.
pub type Show = Arc<dyn Fn(u64) -> BoxStream<'static, Result<pb::Stretch, Status>> + Send + Sync>;

/// What it answers to who brings an entry.
pub type Answer = Arc<dyn Fn(&[u8]) -> Result<pb::AppendResponse, Status> + Send + Sync>;

/// A running one; it ends when this is dropped.
pub struct Impostor {
    cosigned: Arc<Mutex<Vec<(u64, String)>>>,
    serving: JoinHandle<()>,
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Impostor {
    /// Takes the place of the hub at `address`.
    pub async fn begin(stolen: &Stolen, address: &str, show: Show, answer: Answer) -> Self {
        let now = Timestamp::now();
        let (certificate, key) = stolen.issuer.sign_hub(&stolen.name, now).unwrap();
        let identity = HubIdentity::new(&certificate, key).unwrap();
        Self::begin_as(identity, stolen, address, show, answer).await
    }

    /// The same, and shows another certificate.
    pub async fn begin_as(
        identity: HubIdentity,
        stolen: &Stolen,
        address: &str,
        show: Show,
        answer: Answer,
    ) -> Self {
        let identity = Arc::new(identity);
        let register = Register {
            collectives: stolen.collectives.iter().cloned().collect(),
            ..Register::default()
        };
        let register = Arc::new(ArcSwap::from_pointee(register));
        let clock = Arc::new(Timestamp::now);
        let root = stolen.issuer.root();
        let tls = hub_config(&stolen.name, root, identity, register, clock).unwrap();
        let cosigned = Arc::new(Mutex::new(Vec::new()));
        let face = Face {
            show,
            answer,
            cosigned: Arc::clone(&cosigned),
        };
        let routes =
            Routes::new(LedgerServiceServer::new(face.clone()).max_encoding_message_size(1 << 30))
                .add_service(EnrolmentServiceServer::new(face))
                .prepare();
        let listener = listen(address.parse().unwrap()).await;
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let serving = tokio::spawn(async move {
            let mut all = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                all.spawn(serve(stream, acceptor.clone(), routes.clone()));
            }
        });
        Self { cosigned, serving }
    }

    /// What agents have cosigned for it: the size, and the line.
    pub fn cosigned(&self) -> Vec<(u64, String)> {
        self.cosigned.lock().unwrap().clone()
    }
}

/// Who was there before may take a moment to be gone.
async fn listen(address: SocketAddr) -> TcpListener {
    let listening = async {
        loop {
            match TcpListener::bind(address).await {
                Ok(listener) => return listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let listening = timeout(Duration::from_secs(10), listening).await;
    listening.expect("the hub's address is free")
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, routes: Routes) {
    // Whoever does not like what it sees hangs up.
    let Ok(tls) = acceptor.accept(stream).await else {
        return;
    };
    let service = routes.map_request(|request: http::Request<Incoming>| request.map(Body::new));
    let _ = http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(tls), TowerToHyperService::new(service))
        .await;
}

#[derive(Clone)]
struct Face {
    show: Show,
    answer: Answer,
    cosigned: Arc<Mutex<Vec<(u64, String)>>>,
}

type Said<T> = Result<Response<T>, Status>;

fn no<T>() -> Said<T> {
    Err(Status::unavailable("not now"))
}

#[tonic::async_trait]
impl LedgerService for Face {
    async fn append(&self, request: Request<pb::AppendRequest>) -> Said<pb::AppendResponse> {
        (self.answer)(&request.get_ref().envelope).map(Response::new)
    }

    type FollowStream = BoxStream<'static, Result<pb::Stretch, Status>>;

    async fn follow(&self, request: Request<pb::FollowRequest>) -> Said<Self::FollowStream> {
        Ok(Response::new((self.show)(request.get_ref().from)))
    }

    async fn add_cosignature(
        &self,
        request: Request<pb::AddCosignatureRequest>,
    ) -> Said<pb::AddCosignatureResponse> {
        let brought = request.into_inner();
        let mut cosigned = self.cosigned.lock().unwrap();
        cosigned.push((brought.size, brought.line));
        Ok(Response::new(pb::AddCosignatureResponse { witnesses: 1 }))
    }

    async fn put_text(&self, _: Request<pb::PutTextRequest>) -> Said<pb::PutTextResponse> {
        no()
    }

    async fn get_text(&self, _: Request<pb::GetTextRequest>) -> Said<pb::GetTextResponse> {
        no()
    }

    async fn get_texts(&self, _: Request<pb::GetTextsRequest>) -> Said<pb::GetTextsResponse> {
        no()
    }

    async fn put_contact(&self, _: Request<pb::PutContactRequest>) -> Said<pb::PutContactResponse> {
        no()
    }

    async fn list_contacts(
        &self,
        _: Request<pb::ListContactsRequest>,
    ) -> Said<pb::ListContactsResponse> {
        no()
    }
}

#[tonic::async_trait]
impl EnrolmentService for Face {
    async fn enrol(&self, _: Request<pb::EnrolRequest>) -> Said<pb::Certificate> {
        no()
    }

    async fn renew(&self, _: Request<pb::RenewRequest>) -> Said<pb::Certificate> {
        no()
    }
}

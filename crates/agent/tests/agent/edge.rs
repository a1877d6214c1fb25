//! The edge: every method that the descriptors name is served, and says no with a code.

use std::path::Path;

use allot_proto::{
    CLIENT_VERSION, DESCRIPTORS, MIN_SERVER_VERSION, RemoteError, VERSION,
    agent::{
        self as pb, agent_service_client::AgentServiceClient, app_service_client::AppServiceClient,
    },
};
use prost_types::{DescriptorProto, FileDescriptorSet, field_descriptor_proto::Type};
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest,
};

use crate::sockets::{Served, connect};

/// Messages as the bytes that they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(buffer, &item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = bytes::Buf::remaining(buffer);
        Ok(Some(bytes::Buf::copy_to_bytes(buffer, length).to_vec()))
    }
}

/// Path of a method, and its input's descriptor.
fn methods() -> Vec<(String, DescriptorProto)> {
    let set: FileDescriptorSet = prost::Message::decode(DESCRIPTORS).unwrap();
    let messages: Vec<_> = set
        .file
        .iter()
        .flat_map(|f| f.message_type.iter().map(|m| (f.package().to_owned(), m)))
        .collect();
    let mut methods = Vec::new();
    for file in set.file.iter().filter(|f| f.package() == "allot.agent.v1") {
        for service in &file.service {
            for method in &service.method {
                let input = messages
                    .iter()
                    .find(|(package, m)| method.input_type() == format!(".{package}.{}", m.name()));
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                methods.push((path, input.unwrap().1.clone()));
            }
        }
    }
    methods
}

/// A message with one text field set.
fn with_text(message: &DescriptorProto, field: &str, text: &str) -> Option<Vec<u8>> {
    let field = message
        .field
        .iter()
        .find(|f| f.name() == field && f.r#type() == Type::String)?;
    let tag = u8::try_from(field.number() << 3 | 2).unwrap();
    let mut bytes = vec![tag, u8::try_from(text.len()).unwrap()];
    bytes.extend(text.as_bytes());
    Some(bytes)
}

/// Calls a method, with the bytes of its message.
pub async fn call(socket: &Path, path: &str, message: Vec<u8>) -> Result<Vec<u8>, RemoteError> {
    let mut grpc = Grpc::new(connect(socket).await);
    grpc.ready().await.unwrap();
    let path = path.parse().unwrap();
    let answer = grpc.unary(Request::new(message), path, Raw).await;
    answer
        .map(tonic::Response::into_inner)
        .map_err(RemoteError::from)
}

#[tokio::test]
async fn every_method_of_every_service_is_served() {
    let served = Served::new().await;
    let methods = methods();
    assert!(methods.len() > 15, "{}", methods.len());
    for (path, _) in methods {
        if let Err(error) = call(&served.socket, &path, Vec::new()).await {
            assert_ne!(error.grpc, Code::Unimplemented, "{path}: {error}");
            assert_ne!(error.grpc, Code::Unknown, "{path}: {error}");
        }
    }
}

#[tokio::test]
async fn an_app_that_is_not_there_is_said_so_by_every_method() {
    let served = Served::new().await;
    let mut asked = 0;
    for (path, input) in methods() {
        let Some(message) = with_text(&input, "app", "nobody.example.org") else {
            continue;
        };
        let error = call(&served.socket, &path, message).await.unwrap_err();
        assert_eq!(
            (error.grpc, error.code.as_str()),
            (Code::NotFound, "AL-5001"),
            "{path}: {error}"
        );
        assert!(error.help.is_some(), "{path}");
        asked += 1;
    }
    assert!(asked > 12, "{asked}");
}

#[tokio::test]
async fn an_operation_that_is_not_there_is_said_so() {
    let served = Served::new().await;
    let mut client = AppServiceClient::new(connect(&served.socket).await);
    let request = pb::AttachOperationRequest {
        operation: "nope".to_owned(),
    };
    let error = client.attach_operation(request).await.unwrap_err();
    assert_eq!(RemoteError::from(error).code, "AL-5016");
}

#[tokio::test]
async fn a_message_beyond_the_bound_is_refused_and_the_agent_goes_on() {
    let served = Served::new().await;
    let mut client = AppServiceClient::new(connect(&served.socket).await);
    let request = pb::UpdateEnvRequest {
        app: "a".to_owned(),
        text: Some("x".repeat(5 * 1024 * 1024)),
        ..pb::UpdateEnvRequest::default()
    };
    let status = client.update_env(request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    let asked = client.list_apps(pb::ListAppsRequest::default()).await;
    assert!(asked.unwrap().into_inner().apps.is_empty());
}

#[tokio::test]
async fn the_user_behind_the_socket_is_the_actor() {
    let served = Served::new().await;
    let mut client = AgentServiceClient::new(connect(&served.socket).await);
    let status = client.get_status(pb::GetStatusRequest {}).await.unwrap();
    let status = status.into_inner();
    let uid = nix::unistd::Uid::effective();
    assert!(status.actor.contains(&uid.to_string()), "{}", status.actor);
    assert_eq!(status.version, VERSION);
    assert_eq!(status.engine.unwrap().kind, "sim");
    let every = ["viewer", "operator", "maintainer", "delegate", "admin"];
    assert_eq!(status.roles, every, "whoever runs an agent without a table");
}

#[tokio::test]
async fn health_and_reflection_answer() {
    let served = Served::new().await;
    let channel = connect(&served.socket).await;
    let mut health = HealthClient::new(channel.clone());
    for service in [
        "",
        "AppService",
        "AgentService",
        "RecipeService",
        "SecretService",
    ] {
        let service = match service {
            "" => String::new(),
            name => format!("allot.agent.v1.{name}"),
        };
        let answer = health.check(HealthCheckRequest { service }).await.unwrap();
        assert_eq!(answer.into_inner().status, 1);
    }
    let mut reflection = ServerReflectionClient::new(channel);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let request = tokio_stream::once(request);
    let answers = reflection.server_reflection_info(request).await.unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap();
    assert!(format!("{answer:?}").contains("allot.agent.v1.AppService"));
}

#[tokio::test]
async fn versions_may_differ_until_a_client_needs_more_than_there_is() {
    let served = Served::new().await;
    let mut client = AgentServiceClient::new(connect(&served.socket).await);
    let mut ask = async |minimum: &str| {
        let mut request = Request::new(pb::GetStatusRequest {});
        let metadata = request.metadata_mut();
        metadata.insert(CLIENT_VERSION, "99.0.0".parse().unwrap());
        metadata.insert(MIN_SERVER_VERSION, minimum.parse().unwrap());
        client.get_status(request).await
    };
    assert!(
        ask(VERSION).await.is_ok(),
        "a newer client of an old server"
    );
    let refused = RemoteError::from(ask("99.0.0").await.unwrap_err());
    assert_eq!(refused.code, "AL-6010");
    assert_eq!(refused.grpc, Code::FailedPrecondition);
    assert!(ask("not a version").await.is_ok());
}

//! Fetching over http, https, git and ssh.

use std::ffi::OsString;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gix::bstr::{BStr, ByteSlice};
use gix::progress::{Discard, UNKNOWN};
use gix::protocol::handshake::Ref;
use gix::protocol::transport::Protocol;
use gix::protocol::transport::client::blocking_io::http::{
    self, options::FollowRedirects, reqwest::Options as ReqwestOptions,
};
use gix::protocol::transport::client::blocking_io::{Transport, connect, ssh};
use gix::protocol::transport::client::git::ConnectMode;
use gix::protocol::transport::client::git::blocking_io::Connection;
use gix::remote::fetch::Tags;
use gix::remote::ref_map;
use gix::url::Scheme;

use super::Offered;
use super::classify::{Job, Trouble};
use super::meter::Meter;
use super::moved;
use crate::interrupt::Interrupt;
use crate::mirror::HEAD_REF;

/// Forced, so that a moved tag or a rewritten branch is seen as it is now.
const REFSPECS: [&str; 2] = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/// What a host is told that asks it.
pub(super) const USER_AGENT: &str = concat!("git/allot-", env!("CARGO_PKG_VERSION"));

/// The longest that a host may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(15);

/// What an empty repository has.
const NOTHING: Offered = Offered {
    refs: Vec::new(),
    branch: None,
    now: None,
};

/// Fetches every branch and tag and the head. When nothing is new, only the list of references goes over the network. A
/// repository that has another address at the same host by now is fetched from there.
pub(super) fn receive(
    repository: &gix::Repository,
    url: &gix::Url,
    job: &Job,
    fresh: bool,
) -> Result<Offered, Trouble> {
    let trouble = match receive_from(repository, url, job, fresh) {
        Err(trouble) if trouble.may_be_redirect() => trouble,
        outcome => return outcome,
    };
    match moved::to(url, job.interrupt.remaining().min(CONNECT))? {
        Some(there) => receive_from(repository, &there, job, fresh),
        None => Err(trouble),
    }
}

fn receive_from(
    repository: &gix::Repository,
    url: &gix::Url,
    job: &Job,
    fresh: bool,
) -> Result<Offered, Trouble> {
    match receive_with(repository, url, job, fresh, Some(HEAD_REF))? {
        Some(offered) => Ok(offered),
        None => Ok(receive_with(repository, url, job, fresh, None)?.unwrap_or(NOTHING)),
    }
}

/// Fetches branches, tags and the head, which gets this name. Nothing when the head is on a branch that is not there, of
/// which gix fetches nothing at all.
fn receive_with(
    repository: &gix::Repository,
    url: &gix::Url,
    job: &Job,
    fresh: bool,
    head: Option<&str>,
) -> Result<Option<Offered>, Trouble> {
    let remote = repository
        .remote_at(url.clone())?
        .with_fetch_tags(Tags::None)
        .with_refspecs(REFSPECS, gix::remote::Direction::Fetch)?;
    let transport = open_transport(url, job)?;
    let mut options = ref_map::Options::default();
    if let Some(name) = head {
        let head = format!("+HEAD:{name}");
        let fetch = gix::refspec::parse::Operation::Fetch;
        let head = gix::refspec::parse(head.as_str().into(), fetch)?;
        options.extra_refspecs.push(head.to_owned());
    }
    let prepared = remote
        .to_connection_with_transport(transport)
        // Nobody can be asked; credentials in the URL and ssh keys work without asking.
        .with_credentials(|_| Ok(None))
        .with_transport_options(Box::new(http_options(job.interrupt.remaining())))
        .prepare_fetch(Discard, options)?;
    let offered = &prepared.ref_map().remote_refs;
    if head.is_some() && offered.iter().any(|r| matches!(r, Ref::Unborn { .. })) {
        // With nothing else there, the repository is empty.
        let is_empty = offered.len() == 1;
        return Ok(is_empty.then_some(NOTHING));
    }
    let stop = job.interrupt.flag();
    let meter = Meter::new(job.options.max_mirror_bytes, Arc::clone(stop));
    let received = prepared
        .with_write_packed_refs_only(fresh)
        .receive(meter.part(UNKNOWN), stop);
    let outcome = received.map_err(|error| match meter.broken() {
        Some(bound) => Trouble::TooLarge(bound),
        None => Trouble::Git(error),
    })?;
    let names = outcome
        .ref_map
        .mappings
        .iter()
        .filter_map(|mapping| mapping.local.as_ref());
    Ok(Some(Offered {
        refs: names.cloned().collect(),
        branch: outcome.ref_map.remote_refs.iter().find_map(branch_of_head),
        now: None,
    }))
}

fn branch_of_head(reference: &Ref) -> Option<String> {
    match reference {
        Ref::Symbolic {
            full_ref_name,
            target,
            ..
        } if full_ref_name == "HEAD" => Some(target.to_str_lossy().into_owned()),
        _ => None,
    }
}

fn http_options(timeout: Duration) -> http::Options {
    let backend = ReqwestOptions {
        // The timeout holds for a whole request, its body included: a server that sends a byte now and then ends here too.
        configure_client: Some(Box::new(move |builder| {
            Ok(builder
                .timeout(timeout)
                .connect_timeout(CONNECT.min(timeout)))
        })),
        configure_request: None,
    };
    let user_agent = Some(USER_AGENT.to_owned());
    http::Options {
        backend: Some(Arc::new(Mutex::new(backend))),
        user_agent,
        // gix would follow to any host.
        follow_redirects: FollowRedirects::None,
        ..Default::default()
    }
}

fn open_transport(url: &gix::Url, job: &Job) -> Result<Box<dyn Transport + Send>, Trouble> {
    if url.scheme == Scheme::Git {
        return open_git(url, job.interrupt);
    }
    let ssh = ssh::connect::Options {
        command: Some(ssh_command(
            &job.options.ssh_program,
            job.interrupt.remaining(),
        )),
        disallow_shell: false,
        kind: Some(ssh::ProgramKind::Ssh),
    };
    Ok(connect::connect(
        url.clone(),
        connect::Options {
            version: Protocol::V2,
            ssh,
            trace: false,
        },
    )?)
}

/// ssh that asks nothing, and that coreutils' `timeout` kills when the time is up.
fn ssh_command(program: &str, timeout: Duration) -> OsString {
    let connect = CONNECT.min(timeout).as_secs().max(1);
    format!(
        "timeout -k 1 {:.1} {program} -o BatchMode=yes -o ConnectTimeout={connect} -o ServerAliveInterval=10",
        // A moment after the time is up, so that it is known by then why ssh ended. Zero would mean no timeout at all.
        timeout.as_secs_f64() + 0.1
    )
    .into()
}

/// A connection to a git daemon whose socket is closed when the fetch must end; gix's own would wait for ever.
fn open_git(url: &gix::Url, interrupt: &Interrupt) -> Result<Box<dyn Transport + Send>, Trouble> {
    let host = url.host().unwrap_or_default();
    let address = (host, url.port.unwrap_or(9418))
        .to_socket_addrs()
        .map_err(unreachable)?
        .next();
    let address = address.ok_or_else(|| unreachable(std::io::ErrorKind::HostUnreachable.into()))?;
    let socket = TcpStream::connect_timeout(&address, CONNECT.min(interrupt.remaining()))
        .map_err(unreachable)?;
    socket
        .set_read_timeout(Some(interrupt.remaining()))
        .map_err(unreachable)?;
    socket
        .set_write_timeout(Some(interrupt.remaining()))
        .map_err(unreachable)?;
    interrupt.watch(socket.try_clone().map_err(unreachable)?);
    let write = socket.try_clone().map_err(unreachable)?;
    let path: &BStr = url.path.as_ref();
    Ok(Box::new(Connection::new(
        socket,
        write,
        Protocol::V2,
        path.to_owned(),
        Some((host, url.port)),
        ConnectMode::Daemon,
        false,
    )))
}

/// A socket's error is the repository's, not that of the mirrors' folder.
fn unreachable(error: std::io::Error) -> Trouble {
    Trouble::Git(gix::Error::from_error(error))
}

//! One message to one target: tried, and tried again.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use reqwest::{Client, Response, StatusCode, header::RETRY_AFTER, redirect::Policy};
use serde::Deserialize;

use super::{
    error::{NotifyError, told},
    limits::{
        FIRST_PAUSE, LONGEST_PAUSE, LOOK_EVERY, LOOK_PAUSE, MAX_ANSWER, MAX_TRIES, REQUEST_TIME,
    },
    outbox::Message,
    target::Target,
};

/// How fast things go. A test has less time.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often the log is looked at when nothing happens.
    pub look_every: Duration,
    /// Pause after a look.
    pub look_pause: Duration,
    /// How long a server may take.
    pub request: Duration,
    /// Pause before the second try; it doubles.
    pub first_pause: Duration,
    /// Longest pause between two tries.
    pub longest_pause: Duration,
    /// Tries of one message.
    pub tries: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look_every: LOOK_EVERY,
            look_pause: LOOK_PAUSE,
            request: REQUEST_TIME,
            first_pause: FIRST_PAUSE,
            longest_pause: LONGEST_PAUSE,
            tries: MAX_TRIES,
        }
    }
}

/// Why a message was not delivered. It shows no address: an address may be a password.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// No answer.
    #[error("no answer")]
    Unreachable(#[source] reqwest::Error),
    /// The server asks to come again, or is in trouble.
    #[error("the server answered {status}")]
    Later {
        /// What it said.
        status: StatusCode,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
    /// The server does not want it.
    #[error("the server refused it: {status}{}", code.as_deref().map(|c| format!(", {c}")).unwrap_or_default())]
    Refused {
        /// What it said.
        status: StatusCode,
        /// Matrix' word for why.
        code: Option<String>,
    },
    /// The server sends elsewhere, and secrets are not carried elsewhere.
    #[error("the server answered {status}, to ask somewhere else")]
    Redirects {
        /// What it said.
        status: StatusCode,
    },
    /// Its secret is not there.
    #[error(transparent)]
    Secret(#[from] Box<NotifyError>),
    /// Address or secret make no request.
    #[error("its address or its secret cannot be put into a request")]
    Address,
}

impl From<NotifyError> for SendError {
    fn from(error: NotifyError) -> Self {
        Self::Secret(Box::new(error))
    }
}

impl SendError {
    /// Whether it can be otherwise next time.
    fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Later { .. } | Self::Secret(_)
        )
    }

    /// What to do.
    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Later { .. } => "see whether the server runs",
            Self::Refused { .. } => {
                "check the address, and that the token is valid and its account in the room"
            }
            Self::Redirects { .. } => "write the address that it sends to into the configuration",
            Self::Secret(_) => "see that the hub may read the file of the secret",
            Self::Address => "check the address and the file of the secret",
        }
    }
}

/// Sends messages.
#[derive(Clone)]
pub(super) struct Sender {
    client: Client,
    pace: Pace,
}

impl Sender {
    pub(super) fn new(pace: Pace) -> Result<Self, NotifyError> {
        // The only error is that the process has a TLS implementation, which is what is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("allot-hub/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .timeout(pace.request)
            .pool_max_idle_per_host(1)
            .build()
            .map_err(NotifyError::Client)?;
        Ok(Self { client, pace })
    }

    /// Brings a message to a target; tries again while that may help and `worth_it` says so.
    pub(super) async fn bring(
        &self,
        target: &Target,
        message: &Message,
        worth_it: impl Fn() -> bool,
    ) -> Result<(), SendError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.pace.first_pause)
            .with_max_delay(self.pace.longest_pause)
            .with_max_times(self.pace.tries.saturating_sub(1))
            .with_jitter();
        let longest = self.pace.longest_pause;
        (|| self.try_once(target, message))
            .retry(pauses)
            .sleep(tokio::time::sleep)
            .when(|error| error.is_passing() && worth_it())
            .adjust(|error, pause| pause.map(|pause| longer(pause, error).min(longest)))
            .notify(|error, pause| {
                let (to, pause) = (&target.name, pause.as_secs());
                tracing::info!(to, id = message.id, "again in {pause} s: {}", told(error));
            })
            .await
    }

    async fn try_once(&self, target: &Target, message: &Message) -> Result<(), SendError> {
        let request = target.request(&self.client, message)?;
        let answer = request
            .send()
            .await
            .map_err(|error| SendError::Unreachable(error.without_url()))?;
        understand(answer).await
    }
}

/// As long as the server asks for, if that is longer.
fn longer(pause: Duration, error: &SendError) -> Duration {
    match error {
        SendError::Later {
            after: Some(after), ..
        } => pause.max(*after),
        _ => pause,
    }
}

/// What Matrix says when it does not do what it was asked.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MatrixError {
    errcode: Option<String>,
    retry_after_ms: Option<u64>,
}

async fn understand(answer: Response) -> Result<(), SendError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    if status.is_redirection() {
        return Err(SendError::Redirects { status });
    }
    let asked = seconds(&answer);
    let said = said(answer).await;
    let passing = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
    ];
    if status.is_server_error() || passing.contains(&status) {
        let after = asked.or(said.retry_after_ms.map(Duration::from_millis));
        return Err(SendError::Later { status, after });
    }
    let word = |c: char| c.is_ascii_uppercase() || c == '_';
    let code = said.errcode.filter(|c| c.len() < 60 && c.chars().all(word));
    Err(SendError::Refused { status, code })
}

/// `Retry-After` in seconds; a date there is rare, and the usual pause does as well.
fn seconds(answer: &Response) -> Option<Duration> {
    let header = answer.headers().get(RETRY_AFTER)?;
    let seconds = header.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// What the server said, as far as it is read.
async fn said(mut answer: Response) -> MatrixError {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        let room = MAX_ANSWER.saturating_sub(bytes.len());
        bytes.extend(chunk.iter().take(room));
        if bytes.len() >= MAX_ANSWER {
            break;
        }
    }
    serde_json::from_slice(&bytes).unwrap_or_default()
}

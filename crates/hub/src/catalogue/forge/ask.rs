//! One request to a forge: tried, and tried again.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{
    Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER},
    redirect::Policy,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::super::{
    error::CatalogueError,
    limits::{FIRST_PAUSE, LONGEST_PAUSE, MAX_LEFT_ALONE, MAX_PAGE_BYTES, MAX_TRIES, REQUEST_TIME},
};

/// Asks forges.
#[derive(Debug, Clone)]
pub(in super::super) struct Client {
    http: reqwest::Client,
    first_pause: Duration,
}

/// What a forge answered.
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Whom to ask, as people call it, and with which token.
pub(super) struct Asked<'a> {
    pub(super) forge: &'a str,
    pub(super) token: Option<&'a SecretString>,
}

impl Client {
    pub(in super::super) fn new() -> Result<Self, CatalogueError> {
        allot_git::init_tls();
        let http = reqwest::Client::builder()
            .user_agent(concat!("allot-hub/", env!("CARGO_PKG_VERSION")))
            // A token is not carried elsewhere, and an address inside of our own network is nothing to be sent to.
            .redirect(Policy::none())
            .referer(false)
            .timeout(REQUEST_TIME)
            .pool_max_idle_per_host(1)
            .build()
            .map_err(CatalogueError::Client)?;
        Ok(Self {
            http,
            first_pause: FIRST_PAUSE,
        })
    }

    /// Asks for a page; again while that may help.
    pub(super) async fn get(&self, asked: &Asked<'_>, url: &Url) -> Result<Answer, CatalogueError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(MAX_TRIES - 1)
            .with_jitter();
        (|| self.try_once(asked, url))
            .retry(pauses)
            .sleep(tokio::time::sleep)
            .when(is_passing)
            .adjust(|error, pause| match error.after() {
                // Longer than a try waits: the next look will do.
                Some(after) if after > LONGEST_PAUSE => None,
                Some(after) => pause.map(|pause| pause.max(after)),
                None => pause,
            })
            .notify(|error, pause| {
                let pause = pause.as_millis();
                tracing::info!("again in {pause} ms: {}", error.told());
            })
            .await
    }

    async fn try_once(&self, asked: &Asked<'_>, url: &Url) -> Result<Answer, CatalogueError> {
        let mut request = self
            .http
            .get(url.clone())
            .header(ACCEPT, "application/json");
        if let Some(token) = asked.token {
            request = request.header(AUTHORIZATION, bearer(asked, token)?);
        }
        let answer = request.send().await;
        let answer = answer.map_err(|source| unreachable(asked, source))?;
        understand(asked, answer).await
    }
}

fn bearer(asked: &Asked<'_>, token: &SecretString) -> Result<HeaderValue, CatalogueError> {
    let text = SecretString::from(format!("token {}", token.expose_secret()));
    let mut value =
        HeaderValue::from_str(text.expose_secret()).map_err(|_| CatalogueError::Config {
            why: format!("the token for {} cannot be put into a request", asked.forge),
        })?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_passing(error: &CatalogueError) -> bool {
    matches!(
        error,
        CatalogueError::Unreachable { .. } | CatalogueError::Later { .. }
    )
}

fn unreachable(asked: &Asked<'_>, source: reqwest::Error) -> CatalogueError {
    CatalogueError::Unreachable {
        forge: asked.forge.to_owned(),
        source: source.without_url(),
    }
}

async fn understand(asked: &Asked<'_>, answer: Response) -> Result<Answer, CatalogueError> {
    let (forge, status) = (asked.forge.to_owned(), answer.status());
    if status.is_redirection() {
        let to = answer.headers().get(LOCATION);
        let to = to.and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
        let to: String = to.chars().filter(|c| !c.is_control()).take(200).collect();
        let what = format!("it answered {status}, to {to}");
        return Err(CatalogueError::Elsewhere { forge, what });
    }
    let passing = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
    ];
    if status.is_server_error() || passing.contains(&status) {
        let after = left_alone(answer.headers());
        return Err(CatalogueError::Later {
            forge,
            status,
            after,
        });
    }
    if !status.is_success() {
        return Err(CatalogueError::Refused { forge, status });
    }
    read(asked, answer).await
}

/// `Retry-After`, in seconds or as a date.
fn left_alone(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = rfc2822::parse(text).ok()?.timestamp();
            // One that has passed asks for no pause.
            let pause = date.duration_since(Timestamp::now());
            pause.try_into().unwrap_or_default()
        }
    };
    Some(pause.min(MAX_LEFT_ALONE))
}

/// Reads the body, as far as one may be.
async fn read(asked: &Asked<'_>, mut answer: Response) -> Result<Answer, CatalogueError> {
    let headers = std::mem::take(answer.headers_mut());
    let mut body = Vec::new();
    loop {
        let chunk = answer.chunk().await;
        match chunk.map_err(|source| unreachable(asked, source))? {
            None => return Ok(Answer { headers, body }),
            Some(chunk) if body.len() + chunk.len() > MAX_PAGE_BYTES => {
                return Err(CatalogueError::TooMuch {
                    forge: asked.forge.to_owned(),
                    what: format!("a page has more than {MAX_PAGE_BYTES} bytes"),
                });
            }
            Some(chunk) => body.extend_from_slice(&chunk),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forge_says_in_seconds_or_by_a_date_how_long_to_leave_it_alone() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            left_alone(&headers)
        };
        assert_eq!(of("120"), Some(Duration::from_secs(120)));
        assert_eq!(of(" 0 "), Some(Duration::ZERO));
        assert_eq!(of("99999999999"), Some(MAX_LEFT_ALONE));
        let soon = Timestamp::now() + Duration::from_secs(600);
        let soon = soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let told = of(&soon).unwrap().as_secs();
        assert!((590..=600).contains(&told), "{soon}: {told}");
        assert_eq!(of("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        for odd in ["-1", "soon", "1.5", ""] {
            assert_eq!(of(odd), None, "{odd}");
        }
    }
}

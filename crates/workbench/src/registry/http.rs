//! One question over HTTP: with a token where the registry wants one, and with an answer that has an end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use secrecy::ExposeSecret as _;

use super::RegistryError;
use super::challenge::{Challenge, Ticket, challenge};
use super::credentials::Found;
use crate::image::Repository;
use crate::limits::MAX_TOKEN_BYTES;

/// What a registry answered.
pub(super) struct Answer {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Questions about one image.
pub(super) struct Line<'a> {
    http: &'a reqwest::Client,
    base: Url,
    image: &'a Repository,
    found: &'a Found,
    /// What the registry wanted to see last time.
    ticket: Mutex<Option<Ticket>>,
}

impl<'a> Line<'a> {
    pub fn new(
        http: &'a reqwest::Client,
        base: Url,
        image: &'a Repository,
        found: &'a Found,
    ) -> Self {
        Self {
            http,
            base,
            image,
            found,
            ticket: Mutex::new(None),
        }
    }

    /// Asks for something below the image: `tags/list`, `manifests/1.0`.
    pub fn url(&self, what: &str) -> Result<Url, RegistryError> {
        let path = format!("/v2/{}/{what}", self.image.path);
        self.base
            .join(&path)
            .map_err(|error| self.no_registry(error.to_string()))
    }

    /// Asks, and reads at most so many bytes. `name` is what is told of when it fails.
    pub async fn ask(
        &self,
        url: &Url,
        accept: &str,
        most: usize,
        name: &str,
    ) -> Result<Answer, RegistryError> {
        let mut response = self.send(url, accept).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.log_in(response.headers()).await?;
            response = self.send(url, accept).await?;
        }
        self.understand(response.status(), name)?;
        let headers = response.headers().clone();
        let body = self.read(response, most).await?;
        Ok(Answer { headers, body })
    }

    async fn send(&self, url: &Url, accept: &str) -> Result<Response, RegistryError> {
        let request = self.http.get(url.clone()).header(ACCEPT, accept);
        let request = match &*self.ticket() {
            Some(Ticket::Bearer(token)) => request.bearer_auth(token.expose_secret()),
            Some(Ticket::Login) => self.with_login(request),
            None => request,
        };
        request.send().await.map_err(|error| self.failed(error))
    }

    fn with_login(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.found.login {
            Some(login) => request.basic_auth(&login.user, Some(login.password.expose_secret())),
            None => request,
        }
    }

    /// Gets what the registry wants to see.
    async fn log_in(&self, refused: &HeaderMap) -> Result<(), RegistryError> {
        let challenge = match challenge(refused) {
            Some(challenge) => Some(challenge),
            // Some say it only where docker looks for it.
            None => {
                let url = self.base.join("/v2/");
                let url = url.map_err(|error| self.no_registry(error.to_string()))?;
                challenge(self.send(&url, "*/*").await?.headers())
            }
        };
        let ticket = match challenge {
            Some(Challenge::Bearer {
                realm,
                service,
                scope,
            }) => {
                let url = self.realm(&realm, service, scope)?;
                Ticket::Bearer(self.token(url).await?)
            }
            Some(Challenge::Basic) if self.found.login.is_some() => Ticket::Login,
            Some(Challenge::Basic) | None => return Err(self.denied()),
        };
        *self.ticket() = Some(ticket);
        Ok(())
    }

    /// Where tokens are. A password goes there, so never without TLS; only a registry of this machine may do without.
    fn realm(
        &self,
        realm: &str,
        service: Option<String>,
        scope: Option<String>,
    ) -> Result<Url, RegistryError> {
        let shown: String = realm.chars().take(100).collect();
        let mut url = Url::parse(realm)
            .map_err(|error| self.no_registry(format!("its tokens are at `{shown}`: {error}")))?;
        if url.scheme() != "https" && url.scheme() != self.base.scheme() {
            return Err(self.no_registry(format!("its tokens are at `{shown}`, without TLS")));
        }
        let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", self.image.path));
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = service {
                query.append_pair("service", &service);
            }
            query.append_pair("scope", &scope);
        }
        Ok(url)
    }

    async fn token(&self, url: Url) -> Result<secrecy::SecretString, RegistryError> {
        #[derive(serde::Deserialize)]
        struct Token {
            token: Option<String>,
            access_token: Option<String>,
        }
        let request = self.with_login(self.http.get(url));
        let response = request.send().await.map_err(|error| self.failed(error))?;
        match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(self.denied()),
            status => self.understand(status, &self.image.to_string())?,
        }
        let body = self.read(response, MAX_TOKEN_BYTES).await?;
        // Nothing of the text itself is told: it is a secret.
        let read = serde_json::from_slice::<Token>(&body).ok();
        read.and_then(|read| read.token.or(read.access_token))
            .map(Into::into)
            .ok_or_else(|| self.no_registry("where it has tokens, there is none".to_owned()))
    }

    async fn read(&self, mut response: Response, most: usize) -> Result<Vec<u8>, RegistryError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + chunk.len() > most {
                return Err(RegistryError::TooMuch {
                    image: self.image.to_string(),
                    what: "bytes in one answer",
                    limit: most,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The status alone says it; what else the answer holds may be a page for people.
    fn understand(&self, status: StatusCode, name: &str) -> Result<(), RegistryError> {
        let image = name.to_owned();
        match status {
            StatusCode::OK => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(self.denied()),
            StatusCode::NOT_FOUND => Err(RegistryError::NoSuchImage { image }),
            StatusCode::TOO_MANY_REQUESTS => Err(RegistryError::Busy { image }),
            status if status.is_server_error() => Err(RegistryError::Unreachable {
                image,
                source: format!("it answers {status}").into(),
            }),
            status => Err(self.no_registry(format!("it answers {status}"))),
        }
    }

    fn failed(&self, error: reqwest::Error) -> RegistryError {
        // The address is that of the image, with a query that tells nobody anything.
        let error = error.without_url();
        if error.is_redirect() || error.is_builder() {
            return self.no_registry(error.to_string());
        }
        RegistryError::Unreachable {
            image: self.image.to_string(),
            source: Box::new(error),
        }
    }

    fn denied(&self) -> RegistryError {
        RegistryError::Denied {
            image: self.image.to_string(),
            credentials: self.found.trouble.clone(),
        }
    }

    pub fn no_registry(&self, why: String) -> RegistryError {
        RegistryError::NotARegistry {
            image: self.image.to_string(),
            source: why.into(),
        }
    }

    fn ticket(&self) -> MutexGuard<'_, Option<Ticket>> {
        // A poisoned lock only means that a reader panicked; what is behind it is whole.
        self.ticket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

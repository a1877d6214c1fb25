//! How others come in: an application is signed with the applicant's key, and a member vouches with it.

use allot_ledger::{
    Author, Body, Digest, Entry, Envelope, Slug,
    entry::{Application, Content, Kind, Size},
    state::{State, Status},
};
use serde::{Deserialize, Serialize};

use super::{
    Federation,
    error::{FederationError, Result},
    keys::KeyError,
    member::Member,
    members::{check_contact, profile},
    write::{Recorded, to_the_end},
};

/// Bytes that a contact's hash is salted with.
const SALT: usize = 16;

/// What an applicant says (Resolution 002).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplicationForm {
    /// Name of the collective.
    pub name: String,
    /// Its web site; none when empty.
    pub website: String,
    /// Who they are, and why.
    pub summary: String,
    /// Whom to ask; none when empty.
    pub contact: String,
    /// The member that will vouch; none when empty.
    pub sponsor: String,
    /// The entry's number; 0 for the next one as this agent knows it.
    pub seq: u64,
}

/// An application as it is sent to a member. The contact is for the hub and the members, and only its salted hash is in
/// what was signed.
#[derive(Serialize, Deserialize)]
struct Parcel {
    envelope: Envelope,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    contact: String,
    /// Hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    salt: String,
}

impl Federation {
    /// Signs an application to a federation with the collective's key. Nothing is sent.
    ///
    /// # Errors
    /// The agent has no key of a collective, or a field is no good.
    pub async fn make_application(
        &self,
        federation: &str,
        form: ApplicationForm,
    ) -> Result<String> {
        let federation: Digest = federation
            .parse()
            .map_err(|_| FederationError::BadRequest {
                what: "the federation",
                why: "is named by a hash of 64 hexadecimal digits".to_owned(),
            })?;
        let key = self.keys.load()?.ok_or(KeyError::Missing)?;
        let author = Author::Collective(key.collective.clone());
        let sponsor = Some(form.sponsor).filter(|s| !s.is_empty());
        let sponsor = sponsor.map(|s| s.parse::<Slug>()).transpose()?;
        if !form.contact.is_empty() {
            check_contact(&form.contact)?;
        }
        if form.summary.trim().is_empty() {
            return Err(FederationError::BadRequest {
                what: "the summary",
                why: "is empty".to_owned(),
            });
        }
        let salt: [u8; SALT] = rand::random();
        let has_contact = !form.contact.is_empty();
        let application = Application {
            key: key.secret.public(),
            profile: profile(form.name, form.website),
            summary: form.summary,
            sponsor,
            contact: has_contact.then(|| contact_digest(&salt, &form.contact)),
        };
        application.check()?;
        let entry = Entry {
            federation: federation.to_string(),
            seq: match form.seq {
                0 => self.next_seq(federation, &author).await,
                seq => seq,
            },
            author,
            at: self.clock.now(),
            body: Body::Apply(Box::new(application)),
        };
        let parcel = Parcel {
            envelope: Envelope::sign(&entry, &key.secret)?,
            salt: if has_contact {
                hex::encode(salt)
            } else {
                String::new()
            },
            contact: form.contact,
        };
        serde_json::to_string_pretty(&parcel).map_err(|error| bad_application(&error.to_string()))
    }

    /// The number of the collective's next entry: the first one, unless this agent has that federation's log.
    async fn next_seq(&self, federation: Digest, author: &Author) -> u64 {
        let Ok(member) = self.member() else {
            return 1;
        };
        match member.book().await {
            Ok(book) if book.state().federation() == federation => book.state().next_seq(author),
            _ => 1,
        }
    }

    /// Brings an application into the log, and opens the resolution that admits the applicant.
    ///
    /// # Errors
    /// It is none, or none for this federation; too few have witnessed it; or as for all entries.
    pub async fn vouch(
        &self,
        application: &str,
        text: String,
        deadline: Option<jiff::Timestamp>,
        by: &str,
    ) -> Result<Recorded> {
        let parcel = read(application)?;
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move { member.vouch(parcel, text, deadline, &by).await }).await
    }
}

impl Member {
    async fn vouch(
        &self,
        parcel: Parcel,
        text: String,
        deadline: Option<jiff::Timestamp>,
        by: &str,
    ) -> Result<Recorded> {
        let hub = self.at_head().await?;
        let (applicant, application) = self.applicant(&parcel).await?;
        if self.has_applied(&applicant, &application).await? {
            // Which of the entries it is does not matter: it is among them.
            self.may_act_on_all().await?;
        } else {
            let brought = self.bring(&parcel.envelope, by).await?;
            self.may_act_on(brought.index).await?;
        }
        let mut warnings = Vec::new();
        if !parcel.contact.is_empty() {
            let salt = hex::decode(&parcel.salt).unwrap_or_default();
            if let Err(error) = hub.put_contact(&applicant, &parcel.contact, salt).await {
                warnings.push(format!("the hub did not take their contact: {error}"));
            }
        }
        let text = if text.trim().is_empty() {
            self.introduction(&applicant, &application)
        } else {
            text
        };
        let title = format!("{} joins", application.profile.name);
        let content = Content {
            title,
            size: Size::Large,
            kind: Kind::Admit {
                collective: applicant,
                key: application.key,
            },
            text: self.put_text(&text, &hub).await?,
        };
        let deadline = match deadline {
            Some(deadline) => deadline,
            None => self.usual_deadline().await?,
        };
        let body = Body::Propose {
            draft: None,
            content: Box::new(content),
            deadline,
        };
        let mut recorded = self.write(&body, by).await?;
        recorded.warnings.extend(warnings);
        Ok(recorded)
    }

    /// Who applies, once it is certain that they signed it for this federation.
    async fn applicant(&self, parcel: &Parcel) -> Result<(Slug, Application)> {
        let entry = parcel.envelope.entry()?;
        let (Author::Collective(slug), Body::Apply(application)) = (entry.author, entry.body)
        else {
            return Err(bad_application("what was signed is something else"));
        };
        parcel.envelope.verify(&application.key)?;
        let ours = self.book().await?.state().federation();
        if entry.federation != ours.to_string() {
            return Err(bad_application("it is for another federation"));
        }
        Ok((slug, *application))
    }

    async fn has_applied(&self, slug: &Slug, application: &Application) -> Result<bool> {
        let book = self.book().await?;
        Ok(is_waiting(book.state(), slug, application))
    }

    fn introduction(&self, slug: &Slug, application: &Application) -> String {
        let profile = &application.profile;
        let mut text = format!(
            "{} would like to join the federation.\n\n{}\n\n",
            profile.name, application.summary
        );
        if let Some(website) = &profile.website {
            text.push_str(&format!("- Web site: {website}\n"));
        }
        text.push_str(&format!(
            "- Vouched for by: {}\n",
            self.membership.collective
        ));
        let key = application.key.verifier_key(slug.as_str());
        text.push_str(&format!("- Key: `{key}`\n"));
        text
    }
}

/// Whether exactly this waits. With other words it is another one: members decide on what is in the log.
fn is_waiting(state: &State, slug: &Slug, application: &Application) -> bool {
    let known = state
        .collective(slug)
        .filter(|c| c.status == Status::Applied);
    let said = known.and_then(|c| c.application.as_ref());
    said.is_some_and(|said| said.says_the_same(application))
}

/// Reads an application: an envelope, or an object that holds one.
fn read(text: &str) -> Result<Parcel> {
    let json: serde_json::Value =
        serde_json::from_str(text).map_err(|error| bad_application(&error.to_string()))?;
    let whole = match json.get("envelope") {
        Some(serde_json::Value::String(inner)) => {
            let envelope = serde_json::from_str(inner);
            let mut json = json.clone();
            if let (Some(place), Ok(envelope)) = (json.get_mut("envelope"), envelope) {
                *place = envelope;
            }
            json
        }
        Some(_) => json,
        None => serde_json::json!({ "envelope": json }),
    };
    serde_json::from_value(whole).map_err(|error| bad_application(&error.to_string()))
}

/// What the log has of a contact.
fn contact_digest(salt: &[u8], contact: &str) -> Digest {
    Digest::of(&[salt, contact.as_bytes()].concat())
}

fn bad_application(why: &str) -> FederationError {
    FederationError::BadRequest {
        what: "the application",
        why: format!("cannot be used: {why}"),
    }
}

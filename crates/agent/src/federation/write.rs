//! Writing entries: signed with the collective's key, taken by the hub, and found again in the own copy of the log before
//! anybody is told that they are there.

use allot_ledger::{
    Author, Body, Entry, Envelope, Leaf,
    log::{SignedCheckpoint, verify_inclusion},
    state::{Ballot, Event},
};
use jiff::Timestamp;
use tokio::{sync::oneshot, time::timeout};

use super::{
    error::{FederationError, Result},
    hub::{Appended, Hub, HubError, Stretch},
    member::Member,
    memory::Known,
    news,
    sent::Folded,
};
use crate::limits::WRITE_TRIES;

/// What the hub says when another agent of the collective wrote meanwhile: the number was used, one is missing before
/// it, or the key was replaced.
const OUTRUN: [&str; 4] = ["AL-8404", "AL-8405", "AL-8403", "AL-8013"];

/// An entry that is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Where.
    pub index: u64,
    /// When the hub took it.
    pub time: Timestamp,
    /// Its kind, such as `vote`.
    pub kind: &'static str,
    /// The resolution it is about.
    pub resolution: Option<u32>,
    /// What its author should know.
    pub warnings: Vec<String>,
}

/// An entry that was signed, with what it rests on.
struct Signed {
    envelope: Envelope,
    author: Author,
    seq: u64,
    /// How long the own copy was then: if the entry is in the log, it is not before that.
    from: u64,
}

impl Member {
    /// Writes an entry of the collective.
    ///
    /// # Errors
    /// The hub is away, the rules refuse it, or it is not known whether it was taken.
    pub(super) async fn write(&self, body: &Body, by: &str) -> Result<Recorded> {
        let _one = self.writing.lock().await;
        let before = self.ballot_before(body).await?;
        for _ in 0..WRITE_TRIES {
            let hub = self.at_head().await?;
            let signed = self.sign(body).await?;
            let mut folded = self.sent.expect(&signed.envelope, by)?;
            let error = match self.hand_in(hub, &signed.envelope, &mut folded).await {
                Ok(folded) => return Ok(recorded(body, &folded, before.as_ref())),
                Err(error) => error,
            };
            // Only when the own copy says that the number is used, and by another entry, is there another signature: what
            // the hub holds back can then never count beside the one that is signed next, and what it took counts once.
            if !is_outrun(&error) || !self.is_used(&signed).await? {
                return Err(error);
            }
            if let Some(folded) = self.is_there(&signed, folded).await? {
                return Ok(recorded(body, &folded, before.as_ref()));
            }
        }
        Err(FederationError::Outrun { tries: WRITE_TRIES })
    }

    /// Brings an entry that somebody else signed: an applicant's.
    pub(super) async fn bring(&self, envelope: &Envelope, by: &str) -> Result<Folded> {
        let _one = self.writing.lock().await;
        let hub = self.at_head().await?;
        let entry = envelope.entry()?;
        let signed = Signed {
            envelope: envelope.clone(),
            author: entry.author,
            seq: entry.seq,
            from: self.size(),
        };
        let mut folded = self.sent.expect(envelope, by)?;
        let error = match self.hand_in(hub, envelope, &mut folded).await {
            Ok(folded) => return Ok(folded),
            Err(error) => error,
        };
        if !is_outrun(&error) || !self.is_used(&signed).await? {
            return Err(error);
        }
        self.is_there(&signed, folded).await?.ok_or(error)
    }

    /// The connection, once the own copy has all that the hub has.
    pub(super) async fn at_head(&self) -> Result<Hub> {
        let mut link = self.link.subscribe();
        let settled = link.wait_for(|link| link.hub.is_none() || link.at_head);
        let settled = timeout(self.options.fold, settled).await;
        let link = match settled {
            Ok(Ok(link)) => link.clone(),
            _ => return Err(self.away()),
        };
        match (link.hub, link.problem) {
            (Some(hub), _) => Ok(hub),
            (None, Some(told)) if !told.is_passing => Err(FederationError::Told(Box::new(told))),
            (None, _) => Err(self.away()),
        }
    }

    fn away(&self) -> FederationError {
        FederationError::HubAway {
            address: self.membership.hub.clone(),
        }
    }

    async fn sign(&self, body: &Body) -> Result<Signed> {
        let book = self.log()?.book().await;
        let state = book.state();
        let author = Author::Collective(self.membership.collective.clone());
        let seq = state.next_seq(&author);
        let entry = Entry {
            federation: state.federation().to_string(),
            author: author.clone(),
            seq,
            at: self.clock.now(),
            body: body.clone(),
        };
        let key = self.signing_key(state)?;
        let envelope = Envelope::sign(&entry, &key.secret)?;
        Ok(Signed {
            envelope,
            author,
            seq,
            from: book.size(),
        })
    }

    /// Hands an entry in, and waits until it is in the own copy. Without an answer the same entry is handed in again:
    /// its number sees to it that it counts once.
    async fn hand_in(
        &self,
        mut hub: Hub,
        envelope: &Envelope,
        folded: &mut oneshot::Receiver<Folded>,
    ) -> Result<Folded> {
        let bytes = serde_json::to_vec(envelope).map_err(allot_ledger::entry::BadLeaf::from)?;
        for _ in 0..WRITE_TRIES {
            match hub.append(bytes.clone()).await {
                Ok(answer) => return self.taken(&answer, envelope, folded).await,
                Err(error) if error.is_away() => match self.after_a_break(folded).await {
                    Some(Found::Folded(folded)) => return Ok(*folded),
                    Some(Found::Back(back)) => hub = back,
                    None => {
                        let source = Box::new(error);
                        return Err(FederationError::Unanswered { source });
                    }
                },
                // It may be the one whose answer was lost.
                Err(error) => return folded.try_recv().map_err(|_| error.into()),
            }
        }
        Err(self.away())
    }

    /// Waits for the entry, or for the hub to be back without it.
    async fn after_a_break(&self, folded: &mut oneshot::Receiver<Folded>) -> Option<Found> {
        let mut link = self.link.subscribe();
        let back = async {
            link.wait_for(|link| link.hub.is_none()).await.ok()?;
            let link = link.wait_for(|link| link.at_head).await.ok()?;
            link.hub.clone()
        };
        let found = async {
            tokio::select! {
                biased;
                folded = folded => folded.ok().map(|f| Found::Folded(Box::new(f))),
                hub = back => hub.map(Found::Back),
            }
        };
        timeout(self.options.fold, found).await.ok().flatten()
    }

    /// Holds the hub's answer against what was handed in and against what the stream brings.
    async fn taken(
        &self,
        answer: &Appended,
        envelope: &Envelope,
        folded: &mut oneshot::Receiver<Folded>,
    ) -> Result<Folded> {
        let checked = self.check_answer(answer, envelope).await;
        let signed = checked.inspect_err(|error| self.is_wrong(error))?;
        self.remember_promise(&signed).await?;
        let folded = timeout(self.options.fold, self.shown(answer, &signed, folded)).await;
        let folded = folded.ok().flatten().ok_or(FederationError::NotShown {
            index: answer.index,
            seconds: self.options.fold.as_secs(),
        })?;
        self.check_folded(answer, &signed, &folded)
            .await
            .inspect_err(|error| self.is_wrong(error))?;
        Ok(folded)
    }

    /// Waits until the stream has brought the entry. Whoever leaves is cut off before it is shown that it left: then the
    /// answer is taken as what the stream would have brought, since it proves as much.
    async fn shown(
        &self,
        answer: &Appended,
        signed: &SignedCheckpoint,
        folded: &mut oneshot::Receiver<Folded>,
    ) -> Option<Folded> {
        let mut link = self.link.subscribe();
        tokio::select! {
            biased;
            folded = &mut *folded => return folded.ok(),
            lost = link.wait_for(|link| link.hub.is_none()) => drop(lost.ok()?),
        }
        if signed.checkpoint().size == answer.index + 1 {
            let stretch = Stretch {
                first: answer.index,
                leaves: vec![answer.leaf.clone()],
                checkpoint: answer.checkpoint.clone(),
            };
            if let Err(error) = self.take_next(&stretch).await {
                tracing::debug!(
                    code = error.code(),
                    "the hub's answer is not taken: {error}"
                );
            }
        }
        folded.await.ok()
    }

    async fn check_answer(
        &self,
        answer: &Appended,
        envelope: &Envelope,
    ) -> Result<SignedCheckpoint> {
        let leaf = Leaf::from_bytes(&answer.leaf).ok();
        if leaf.is_none_or(|leaf| leaf.envelope != *envelope) {
            return Err(FederationError::FalseAnswer {
                why: "it is about another entry than was handed in".to_owned(),
            });
        }
        let book = self.log()?.book().await;
        let hub = book.state().serving_hub();
        let signed = SignedCheckpoint::read(&answer.checkpoint, &hub.origin, &hub.log)?;
        let checkpoint = signed.checkpoint();
        let (size, root) = (checkpoint.size, checkpoint.root);
        verify_inclusion(&answer.proof, &answer.leaf, answer.index, size, root)?;
        Ok(signed)
    }

    /// Holds the hub to its answer, also after a restart: an entry that it took and does not show is a fork.
    async fn remember_promise(&self, signed: &SignedCheckpoint) -> Result<()> {
        let mut memory = self.memory.lock().await;
        let size = signed.checkpoint().size;
        if memory.promised.as_ref().is_some_and(|p| p.size >= size) {
            return Ok(());
        }
        let mut new = memory.clone();
        new.promised = Some(Known::of(signed));
        self.write_memory(&new).await?;
        *memory = new;
        Ok(())
    }

    async fn check_folded(
        &self,
        answer: &Appended,
        signed: &SignedCheckpoint,
        folded: &Folded,
    ) -> Result<()> {
        let memory = self.memory.lock().await;
        let log = self.log()?;
        let own = log.leaf(folded.index).await?;
        let book = log.book().await;
        let checkpoint = signed.checkpoint();
        let other = |root| root != checkpoint.root;
        let is_other_log = book.tree().root_at(checkpoint.size).is_some_and(other);
        if is_other_log {
            self.look_for_proof(&memory, &book, signed);
        }
        if is_other_log || folded.index != answer.index || own.as_ref() != Some(&answer.leaf) {
            return Err(FederationError::FalseAnswer {
                why: "it puts the entry elsewhere than the log does".to_owned(),
            });
        }
        Ok(())
    }

    /// Whether the own copy says that the entry's number is used, now or in a moment.
    async fn is_used(&self, signed: &Signed) -> Result<bool> {
        let log = self.log()?;
        let mut size = log.size();
        let used = async {
            while log.book().await.state().next_seq(&signed.author) == signed.seq {
                if size.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        Ok(timeout(self.options.fold, used).await.unwrap_or(false))
    }

    /// The entry itself, when it is what used its number. The log is asked and not only who waits for it: between the
    /// two an entry can be in the log that nobody was told of so far.
    async fn is_there(
        &self,
        signed: &Signed,
        folded: oneshot::Receiver<Folded>,
    ) -> Result<Option<Folded>> {
        let Some((index, leaf)) = self.find(signed).await? else {
            return Ok(None);
        };
        let told = timeout(self.options.fold, folded).await;
        Ok(Some(told.ok().and_then(|told| told.ok()).unwrap_or(
            Folded {
                index,
                time: leaf.time,
                events: Vec::new(),
            },
        )))
    }

    /// Looks for the entry in what came since it was signed.
    async fn find(&self, signed: &Signed) -> Result<Option<(u64, Leaf)>> {
        let log = self.log()?;
        let mut index = signed.from;
        loop {
            let some = log.leaves(index).await?;
            if some.is_empty() {
                return Ok(None);
            }
            for bytes in some {
                let leaf = Leaf::from_bytes(&bytes);
                if let Some(leaf) = leaf.ok().filter(|leaf| leaf.envelope == signed.envelope) {
                    return Ok(Some((index, leaf)));
                }
                index += 1;
            }
        }
    }

    /// The vote that a new one would take the place of.
    async fn ballot_before(&self, body: &Body) -> Result<Option<Ballot>> {
        let Body::Vote { resolution, .. } = body else {
            return Ok(None);
        };
        let book = self.log()?.book().await;
        let found = book.state().resolution(*resolution);
        let ballot = found.and_then(|r| r.ballots.get(&self.membership.collective));
        Ok(ballot.cloned())
    }
}

/// What was found after the connection broke.
enum Found {
    /// The entry is in the log.
    Folded(Box<Folded>),
    /// The hub is back, and it was not.
    Back(Hub),
}

fn is_outrun(error: &FederationError) -> bool {
    matches!(error, FederationError::Hub(HubError::Said(_))) && OUTRUN.contains(&error.code())
}

fn recorded(body: &Body, folded: &Folded, before: Option<&Ballot>) -> Recorded {
    Recorded {
        index: folded.index,
        time: folded.time,
        kind: body.kind(),
        resolution: resolution(body, &folded.events),
        warnings: folded
            .events
            .iter()
            .filter_map(|event| warning(event, before))
            .collect(),
    }
}

fn resolution(body: &Body, events: &[Event]) -> Option<u32> {
    match body {
        Body::Revise { resolution, .. }
        | Body::Vote { resolution, .. }
        | Body::Escalate { resolution, .. }
        | Body::Withdraw { resolution, .. }
        | Body::Close { resolution } => Some(*resolution),
        _ => events.iter().find_map(|event| match event {
            Event::Opened { resolution, .. } | Event::Drafted { resolution, .. } => {
                Some(*resolution)
            }
            Event::Closed { resolution, .. } if matches!(body, Body::Propose { .. }) => {
                Some(*resolution)
            }
            _ => None,
        }),
    }
}

fn warning(event: &Event, before: Option<&Ballot>) -> Option<String> {
    match event {
        Event::Opened {
            deadline,
            short_notice: true,
            ..
        } => Some(format!(
            "the vote ends {deadline}, which is sooner than the rules' days: everybody is told"
        )),
        Event::Voted {
            replaced: Some(old),
            ..
        } => {
            let since = before.map_or(String::new(), |b| format!(", cast {}", b.time));
            Some(format!(
                "it takes the place of the collective's vote {}{since}",
                news::name(*old)
            ))
        }
        _ => None,
    }
}

/// Runs something to its end even if the caller goes away in the middle, as gRPC callers may.
pub(super) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work).await.unwrap_or_else(|error| {
        Err(FederationError::Worker {
            what: error.to_string(),
        })
    })
}

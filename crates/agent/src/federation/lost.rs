//! What was lost with a hub. A hub that is rebuilt from a member's copy has what that copy had; another member may have
//! seen more, and holds the new hub to it. It goes on with less only when it is told to, when more than half of the members
//! have accepted that hub (L9), and when the two logs part exactly where the new hub took over; and it says what is gone.

use std::sync::Arc;

use allot_ledger::{Author, Body, Digest, Entry, Envelope, Leaf, log::Tree};
use allot_replica::Replica;
use serde::{Deserialize, Serialize};

use super::{
    Federation,
    error::{FederationError, Result},
    member::Member,
    memory::{Known, Memory},
    notices::Notice,
    summary::summary,
};
use crate::limits::{LOST_TOLD, NOTICES};

/// Who is told to have brought an entry again.
const AGAIN: &str = "this agent, after a hub was lost";

/// What an agent gave up with a lost hub's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaveUp {
    /// The largest that the collective's key had cosigned there: nothing as small is cosigned again (L6).
    pub cosigned: u64,
    /// It was held against the new hub's log.
    pub is_checked: bool,
}

/// What the agent had at the lost hub.
pub(super) struct Before {
    log: Arc<Replica>,
    memory: Memory,
}

/// An own entry that is gone.
struct Gone {
    index: u64,
    envelope: Envelope,
    entry: Entry,
}

impl Federation {
    /// What is held against another hub's log before anything of it is given up.
    pub(super) async fn before_loss(&self) -> Result<Before> {
        let member = self.member()?;
        let memory = member.memory.lock().await.clone();
        let log = Arc::clone(member.log()?);
        Ok(Before { log, memory })
    }

    /// Begins with an empty copy, and remembers nothing but what was cosigned. What was there is kept aside.
    pub(super) async fn give_up(&self, before: &Before) -> Result<()> {
        self.end().await;
        let home = self.home.clone();
        let gave_up = GaveUp {
            cosigned: before.memory.most_cosigned(),
            is_checked: false,
        };
        let done = tokio::task::spawn_blocking(move || {
            home.set_lost_ledger_aside()?;
            let memory = Memory {
                gave_up: Some(gave_up),
                ..Memory::nothing()
            };
            memory.write(&home)
        });
        done.await.map_err(|error| FederationError::Worker {
            what: error.to_string(),
        })??;
        Ok(())
    }
}

impl Member {
    /// Holds the new hub's log against what the agent had, and says what is gone.
    ///
    /// # Errors
    /// Too few members have accepted the hub, or the logs part elsewhere than where it took over.
    pub(super) async fn take_loss(&self, before: &Before) -> Result<Vec<String>> {
        if !self.is_accepted().await {
            return Err(FederationError::NotAccepted);
        }
        let same = {
            let old = before.log.book().await;
            let new = self.log()?.book().await;
            common(old.tree(), new.tree())
        };
        let is_shorter = before.log.book().await.size() == same;
        if !is_shorter && !self.takes_over(same).await? {
            return Err(FederationError::PartsElsewhere { entry: same });
        }
        let mut told = self.bring_again(before, same).await?;
        told.extend(unseen(&before.memory, *before.log.size().borrow()));
        self.is_checked().await?;
        let time = self.clock.now();
        let notice = |text: &String| Notice {
            time,
            text: text.clone(),
        };
        self.notices
            .add(told.iter().take(NOTICES).map(notice).collect());
        Ok(told)
    }

    /// Whether a new hub took over with an entry.
    async fn takes_over(&self, index: u64) -> Result<bool> {
        let Some(leaf) = self.log()?.leaf(index).await? else {
            return Ok(false);
        };
        let entry = Leaf::from_bytes(&leaf)?.envelope.entry()?;
        let is_new_hub = matches!(entry.body, Body::HubReplaced { .. });
        Ok(entry.author == Author::Hub && is_new_hub)
    }

    /// Hands own entries in again that are gone, as they were signed: nothing is signed anew without a delegate.
    async fn bring_again(&self, before: &Before, same: u64) -> Result<Vec<String>> {
        let own = Author::Collective(self.membership.collective.clone());
        let (mut gone, mut others) = (Vec::new(), 0_u64);
        let mut index = same;
        loop {
            let some = before.log.leaves(index).await?;
            if some.is_empty() {
                break;
            }
            for leaf in some {
                let envelope = Leaf::from_bytes(&leaf)?.envelope;
                let entry = envelope.entry()?;
                if entry.author == own && gone.len() < LOST_TOLD {
                    gone.push(Gone {
                        index,
                        envelope,
                        entry,
                    });
                } else {
                    others += 1;
                }
                index += 1;
            }
        }
        let mut told = Vec::new();
        for gone in gone {
            told.push(self.bring_one_again(&gone).await);
        }
        if others > 0 {
            told.push(format!(
                "{others} other entries were lost with the hub; those who wrote them can bring them again, and \
                 `ledger.lost-*` beside this agent's ledger has them"
            ));
        }
        Ok(told)
    }

    async fn bring_one_again(&self, gone: &Gone) -> String {
        let (index, what) = (gone.index, summary(&gone.entry.body));
        let lost = format!("entry {index} of this collective ({what}) was lost with the hub");
        let next = match self.log() {
            Ok(log) => log.book().await.state().next_seq(&gone.entry.author),
            Err(_) => 0,
        };
        if next != gone.entry.seq {
            return format!("{lost}; its number was used meanwhile: write it again");
        }
        match self.bring(&gone.envelope, AGAIN).await {
            Ok(folded) => format!("{lost}, and is in the log again as {}", folded.index),
            Err(error) => format!("{lost}, and was not taken again: {error}"),
        }
    }

    async fn is_checked(&self) -> Result<()> {
        let mut memory = self.memory.lock().await;
        let mut new = memory.clone();
        if let Some(gave_up) = &mut new.gave_up {
            gave_up.is_checked = true;
        }
        self.write_memory(&new).await?;
        *memory = new;
        Ok(())
    }
}

/// What the lost hub said it took, and no copy here has.
fn unseen(memory: &Memory, size: u64) -> Option<String> {
    let promised = memory
        .promised
        .as_ref()
        .map(|promised: &Known| promised.size);
    promised.filter(|promised| *promised > size).map(|_| {
        "the lost hub said that it took an entry of this collective that it never sent: look what is missing".to_owned()
    })
}

/// How many entries two logs have in common.
fn common(one: &Tree, other: &Tree) -> u64 {
    let root = |tree: &Tree, size| -> Option<Digest> { tree.root_at(size) };
    let (mut same, mut parted) = (0, one.size().min(other.size()) + 1);
    // Logs that part never meet again.
    while parted - same > 1 {
        let middle = same + (parted - same) / 2;
        match root(one, middle) == root(other, middle) {
            true => same = middle,
            false => parted = middle,
        }
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(leaves: &str) -> Tree {
        let mut tree = Tree::default();
        leaves
            .chars()
            .for_each(|c| tree.push(c.to_string().as_bytes()));
        tree
    }

    #[test]
    fn logs_have_in_common_what_comes_before_they_part() {
        for (one, other, same) in [
            ("", "", 0),
            ("a", "", 0),
            ("a", "b", 0),
            ("abc", "abc", 3),
            ("abc", "abcdefgh", 3),
            ("abcdxfgh", "abcdefgh", 4),
            ("xbc", "abc", 0),
        ] {
            assert_eq!(common(&tree(one), &tree(other)), same, "{one} {other}");
            assert_eq!(common(&tree(other), &tree(one)), same, "{one} {other}");
        }
    }
}

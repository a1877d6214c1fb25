//! What delegates should know and nobody asked: a vote that a colleague replaced, a key that was replaced.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::home::Home;
use crate::limits::NOTICES;

const FILE: &str = "notices.json";

/// How long something is news.
const NEWS: SignedDuration = SignedDuration::from_hours(24 * 30);

/// After how long the same thing is news again.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// When it happened.
    pub time: Timestamp,
    /// What.
    pub text: String,
}

/// All of them, oldest first, on disk.
#[derive(Debug)]
pub struct Notices {
    home: Home,
    kept: Mutex<Vec<Notice>>,
}

impl Notices {
    /// Those on disk; none when they cannot be read.
    #[must_use]
    pub fn open(home: Home) -> Self {
        let kept = home.read_json(FILE).unwrap_or_else(|error| {
            tracing::warn!(code = error.code(), "notices are lost: {error}");
            None
        });
        Self {
            home,
            kept: Mutex::new(kept.unwrap_or_default()),
        }
    }

    /// Keeps new ones, and says them in the log. Writes to the disk.
    pub fn add(&self, new: Vec<Notice>) {
        if new.is_empty() {
            return;
        }
        for notice in &new {
            tracing::warn!(time = %notice.time, "{}", notice.text);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(new);
        let over = kept.len().saturating_sub(NOTICES);
        kept.drain(..over);
        if let Err(error) = self.home.write_json(FILE, &*kept) {
            tracing::warn!(code = error.code(), "a notice is not on disk: {error}");
        }
    }

    /// Keeps one, unless one that begins with `begins` was kept less than a day before it: a hub that does the same over
    /// and over must not push out everything else.
    pub fn add_once(&self, begins: &str, new: Notice) {
        let is_known = {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.iter().any(|old| {
                old.text.starts_with(begins) && new.time.duration_since(old.time) < AGAIN
            })
        };
        if !is_known {
            self.add(vec![new]);
        }
    }

    /// What is still news, newest first.
    #[must_use]
    pub fn news(&self, now: Timestamp) -> Vec<Notice> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |notice: &&Notice| now.duration_since(notice.time) < NEWS;
        kept.iter().rev().filter(fresh).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn the_same_thing_is_told_once_a_day() {
        let dir = TempDir::new().unwrap();
        let notices = Notices::open(Home::of(dir.path()));
        let now = Timestamp::now();
        let again = |text: &str, time| {
            let text = text.to_owned();
            notices.add_once("a lie", Notice { time, text });
            notices.news(time).len()
        };
        assert_eq!(again("a lie: one", now), 1);
        assert_eq!(again("a lie: two", now + AGAIN / 2), 1);
        assert_eq!(again("a lie: three", now + AGAIN), 2);
    }

    #[test]
    fn notices_survive_a_restart_and_are_bounded() {
        let dir = TempDir::new().unwrap();
        let notices = Notices::open(Home::of(dir.path()));
        let now = Timestamp::now();
        let one = |n: usize| Notice {
            time: now,
            text: n.to_string(),
        };
        notices.add((0..NOTICES + 5).map(one).collect());
        let again = Notices::open(Home::of(dir.path()));
        let news = again.news(now);
        assert_eq!(news.len(), NOTICES);
        assert_eq!(news.first(), Some(&one(NOTICES + 4)));
        assert!(again.news(now + NEWS).is_empty(), "old news is none");
    }
}

//! Who holds which role: the configuration's table, read with the machine's users and groups.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use nix::unistd::{getegid, geteuid};
use tokio::time::Instant;

use super::{Role, Roles, SystemUsers, UserDatabase};
use crate::{
    config::{Config, RolesConfig},
    limits::{MAX_CALLERS, ROLES_FRESH},
    rpc::Peer,
};

const ROOT: u32 = 0;

/// Who holds which role. What the machine says of its users and groups is remembered for [`ROLES_FRESH`].
pub struct Operators {
    /// The configuration's table, by name; `None` when it has no table.
    table: Option<Vec<Named>>,
    /// Group of the socket, where the configuration names one.
    socket_group: Option<String>,
    /// The user that the agent runs as.
    own: u32,
    users: Box<dyn UserDatabase>,
    known: Mutex<Arc<Known>>,
}

/// Somebody in the table.
struct Named {
    /// A user, or a group with `@` before its name.
    who: String,
    roles: Roles,
}

/// What the machine said, once.
struct Known {
    since: Instant,
    /// A line of the table each: whom it means.
    lines: Vec<Result<Id, String>>,
    callers: Mutex<HashMap<(u32, u32), Peer>>,
}

#[derive(Clone, Copy)]
enum Id {
    User(u32),
    Group(u32),
}

/// A line for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRow {
    /// A user, or a group with `@` before its name.
    pub who: String,
    /// What they hold.
    pub roles: Roles,
    /// What is wrong with the line; empty when nothing is.
    pub problem: String,
}

impl Operators {
    /// Those of an agent that runs as this process does.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self::new(config, geteuid().as_raw(), Box::new(SystemUsers))
    }

    /// Those of an agent that runs as the user `own`.
    #[must_use]
    pub fn new(config: &Config, own: u32, users: Box<dyn UserDatabase>) -> Self {
        let table = config.roles.as_ref().map(by_name);
        let known = Known::ask(table.as_deref(), users.as_ref());
        Self {
            table,
            socket_group: config.socket.group.clone(),
            own,
            users,
            known: Mutex::new(Arc::new(known)),
        }
    }

    /// The caller with these user and group ids, or of whom the system said nothing.
    #[must_use]
    pub fn peer(&self, credentials: Option<(u32, u32)>) -> Peer {
        let Some((uid, gid)) = credentials else {
            return Peer::unknown();
        };
        let known = self.known();
        if let Some(peer) = lock(&known.callers).get(&(uid, gid)) {
            return peer.clone();
        }
        // Not under the lock: a directory server may take its time, and others need not wait for it.
        let peer = self.look_at(uid, gid, &known.lines);
        let mut callers = lock(&known.callers);
        if callers.len() >= MAX_CALLERS {
            callers.clear();
        }
        callers.insert((uid, gid), peer.clone());
        peer
    }

    /// What the configuration says, and what is wrong with it.
    #[must_use]
    pub fn rows(&self) -> Vec<OperatorRow> {
        let mut rows = vec![self.row_of(ROOT)];
        if self.own != ROOT {
            rows.push(self.row_of(self.own));
        }
        let Some(table) = &self.table else {
            rows.push(self.row_of_socket());
            return rows;
        };
        for (named, found) in table.iter().zip(&self.known().lines) {
            match rows.iter_mut().find(|row| row.who == named.who) {
                Some(row) => row.roles = row.roles.and(named.roles),
                None => rows.push(OperatorRow {
                    who: named.who.clone(),
                    roles: named.roles,
                    problem: found.as_ref().err().cloned().unwrap_or_default(),
                }),
            }
        }
        rows
    }

    /// Says aloud which lines of the table mean nobody.
    pub fn warn(&self) {
        for row in self.rows().iter().filter(|row| !row.problem.is_empty()) {
            let (who, problem) = (&row.who, &row.problem);
            tracing::warn!("[roles] in the configuration names {who}: {problem}");
        }
    }

    /// What the machine says, asked again once it is too old.
    fn known(&self) -> Arc<Known> {
        let known = Arc::clone(&lock(&self.known));
        if known.since.elapsed() < ROLES_FRESH {
            return known;
        }
        let fresh = Arc::new(Known::ask(self.table.as_deref(), self.users.as_ref()));
        *lock(&self.known) = Arc::clone(&fresh);
        fresh
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        lock(&self.known().callers).len()
    }

    fn look_at(&self, uid: u32, gid: u32, lines: &[Result<Id, String>]) -> Peer {
        let user = self.users.user(uid);
        let groups = user.as_ref().map_or(&[][..], |user| &user.groups);
        let means = |id: &Id| match id {
            Id::User(named) => *named == uid,
            Id::Group(named) => *named == gid || groups.contains(named),
        };
        let table = self.table.as_deref().unwrap_or_default();
        let listed = table.iter().zip(lines);
        let listed = listed.filter(|(_, found)| found.as_ref().is_ok_and(means));
        let roles = listed.fold(self.unlisted(uid), |roles, (named, _)| {
            roles.and(named.roles)
        });
        let name = user.map_or_else(
            || format!("uid {uid}"),
            |user| format!("{} ({uid})", user.name),
        );
        Peer {
            uid: Some(uid),
            roles,
            name: name.into(),
        }
    }

    /// What somebody holds whom no table lists.
    fn unlisted(&self, uid: u32) -> Roles {
        let runs_it = uid == ROOT || uid == self.own;
        match (&self.table, runs_it) {
            (None, true) => Roles::all(),
            (None, false) => Roles::of(Role::Operator),
            // Whoever can write the table may as well act as what it could say; but to sign, it must say so.
            (Some(_), true) => Roles::of(Role::Admin),
            (Some(_), false) => Roles::NONE,
        }
    }

    fn row_of(&self, uid: u32) -> OperatorRow {
        let user = self.users.user(uid);
        OperatorRow {
            who: user.map_or_else(|| format!("uid {uid}"), |user| user.name),
            roles: self.unlisted(uid),
            problem: String::new(),
        }
    }

    /// Without a table, the socket's group is who else gets in.
    fn row_of_socket(&self) -> OperatorRow {
        let own = || {
            let gid = getegid().as_raw();
            let name = self.users.group(gid);
            name.unwrap_or_else(|| format!("gid {gid}"))
        };
        let group = self.socket_group.clone().unwrap_or_else(own);
        OperatorRow {
            who: format!("@{group}"),
            roles: Roles::of(Role::Operator),
            problem: String::new(),
        }
    }
}

impl fmt::Debug for Operators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.table.as_ref().map(Vec::len);
        write!(f, "Operators({lines:?} in the table)")
    }
}

impl Known {
    /// Asks the machine. What it says is as old as the question.
    fn ask(table: Option<&[Named]>, users: &dyn UserDatabase) -> Self {
        let since = Instant::now();
        let table = table.unwrap_or_default();
        Self {
            since,
            lines: table.iter().map(|named| id(&named.who, users)).collect(),
            callers: Mutex::default(),
        }
    }
}

/// The table turned round: for each name what it holds.
fn by_name(table: &RolesConfig) -> Vec<Named> {
    let lists = [
        (Role::Viewer, &table.viewer),
        (Role::Operator, &table.operator),
        (Role::Maintainer, &table.maintainer),
        (Role::Delegate, &table.delegate),
        (Role::Admin, &table.admin),
    ];
    let mut named: Vec<Named> = Vec::new();
    for (role, list) in lists {
        for who in list {
            let roles = Roles::of(role);
            match named.iter_mut().find(|known| known.who == *who) {
                Some(known) => known.roles = known.roles.and(roles),
                None => named.push(Named {
                    who: who.clone(),
                    roles,
                }),
            }
        }
    }
    named
}

/// Whom a line means, or why it means nobody.
fn id(who: &str, users: &dyn UserDatabase) -> Result<Id, String> {
    let (found, what) = match who.strip_prefix('@') {
        Some(group) => (users.gid(group).map(|gid| gid.map(Id::Group)), "group"),
        None => (users.uid(who).map(|uid| uid.map(Id::User)), "user"),
    };
    match found {
        Ok(Some(id)) => Ok(id),
        Ok(None) => Err(format!("this machine has no {what} of that name")),
        Err(error) => Err(format!("this machine cannot look that {what} up: {error}")),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

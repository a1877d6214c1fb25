//! Who may look after the hub by its unix socket: root, the hub's own user, and the socket's group.

use std::{ffi::CString, sync::Arc};

use nix::unistd::{Gid, Group, Uid, User, getegid, geteuid, getgrouplist};

use crate::app::HubError;

/// A caller behind the unix socket, as the guard made it.
#[derive(Debug, Clone)]
pub struct Admin {
    /// As invites name them: `name (uid)`.
    pub name: Arc<str>,
}

/// Who may.
#[derive(Debug)]
pub struct Admins {
    own: Uid,
    group: Gid,
}

impl Admins {
    /// Those of a hub that runs as this process does, with the group that its settings name.
    #[must_use]
    pub fn of(group: Option<&str>) -> Self {
        let named = group.and_then(|name| Group::from_name(name).ok().flatten());
        Self {
            own: geteuid(),
            group: named.map_or_else(getegid, |group| group.gid),
        }
    }

    /// The caller with these user and group ids.
    ///
    /// # Errors
    /// They may not, or the system did not say who they are.
    pub fn admin(&self, credentials: Option<(u32, u32)>) -> Result<Admin, HubError> {
        let Some((uid, gid)) = credentials else {
            let who = "somebody of whom the system says nothing".to_owned();
            return Err(HubError::NoAdmin { who });
        };
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        let user = User::from_uid(uid).ok().flatten();
        let name = match &user {
            Some(user) => format!("{} ({uid})", user.name),
            None => format!("uid {uid}"),
        };
        let in_group =
            || gid == self.group || user.is_some_and(|u| groups(&u).contains(&self.group));
        if uid.is_root() || uid == self.own || in_group() {
            return Ok(Admin { name: name.into() });
        }
        Err(HubError::NoAdmin { who: name })
    }
}

fn groups(user: &User) -> Vec<Gid> {
    let name = CString::new(user.name.as_str()).ok();
    let found = name.and_then(|name| getgrouplist(&name, user.gid).ok());
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_the_hub_and_its_group_look_after_it_and_nobody_else() {
        let admins = Admins {
            own: Uid::from_raw(4_001),
            group: Gid::from_raw(4_002),
        };
        for good in [(0, 0), (4_001, 9), (4_009, 4_002)] {
            assert!(admins.admin(Some(good)).is_ok(), "{good:?}");
        }
        for bad in [Some((4_009, 4_009)), Some((65_534, 0)), None] {
            assert_eq!(admins.admin(bad).unwrap_err().code(), "AL-8709", "{bad:?}");
        }
    }
}

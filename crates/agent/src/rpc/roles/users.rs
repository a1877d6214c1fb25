//! The machine's users and groups.

use std::ffi::CString;

use nix::{
    errno::Errno,
    unistd::{self, Gid, Group, Uid},
};

/// A user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// What they are called.
    pub name: String,
    /// Every group that they are in.
    pub groups: Vec<u32>,
}

/// The machine's users and groups, so that a test can own them.
pub trait UserDatabase: Send + Sync + 'static {
    /// The user with this number.
    fn user(&self, uid: u32) -> Option<User>;

    /// The number of the user of this name.
    ///
    /// # Errors
    /// The system cannot say.
    fn uid(&self, name: &str) -> Result<Option<u32>, Errno>;

    /// The number of the group of this name.
    ///
    /// # Errors
    /// The system cannot say.
    fn gid(&self, name: &str) -> Result<Option<u32>, Errno>;

    /// The name of the group with this number.
    fn group(&self, gid: u32) -> Option<String>;
}

/// The real ones: whatever the system's name service knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemUsers;

impl UserDatabase for SystemUsers {
    fn user(&self, uid: u32) -> Option<User> {
        let user = unistd::User::from_uid(Uid::from_raw(uid)).ok().flatten()?;
        let groups = CString::new(user.name.as_str())
            .ok()
            .and_then(|name| unistd::getgrouplist(&name, user.gid).ok())
            .unwrap_or_default();
        Some(User {
            name: user.name,
            groups: groups.into_iter().map(Gid::as_raw).collect(),
        })
    }

    fn uid(&self, name: &str) -> Result<Option<u32>, Errno> {
        Ok(unistd::User::from_name(name)?.map(|user| user.uid.as_raw()))
    }

    fn gid(&self, name: &str) -> Result<Option<u32>, Errno> {
        Ok(Group::from_name(name)?.map(|group| group.gid.as_raw()))
    }

    fn group(&self, gid: u32) -> Option<String> {
        let group = Group::from_gid(Gid::from_raw(gid)).ok().flatten();
        group.map(|group| group.name)
    }
}

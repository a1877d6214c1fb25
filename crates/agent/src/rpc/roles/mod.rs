//! Who may do what behind the socket: the roles, who holds them, and which one each method takes.

mod methods;
mod operators;
#[cfg(test)]
mod tests;
mod users;

pub use methods::{Access, access};
pub use operators::{OperatorRow, Operators};
pub use users::{SystemUsers, User, UserDatabase};

use std::fmt;

/// What somebody may do. Viewer, operator and maintainer are a ladder, and admin stands on it; a delegate stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Changes what runs.
    Operator,
    /// Keeps recipes.
    Maintainer,
    /// Speaks for the collective: makes the agent sign with its key. No other role does, so that whoever runs the
    /// machine cannot vote by it.
    Delegate,
    /// Says whom the agent belongs to.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::Viewer,
        Self::Operator,
        Self::Maintainer,
        Self::Delegate,
        Self::Admin,
    ];

    /// Its name, as in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Maintainer => "maintainer",
            Self::Delegate => "delegate",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Viewer => 1,
            Self::Operator => 1 << 1,
            Self::Maintainer => 1 << 2,
            Self::Delegate => 1 << 3,
            Self::Admin => 1 << 4,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The roles that somebody holds.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// None: such a caller gets nothing but health.
    pub const NONE: Self = Self(0);

    /// A role, and those that it includes.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        let included = match role {
            Role::Viewer => Self::NONE,
            Role::Operator | Role::Delegate => Self::of(Role::Viewer),
            Role::Maintainer => Self::of(Role::Operator),
            Role::Admin => Self::of(Role::Maintainer),
        };
        Self(role.bit() | included.0)
    }

    /// Every one.
    #[must_use]
    pub const fn all() -> Self {
        Self::of(Role::Admin).and(Self::of(Role::Delegate))
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether this is one of them.
    #[must_use]
    pub const fn hold(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Their names, from viewer to admin.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let held = Role::ALL.into_iter().filter(|role| self.hold(*role));
        held.map(Role::name).collect()
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(", "))
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roles({self})")
    }
}

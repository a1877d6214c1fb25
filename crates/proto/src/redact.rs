//! `Debug` of messages that carry secret values.

use std::fmt::{Debug, Formatter, Result};

use crate::{
    agent::{GeneratedSecret, InsertSecretRequest, JoinRequest},
    hub::{CreateInviteResponse, EnrolRequest, RotateIssuerRequest},
};

impl Debug for InsertSecretRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("InsertSecretRequest")
            .field("app", &self.app)
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Debug for GeneratedSecret {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("GeneratedSecret")
            .field("full_name", &self.full_name)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

impl Debug for JoinRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("JoinRequest")
            .field("agent", &self.agent)
            .field("knowing_loss", &self.knowing_loss)
            .finish_non_exhaustive()
    }
}

impl Debug for EnrolRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("EnrolRequest")
            .field("collective", &self.collective)
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

impl Debug for CreateInviteResponse {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("CreateInviteResponse")
            .field("id", &self.id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl Debug for RotateIssuerRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("RotateIssuerRequest")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_secret_never_shows_its_value() {
        let request = InsertSecretRequest {
            app: "a.example".into(),
            value: b"canary-7f3a".to_vec(),
            ..Default::default()
        };
        let made = GeneratedSecret {
            value: Some("canary-7f3a".into()),
            ..Default::default()
        };
        assert!(!format!("{request:?} {made:?}").contains("canary"));
        let invite = CreateInviteResponse {
            text: "canary-7f3a".into(),
            ..Default::default()
        };
        let root = RotateIssuerRequest {
            root_key: "canary-7f3a".into(),
        };
        assert!(!format!("{invite:?} {root:?}").contains("canary"));
        let join = JoinRequest {
            invite: "canary-7f3a".into(),
            ..Default::default()
        };
        assert!(!format!("{join:?}").contains("canary"));
        let enrol = EnrolRequest {
            secret: b"canary-7f3a".to_vec(),
            ..Default::default()
        };
        assert!(!format!("{enrol:?}").contains("99, 97"));
        assert!(
            !format!("{request:?}").contains("99, 97"),
            "bytes are no way round"
        );
    }
}

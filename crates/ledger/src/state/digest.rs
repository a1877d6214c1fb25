//! What two members compare to know that they know the same.

use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use sha2::{Digest as _, Sha256};

use super::State;
use crate::ids::Digest;

impl State {
    /// SHA-256 of the state as JSON, with the catalogue as its digest: equal where the same entries were folded, up to the
    /// same time.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        // A state always has a JSON form: its maps have text keys and its numbers are integers. It is hashed as it is
        // written, since it grows with all that was ever decided.
        let _ = serde_json::to_writer(&mut hash, &Hashed(self));
        Digest(hash.finalize().into())
    }
}

/// A state as it is hashed.
struct Hashed<'s>(&'s State);

/// Every field of a state but the catalogue, in order. One that is not named here does not compile.
macro_rules! fields {
    ($state:ident, $to:ident, $($field:ident)+) => {{
        let State { $($field,)+ recipes } = $state;
        let mut map = $to.serialize_struct("State", 0)?;
        $(map.serialize_field(stringify!($field), $field)?;)+
        if let Some(digest) = recipes.digest() {
            map.serialize_field("recipes", &digest)?;
        }
        map.end()
    }};
}

impl Serialize for Hashed<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let state = self.0;
        fields!(
            state, to,
            federation genesis rules hub pending_hub size time written seqs collectives waiting keys
            resolutions open drafts begun large budgets stewards barred
        )
    }
}

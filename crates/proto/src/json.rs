//! JSON forms that prost's types do not have of themselves.

use serde::Serializer;

/// Names a prost enum's value, without the enum's own prefix, in lower case.
pub trait EnumName: TryFrom<i32> {
    /// The value's proto name, such as `OUTCOME_ROLLED_BACK`.
    fn proto_name(&self) -> &'static str;
    /// The prefix that all values share, such as `OUTCOME_`.
    const PREFIX: &'static str;

    /// The short name, such as `rolled_back`.
    fn short(&self) -> String {
        let name = self.proto_name();
        name.strip_prefix(Self::PREFIX)
            .unwrap_or(name)
            .to_lowercase()
    }
}

macro_rules! enum_names {
    ($($type:ty => $prefix:literal),+ $(,)?) => {$(
        impl EnumName for $type {
            const PREFIX: &'static str = $prefix;
            fn proto_name(&self) -> &'static str {
                self.as_str_name()
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.short())
            }
        }
    )+};
}

enum_names! {
    crate::agent::Action => "ACTION_",
    crate::agent::Outcome => "OUTCOME_",
    crate::agent::PlanKind => "PLAN_KIND_",
    crate::agent::ResolveImage => "RESOLVE_IMAGE_",
}

/// Serialises an enum field by name; a value that this build does not know keeps its number.
pub fn enum_name<E: EnumName, S: Serializer>(
    value: &i32,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match E::try_from(*value) {
        Ok(known) => serializer.serialize_str(&known.short()),
        Err(_) => serializer.serialize_i32(*value),
    }
}

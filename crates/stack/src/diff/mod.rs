pub struct FieldChange;
pub fn diff() {}
pub fn normalise_service() {}

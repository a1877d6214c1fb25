//! How much of a recipe is looked at.

/// Bounds on one run. Those on reading are [`allot_recipe::Limits`] and [`allot_stack::Limits`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bounds on reading the recipe.
    pub recipe: allot_recipe::Limits,
    /// Bounds on loading its stacks.
    pub stack: allot_stack::Limits,
    /// Most combinations of compose files that are loaded. The largest real recipe has 20.
    pub combinations: usize,
    /// Most findings that are kept; the rest is counted.
    pub findings: usize,
    /// Most names that one finding spells out.
    pub names: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            recipe: allot_recipe::Limits::default(),
            stack: allot_stack::Limits::default(),
            combinations: 64,
            findings: 1_000,
            names: 30,
        }
    }
}

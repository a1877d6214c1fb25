//! How much of a recipe is read before it is refused.

/// Bounds on what a recipe may bring. A recipe comes from somebody else's repository, so everything that can grow is
/// bounded before it is read (design, rule 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest `.env.sample`, `.env`, `abra.sh` or README, in bytes.
    pub max_text_bytes: u64,
    /// Largest compose, config or other file of a recipe, in bytes. Swarm itself stops at 1,000 KiB for a config.
    pub max_file_bytes: u64,
    /// Largest release note, in bytes.
    pub max_note_bytes: u64,
    /// Most entries read of one folder of the recipe.
    pub max_folder_entries: usize,
    /// Most compose files in one `COMPOSE_FILE` list.
    pub max_compose_files: usize,
    /// Most release notes listed for one recipe.
    pub max_notes: usize,
    /// Largest compose file that is catalogued or compared, in bytes; what a deploy takes, too.
    pub max_compose_bytes: u64,
    /// Largest sum of the compose files of one version that are catalogued or compared, in bytes.
    pub max_compose_total_bytes: u64,
    /// Most services, configs, secrets or volumes of one version that are catalogued or compared.
    pub max_objects: usize,
    /// Largest catalogue document, in bytes.
    pub max_document_bytes: usize,
    /// Most warnings or problems in one catalogue document.
    pub max_remarks: usize,
    /// Largest `recipes.json` that is read, in bytes.
    pub max_recipes_json_bytes: usize,
    /// Most recipes of a `recipes.json` that is read.
    pub max_recipes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_text_bytes: 512 * 1024,
            max_file_bytes: 4 * 1024 * 1024,
            max_note_bytes: 64 * 1024,
            max_folder_entries: 5_000,
            max_compose_files: 100,
            max_notes: 2_000,
            max_compose_bytes: 2 * 1024 * 1024,
            max_compose_total_bytes: 8 * 1024 * 1024,
            max_objects: 500,
            max_document_bytes: 256 * 1024,
            max_remarks: 100,
            max_recipes_json_bytes: 64 * 1024 * 1024,
            max_recipes: 10_000,
        }
    }
}

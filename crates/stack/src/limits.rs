//! How much a recipe may ask of us before we refuse it.

/// Bounds on what one stack may cost to load. The defaults are far above any real recipe
/// (the largest seen is under 100 KB of YAML) and far below what would hurt an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one YAML file. Default 2 MiB.
    pub file_bytes: usize,
    /// Bytes of all YAML files of one stack together. Default 8 MiB.
    pub total_bytes: usize,
    /// Nodes of one file once aliases and merges are expanded: what a YAML bomb multiplies.
    /// Default 100,000.
    pub nodes: usize,
    /// Bytes of text of one file once aliases and merges are expanded. Default 16 MiB.
    pub expanded_bytes: usize,
    /// How deep lists and mappings may nest. Default 64.
    pub depth: usize,
    /// Bytes of one text after interpolation. Default 1 MiB.
    pub interpolated_bytes: usize,
    /// Bytes of one `env_file`, secret or config file. Default 1 MiB; swarm itself stops at
    /// 500 KB for a secret and 1000 KB for a config.
    pub content_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 2 << 20,
            total_bytes: 8 << 20,
            nodes: 100_000,
            expanded_bytes: 16 << 20,
            depth: 64,
            interpolated_bytes: 1 << 20,
            content_bytes: 1 << 20,
        }
    }
}

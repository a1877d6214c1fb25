//! `allot agent ...`

use clap::Subcommand;

/// Verbs on the agent.
#[derive(Debug, Subcommand)]
pub enum AgentCommand {
    /// Show how the agent, its engine and its store are
    #[command(after_help = "\
Exits with 6 when the agent answers but its engine does not.")]
    Status,
    /// List who may do what behind the agent's socket
    Operators,
    /// Show which versions of recipes the agent deploys
    Policy,
}

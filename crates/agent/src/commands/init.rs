//! `allot-agent init`.

use std::{path::Path, process::ExitCode};

use super::{CommandError, key};
use crate::{
    app::Registry,
    args::InitArgs,
    config::{
        CatalogueConfig, Config, EngineConfig, FILE, FederationConfig, MetricsConfig,
        RecipesConfig, RolesConfig, SocketConfig, WitnessConfig,
    },
    server::STORE_DIR,
};

/// Makes a new agent in `dir`.
pub(super) fn run(dir: &Path, args: InitArgs) -> Result<ExitCode, CommandError> {
    let key = key::first(&args)?;
    let from = args.collective_key;
    let config = Config {
        server: args.server.unwrap_or_else(host_name),
        socket: SocketConfig {
            path: args.socket,
            group: args.group,
        },
        engine: EngineConfig {
            kind: args.engine,
            endpoint: args.endpoint,
        },
        recipes: RecipesConfig {
            base_url: args.recipes,
            ..RecipesConfig::default()
        },
        metrics: MetricsConfig::default(),
        witness: WitnessConfig::default(),
        federation: FederationConfig::default(),
        catalogue: CatalogueConfig::default(),
        roles: Some(args.roles).filter(|roles| *roles != RolesConfig::default()),
    };
    config.create(dir)?;
    if let Some(key) = &key {
        key::put(dir, key, from.as_deref())?;
    }
    Registry::open(&dir.join(STORE_DIR))?;
    println!("made an agent for {} in {}", config.server, dir.display());
    println!("configuration: {}", dir.join(FILE).display());
    println!("socket: {}", config.socket.path.display());
    println!("start it with: allot-agent serve --dir {}", dir.display());
    if let Some(key) = key {
        println!("the collective's key:");
        println!("{}", key.verifier_key());
    }
    Ok(ExitCode::SUCCESS)
}

fn host_name() -> String {
    let name = nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok());
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

//! Promises about networks, secrets, configs and the service object itself.

use allot_agent::engine::{EngineError, ObjectKind, SwarmRole};
use serde_json::{Value, json};

use super::plot::Plot;

pub async fn an_engine_says_what_it_is(plot: &Plot) {
    let info = plot.engine.info().await.unwrap();
    assert!(matches!(info.swarm, SwarmRole::Manager { .. }), "{info:?}");
    assert!(info.nodes >= 1 && !info.name.is_empty() && !info.version.is_empty());
    assert!(info.api_version.starts_with("1."), "{info:?}");
}

pub async fn a_second_object_of_a_name_is_refused(plot: &Plot) {
    let engine = &plot.engine;
    let taken = |kind, name: &str, error: EngineError| {
        assert!(
            matches!(&error, EngineError::AlreadyExists { kind: k, name: n } if *k == kind && n == name),
            "{error}"
        );
    };
    let (network, secret) = (plot.network_spec("n"), plot.secret_spec("s"));
    let (config, service) = (plot.config_spec("c"), plot.idle("a").spec());
    engine.create_network(&network).await.unwrap();
    engine.create_secret(&secret).await.unwrap();
    engine.create_config(&config).await.unwrap();
    engine.create_service(&service, None).await.unwrap();

    let error = engine.create_network(&network).await.unwrap_err();
    taken(ObjectKind::Network, &plot.name("n"), error);
    let error = engine.create_secret(&secret).await.unwrap_err();
    taken(ObjectKind::Secret, &plot.name("s"), error);
    let error = engine.create_config(&config).await.unwrap_err();
    taken(ObjectKind::Config, &plot.name("c"), error);
    let error = engine.create_service(&service, None).await.unwrap_err();
    taken(ObjectKind::Service, &plot.name("a"), error);
}

pub async fn an_object_that_is_gone_is_not_found(plot: &Plot) {
    for kind in [
        ObjectKind::Service,
        ObjectKind::Network,
        ObjectKind::Secret,
        ObjectKind::Config,
        ObjectKind::Volume,
    ] {
        let error = plot.engine.remove(kind, "contract-nope").await.unwrap_err();
        assert!(
            matches!(&error, EngineError::NotFound { kind: k, name } if *k == kind && name == "contract-nope"),
            "{error}"
        );
    }
    let spec = plot.idle("a").spec();
    let error = plot
        .engine
        .update_service("contract-nope", 1, &spec, None)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "AL-4004", "{error}");
    let tasks = plot.engine.tasks(&["contract-nope".to_owned()]).await;
    assert!(tasks.unwrap().is_empty());
    let health = plot.engine.container_health("contract-nope").await;
    assert_eq!(health.unwrap(), None);
}

pub async fn a_secret_or_config_in_use_stays(plot: &Plot) {
    let engine = &plot.engine;
    let secret = engine.create_secret(&plot.secret_spec("s")).await.unwrap();
    let config = engine.create_config(&plot.config_spec("c")).await.unwrap();
    let file = json!({"Name": "x", "UID": "0", "GID": "0", "Mode": 292});
    let service = plot
        .idle("a")
        .with(
            "/TaskTemplate/ContainerSpec/Secrets",
            json!([{"File": file, "SecretID": secret, "SecretName": plot.name("s")}]),
        )
        .with(
            "/TaskTemplate/ContainerSpec/Configs",
            json!([{"File": file, "ConfigID": config, "ConfigName": plot.name("c")}]),
        );
    let id = plot.create(&service).await;
    for (kind, held) in [(ObjectKind::Secret, &secret), (ObjectKind::Config, &config)] {
        let error = engine.remove(kind, held).await.unwrap_err();
        assert!(
            matches!(&error, EngineError::InUse { reason, .. } if reason.contains(&plot.name("a"))),
            "{error}"
        );
    }
    engine.remove(ObjectKind::Service, &id).await.unwrap();
    engine.remove(ObjectKind::Secret, &secret).await.unwrap();
    engine.remove(ObjectKind::Config, &config).await.unwrap();
}

pub async fn a_snapshot_holds_one_stack_only(plot: &Plot) {
    let engine = &plot.engine;
    let other = Plot {
        engine: engine.clone(),
        stack: format!("{}-other", plot.stack),
    };
    engine.create_secret(&other.secret_spec("s")).await.unwrap();
    engine
        .create_network(&plot.network_spec("n"))
        .await
        .unwrap();
    engine.create_secret(&plot.secret_spec("s")).await.unwrap();
    engine.create_config(&plot.config_spec("c")).await.unwrap();
    plot.create(&plot.idle("a")).await;

    let snapshot = engine.snapshot(&plot.stack).await.unwrap();
    let all = engine.stack_services().await.unwrap();
    other.clear().await;
    assert_eq!(snapshot.services[0].name, plot.name("a"));
    assert_eq!(snapshot.networks[0].name, plot.name("n"));
    assert_eq!(snapshot.networks[0].driver, "overlay");
    assert_eq!(snapshot.networks[0].scope, "swarm");
    assert_eq!(snapshot.secrets[0].name, plot.name("s"));
    assert_eq!(snapshot.configs[0].data, b"hello");
    let counts = (
        snapshot.services.len(),
        snapshot.networks.len(),
        snapshot.secrets.len(),
        snapshot.configs.len(),
    );
    assert_eq!(counts, (1, 1, 1, 1));
    assert!(all.iter().any(|service| service.name == plot.name("a")));
}

pub async fn names_are_matched_whole(plot: &Plot) {
    let engine = &plot.engine;
    for short in ["a", "ab"] {
        engine
            .create_network(&plot.network_spec(short))
            .await
            .unwrap();
        engine
            .create_secret(&plot.secret_spec(short))
            .await
            .unwrap();
        engine
            .create_config(&plot.config_spec(short))
            .await
            .unwrap();
    }
    let names = [plot.name("a"), plot.name("none")];
    let networks = engine.networks_named(&names).await.unwrap();
    let secrets = engine.secrets_named(&names).await.unwrap();
    let configs = engine.configs_named(&names).await.unwrap();
    assert_eq!((networks.len(), secrets.len(), configs.len()), (1, 1, 1));
    assert!(engine.networks_named(&[]).await.unwrap().is_empty());
}

pub async fn a_service_must_name_secrets_and_networks_that_are_there(plot: &Plot) {
    let file = json!({"Name": "x", "UID": "0", "GID": "0", "Mode": 292});
    let bad = [
        plot.idle("a").with(
            "/TaskTemplate/ContainerSpec/Secrets",
            json!([{"File": file, "SecretID": "nope", "SecretName": "nope"}]),
        ),
        plot.idle("a").with(
            "/TaskTemplate/ContainerSpec/Configs",
            json!([{"File": file, "ConfigID": "nope", "ConfigName": "nope"}]),
        ),
        plot.idle("a")
            .with("/TaskTemplate/Networks", json!([{"Target": "nope"}])),
        plot.idle("a")
            .with("/TaskTemplate/ContainerSpec/Image", json!("")),
        plot.idle("a").with("/Name", json!("no name")),
        plot.idle("a").with(
            "/TaskTemplate/Resources/Limits/MemoryBytes",
            json!(1_048_576),
        ),
    ];
    for shape in bad {
        let error = plot.engine.create_service(&shape.spec(), None).await;
        let error = error.unwrap_err();
        assert!(matches!(error, EngineError::Refused { .. }), "{error:?}");
    }
}

pub async fn an_update_needs_the_version_that_was_read(plot: &Plot) {
    let id = plot.create(&plot.idle("a")).await;
    let version = plot.look(&id).await.version;
    let changed = plot
        .idle("a")
        .with("/TaskTemplate/ForceUpdate", json!(1))
        .spec();
    let error = plot
        .engine
        .update_service(&id, version + 100_000, &changed, None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, EngineError::OutOfSequence { .. }),
        "{error}"
    );
    plot.update(
        &id,
        &plot.idle("a").with("/TaskTemplate/ForceUpdate", json!(1)),
    )
    .await;
    let error = plot
        .engine
        .update_service(&id, version, &changed, None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, EngineError::OutOfSequence { .. }),
        "{error}"
    );
}

pub async fn a_spec_comes_back_as_it_was_sent(plot: &Plot) {
    let engine = &plot.engine;
    let secret = engine.create_secret(&plot.secret_spec("s")).await.unwrap();
    let config = engine.create_config(&plot.config_spec("c")).await.unwrap();
    let network = engine
        .create_network(&plot.network_spec("n"))
        .await
        .unwrap();
    let file = json!({"Name": "x", "UID": "1", "GID": "2", "Mode": 256});
    let container = json!({
        "Image": super::plot::IMAGE, "Labels": {"a": "b"},
        "Command": ["sh", "-c"], "Args": ["sleep 1000"], "Hostname": "h-{{.Task.Slot}}",
        "Env": ["B=2", "A=1"], "Dir": "/tmp", "User": "0", "Groups": ["1"], "TTY": true, "OpenStdin": true,
        "ReadOnly": true, "StopSignal": "SIGINT", "StopGracePeriod": 3_000_000_000_i64,
        "HealthCheck": {"Test": ["CMD-SHELL", "true"], "Interval": 5_000_000_000_i64,
            "Timeout": 4_000_000_000_i64, "Retries": 7, "StartPeriod": 9_000_000_000_i64},
        "Hosts": ["10.0.0.1 a b"], "Init": true, "Isolation": "default",
        "DNSConfig": {"Nameservers": ["10.0.0.2"], "Search": ["example.org"], "Options": ["ndots:1"]},
        "Secrets": [{"File": file, "SecretID": secret, "SecretName": plot.name("s")}],
        "Configs": [{"File": file, "ConfigID": config, "ConfigName": plot.name("c")}],
        "Mounts": [
            {"Type": "volume", "Source": plot.name("v"), "Target": "/v", "ReadOnly": true, "VolumeOptions": {
                "NoCopy": true, "Labels": plot.labels(),
                "DriverConfig": {"Name": "local", "Options": {"type": "tmpfs", "device": "tmpfs"}}}},
            {"Type": "bind", "Source": "/tmp", "Target": "/b", "BindOptions": {"Propagation": "rprivate"}},
            {"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1_048_576, "Mode": 448}},
        ],
        "Sysctls": {"net.core.somaxconn": "128"},
        "CapabilityAdd": ["CAP_NET_ADMIN"], "CapabilityDrop": ["CAP_CHOWN"],
        "Ulimits": [{"Name": "nofile", "Soft": 100, "Hard": 200}],
    });
    let sent = plot
        .idle("a")
        .with("/TaskTemplate/ContainerSpec", container)
        .with(
            "/TaskTemplate/Resources",
            json!({"Limits": {"NanoCPUs": 500_000_000, "MemoryBytes": 67_108_864, "Pids": 50},
                "Reservations": {"NanoCPUs": 1_000_000, "MemoryBytes": 8_388_608}}),
        )
        .with(
            "/TaskTemplate/RestartPolicy",
            json!({"Condition": "on-failure", "Delay": 1_000_000_000, "MaxAttempts": 3, "Window": 2_000_000_000}),
        )
        .with(
            "/TaskTemplate/Placement",
            json!({"Constraints": ["node.role==manager"], "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.z"}}],
                "MaxReplicas": 2, "Platforms": [{"Architecture": "amd64", "OS": "linux"}]}),
        )
        .with(
            "/TaskTemplate/LogDriver",
            json!({"Name": "json-file", "Options": {"max-size": "1m"}}),
        )
        .with(
            "/TaskTemplate/Networks",
            json!([{"Target": network, "Aliases": ["a", "b"]}]),
        )
        .with(
            "/UpdateConfig",
            json!({"Parallelism": 2, "Delay": 1_000_000, "FailureAction": "rollback", "Monitor": 3_000_000_000_i64,
                "MaxFailureRatio": 0.5, "Order": "start-first"}),
        )
        .with(
            "/RollbackConfig",
            json!({"Parallelism": 1, "Delay": 2_000_000, "FailureAction": "continue", "Monitor": 4_000_000_000_i64,
                "MaxFailureRatio": 0.25, "Order": "stop-first"}),
        )
        .with(
            "/EndpointSpec/Ports",
            json!([{"Protocol": "udp", "TargetPort": 53, "PublishedPort": 18974, "PublishMode": "host"}]),
        );
    let id = plot.create(&sent).await;
    let stored = serde_json::to_value(plot.look(&id).await.spec).unwrap();
    let mut lost = Vec::new();
    missing_in(
        &stored,
        &serde_json::to_value(sent.spec()).unwrap(),
        "",
        &mut lost,
    );
    assert!(lost.is_empty(), "{lost:#?}");
}

/// Paths of what was sent and is not there in the same form.
fn missing_in(stored: &Value, sent: &Value, path: &str, lost: &mut Vec<String>) {
    match sent {
        Value::Object(fields) => {
            for (key, value) in fields {
                missing_in(&stored[key], value, &format!("{path}/{key}"), lost);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                missing_in(&stored[place], value, &format!("{path}/{place}"), lost);
            }
        }
        value if value == stored => {}
        // An engine leaves out what says nothing.
        Value::Null | Value::Bool(false) if stored.is_null() => {}
        value => lost.push(format!("{path}: sent {value}, stored {stored}")),
    }
}

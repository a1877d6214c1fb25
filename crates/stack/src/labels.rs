//! What deploying as an app adds to a stack: abra's labels, and the env in the service `app`.

use std::collections::BTreeMap;

use crate::model::Compose;
use crate::name::StackName;

/// The service that bears an app's labels.
pub const MAIN_SERVICE: &str = "app";

/// What is known of the app that is deployed.
#[derive(Clone, Debug)]
pub struct AppLabels<'a> {
    /// The stack.
    pub stack: &'a StackName,
    /// The recipe's name.
    pub recipe: &'a str,
    /// The version that is deployed; `None` when it has none.
    pub version: Option<&'a str>,
    /// For a chaos deploy: 8 characters of the commit, `+U` appended when the tree is dirty.
    pub chaos: Option<&'a str>,
    /// The app's env with what `abra.sh` exports. `TYPE` is written anew.
    pub env: &'a BTreeMap<String, String>,
}

/// Writes abra's labels on the service `app` and gives it the app's env.
///
/// The labels are `coop-cloud.<stack>.recipe`, `.chaos`, `.chaos-version` (chaos only) and
/// `.version`; a chaos deploy keeps the compose file's own version label. `.timeout` and all
/// other labels of the recipe stay. A variable that the service sets itself keeps its value;
/// `TYPE` becomes `recipe:version`. (abra's `SetRecipeLabel`, `SetChaosLabel`,
/// `SetChaosVersionLabel`, `SetVersionLabel`, `ExposeAllEnv`; reference sections 3.2 and 4.6.)
///
/// Returns whether the stack has a service `app`.
pub fn app_labels(model: &mut Compose, app: &AppLabels<'_>) -> bool {
    let Some(service) = model.services.get_mut(MAIN_SERVICE) else {
        return false;
    };
    let labels = service.deploy.labels.get_or_insert_default();
    let mut set = |name: &str, value: &str| {
        labels.insert(format!("coop-cloud.{}.{name}", app.stack), value.to_owned());
    };
    set("recipe", app.recipe);
    match (app.chaos, app.version) {
        (Some(chaos), _) => {
            set("chaos", "true");
            set("chaos-version", chaos);
        }
        (None, version) => {
            set("chaos", "false");
            if let Some(version) = version {
                set("version", version);
            }
        }
    }
    let recipe_type = match app.version.or(app.chaos) {
        Some(version) => format!("{}:{version}", app.recipe),
        None => app.recipe.to_owned(),
    };
    let variables = app.env.iter().filter(|(name, _)| *name != "TYPE");
    for (name, value) in variables {
        service
            .environment
            .entry(name.clone())
            .or_insert_with(|| Some(value.clone()));
    }
    service
        .environment
        .entry("TYPE".to_owned())
        .or_insert(Some(recipe_type));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Service;

    fn model() -> Compose {
        let mut app = Service::default();
        app.environment
            .insert("DOMAIN".to_owned(), Some("own".to_owned()));
        let labels = [
            ("coop-cloud.s.version", "0.1.0+1"),
            ("coop-cloud.s.timeout", "300"),
        ];
        app.deploy.labels = Some(labels.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        Compose {
            services: [("app".to_owned(), app)].into(),
            ..Compose::default()
        }
    }

    fn env_lines(service: &Service) -> Vec<String> {
        let line = |(name, value): (&String, &Option<String>)| {
            format!("{name}={}", value.as_deref().unwrap_or_default())
        };
        service.environment.iter().map(line).collect()
    }

    fn apply(version: Option<&str>, chaos: Option<&str>) -> (Vec<String>, Vec<String>) {
        let stack: StackName = "s".parse().unwrap();
        let env = [("DOMAIN", "d"), ("TYPE", "old:1"), ("X", "1")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        let mut model = model();
        assert!(app_labels(
            &mut model,
            &AppLabels {
                stack: &stack,
                recipe: "r",
                version,
                chaos,
                env: &env
            }
        ));
        let service = &model.services["app"];
        let labels = service
            .deploy
            .labels
            .iter()
            .flatten()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        (labels, env_lines(service))
    }

    #[test]
    fn a_released_version_is_labelled_and_the_timeout_stays() {
        let (labels, env) = apply(Some("0.2.0+2"), None);
        assert_eq!(
            labels,
            [
                "coop-cloud.s.chaos=false",
                "coop-cloud.s.recipe=r",
                "coop-cloud.s.timeout=300",
                "coop-cloud.s.version=0.2.0+2"
            ]
        );
        assert_eq!(env, ["DOMAIN=own", "TYPE=r:0.2.0+2", "X=1"]);
    }

    #[test]
    fn a_chaos_deploy_keeps_the_version_of_the_compose_file() {
        let (labels, env) = apply(None, Some("eb96de94+U"));
        assert_eq!(
            labels,
            [
                "coop-cloud.s.chaos=true",
                "coop-cloud.s.chaos-version=eb96de94+U",
                "coop-cloud.s.recipe=r",
                "coop-cloud.s.timeout=300",
                "coop-cloud.s.version=0.1.0+1"
            ]
        );
        assert!(env.contains(&"TYPE=r:eb96de94+U".to_owned()));
    }

    #[test]
    fn a_stack_without_a_main_service_is_left_alone() {
        let stack: StackName = "s".parse().unwrap();
        let mut model = Compose::default();
        let app = AppLabels {
            stack: &stack,
            recipe: "r",
            version: None,
            chaos: None,
            env: &BTreeMap::new(),
        };
        assert!(!app_labels(&mut model, &app));
    }
}

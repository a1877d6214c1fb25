//! The rules: what each is called, how grave it is, why it matters and how to mend what it finds.
//!
//! Ids are for ever: a rule that goes away leaves its number unused. `R016` is abra's and not known to us.

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It will not deploy, or abra refuses it: the exit code is 1.
    Error,
    /// It will hurt somebody one day: with `--strict` the exit code is 1.
    Warning,
    /// Worth knowing, and often fine.
    Hint,
}

impl Level {
    /// The word that stands in tables and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// One rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name for ever, such as `R002`.
    pub id: &'static str,
    /// How grave what it finds is.
    pub level: Level,
    /// What holds where it is kept.
    pub title: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// How to mend what it finds.
    pub fix: &'static str,
}

impl Rule {
    /// Its page in the book, relative to `docs/`.
    pub fn page(&self) -> String {
        format!("maintain/lint/{}.md", self.id)
    }
}

/// The rule of an id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

macro_rules! rules {
    ($($id:ident $level:ident $title:literal $why:literal $fix:literal)*) => {
        $(
            #[doc = concat!($title, ".")]
            pub static $id: Rule = Rule {
                id: stringify!($id),
                level: Level::$level,
                title: $title,
                why: $why,
                fix: $fix,
            };
        )*
        /// Every rule, in the order of ids.
        pub static ALL: &[&Rule] = &[$(&$id),*];
    };
}

rules! {
    L001 Error "a config whose file changed has a new version"
        "configs in swarm never change: abra's deploy of the new version ends with an obscure error of docker"
        "count the config's version up in abra.sh"
    L002 Warning "a variable that is new has a default"
        "the env of an app from before does not set it, so after the upgrade the text there is empty"
        "write `${NAME:-value}`, or say in the release notes what operators must set"
    L003 Warning "the version of a config stands in abra.sh"
        "a version in `.env.sample` is copied once, into each new app: apps from before keep theirs when the file changes"
        "move it into abra.sh as `export NAME=v1`, and out of `.env.sample`"
    L004 Warning "the name of a config has a version"
        "configs in swarm never change: without a version in its name an edited file cannot be deployed by abra"
        "give it `name: ${STACK_NAME}_<config>_${<CONFIG>_VERSION}` and export the version in abra.sh"
    L005 Warning "names of secrets and configs leave room for a long stack name"
        "docker takes at most 64 characters, and a stack's name may have 45: apps with a long domain cannot be deployed"
        "shorten the key of the secret or config in its `name:`"
    L006 Warning "no health check is switched off"
        "without it swarm calls a task healthy as soon as its process runs, and a broken update is not rolled back"
        "write a check that fits, or leave `healthcheck:` out so that the image's own counts"
    L007 Warning "image tags stay where they are"
        "the same version of the recipe deploys something else tomorrow, and nobody can go back"
        "name the release, such as `1.4.2`"
    L008 Warning "services have no more rights than a container needs"
        "whoever breaks into the service may get at the whole server and every other app on it"
        "leave it out, or say in the README why it must be"
    L009 Warning "the docker socket is not mounted"
        "whoever reaches the socket is root on the server, also when it is mounted read-only"
        "put a socket proxy before it that lets only the needed calls through, on a network of its own"
    L010 Hint "no path of the server is mounted"
        "such data is on one server, is not in backups, and stays behind when the app is moved or removed"
        "use a volume, or a config for a file"
    L011 Warning "one service asks for backups"
        "`backupbot.backup` belongs on exactly one service of the stack; twice is an error to the specification"
        "keep it on `app`; hooks may stand on any service"
    L012 Warning "no label stands twice"
        "only the last one counts, so the other one has no effect"
        "keep one of them"
    L013 Warning "the version label holds a version"
        "abra and operators tell by it what is deployed, and upgrades start from it"
        "set `coop-cloud.${STACK_NAME}.version=x.y.z+upstream` on the service `app`, or run `allot recipe sync`"
    L014 Warning "the version label fits the tags"
        "whoever deploys the work tree is told a version that it is not"
        "set the label to the version that is being made, or run `allot recipe sync`"
    L015 Warning "names on a shared network are the stack's own"
        "every stack has an `app` on that network: the name may lead to somebody else's container"
        "write `${STACK_NAME}_app`, which is this stack's alone"
    L016 Hint "nothing is set that swarm ignores"
        "it looks as if it had an effect, and has none"
        "take it out, or use what swarm has instead"
    L017 Warning "all keys are known"
        "a key that no version of the format knows has no effect; often it is misspelt or stands in the wrong place"
        "correct the key, or indent it under the section it belongs to"
    L018 Hint "the text means what it looks like"
        "it is accepted, and read in another way than most people would"
        "write it in the newer or the plainer form"
    L019 Warning "durations are written out"
        "abra checks durations before it puts variables in, and refuses the recipe; Allotment takes it"
        "write the duration itself, long enough for the slowest server"
    L020 Hint "no config lies within a volume"
        "a config is read-only: when the app writes to that file, or owns that folder, it fails to start"
        "mount the config elsewhere and copy it in the entrypoint, or name its path in the app's settings"
    L021 Warning "a failed update is not left half-way"
        "swarm's default is `pause`: one task that flickers stops the update for ever, until somebody acts"
        "set `deploy.update_config.failure_action: rollback`"
    L022 Warning "a deploy waits longer than a service may take to start"
        "abra waits 50 seconds unless a label says otherwise, and calls the deploy failed while the service still starts"
        "set `coop-cloud.${STACK_NAME}.timeout=${TIMEOUT:-300}` on `app`, above the longest start_period"
    L023 Warning "backup labels are those that are read"
        "the backup bot of today does not know the label, so what it asks for is not done, and nobody is told"
        "use `backupbot.backup.volumes.<volume>.path`, `...pre-hook` and `...post-hook`"
    L024 Warning "backup labels name volumes that are there"
        "the label has no effect, and the volume it was meant for is saved whole or not as it should"
        "write the volume's key as it stands under `volumes:`"
    L025 Warning "traefik's names are the stack's own"
        "two apps of this recipe on one server would use the same router, and one of them cannot be reached"
        "put `${STACK_NAME}` into the name"
    L026 Error "keys have no variables in them"
        "only values are interpolated: the key stays as it is written, so the label or setting is a wrong one"
        "write it as a list item, `- \"key=value\"`"
    L027 Warning "the sample offers compose files that are there"
        "whoever takes the line into use cannot deploy"
        "correct the name, or take the line out"
    L028 Warning "variables without a default stand in the sample"
        "an operator cannot know of it, and the text there is empty"
        "offer it in `.env.sample`, or give it a default"
    L029 Hint "the sample offers what is used"
        "abra hands it to the service `app`, which may read it; nothing else in the recipe does"
        "take it out if the app does not read it"
    L030 Error "the stack can be deployed"
        "neither abra nor Allotment can deploy this"
        "correct what is named"
    L031 Hint "every compose file is offered in the sample"
        "operators find what a recipe can do by reading its sample"
        "add a line `#COMPOSE_FILE=\"$COMPOSE_FILE:<file>\"` with a word about it"
    L032 Hint "release notes belong to a version"
        "notes of a version that was never tagged are shown to nobody, or with the wrong version"
        "name the file like the tag, or `next` until there is one"
    L033 Warning "a new major version has release notes"
        "a major version says that operators must do something; without notes they cannot know what"
        "write `release/next`, or `release/<version>`"
    L034 Warning "no password stands in the recipe"
        "it is the same for every app of this recipe, and everybody can read it"
        "use a secret, and `..._FILE=/run/secrets/<name>` where the image takes it"
    L035 Warning "labels for others stand under `deploy`"
        "traefik, backups and abra read the labels of the service; `labels:` are those of its containers"
        "move them to `deploy.labels`"
    R001 Warning "compose files are of version 3.8"
        "abra's tools expect that version, and files of one stack must agree on it"
        "begin the file with `version: \"3.8\"`"
    R002 Warning "every service has a health check"
        "a verdict is as true as the check: without one, a task counts as soon as its process runs"
        "add `healthcheck:` with `test`, `interval`, `retries` and `start_period`"
    R003 Warning "every image has a tag"
        "docker takes `latest`, which is another image every day"
        "name the release, such as `mariadb:11.4`"
    R004 Warning "no image is tagged `latest`"
        "it is another image every day, and nobody can go back"
        "name the release, such as `mariadb:11.4`"
    R005 Warning "image tags look like versions"
        "`recipe upgrade` cannot tell which tag is newer, so the image is never upgraded"
        "use a tag with the version in it, such as `3.12-alpine` for `alpine`"
    R006 Warning "the catalogue has a version of it"
        "operators find recipes in the catalogue"
        "release a version: `allot recipe release`"
    R007 Warning "the README's metadata is filled in"
        "the catalogue shows it, and levels are computed from it"
        "fill in the block between `<!-- metadata -->` and `<!-- endmetadata -->`"
    R008 Error "there is an `.env.sample`"
        "it is what a new app's env is made of, and abra cannot do without it"
        "add `.env.sample` with at least `TYPE=<recipe>`"
    R009 Error "one service is named `app`"
        "abra and Allotment look for the version, the timeout and the commands of an app on that service"
        "name the main service `app`"
    R010 Error "traefik is told about the app"
        "the sample asks for a domain, and without the label nobody is let through to it"
        "add the label `traefik.enable=true` under `deploy.labels`"
    R011 Error "every service has an image"
        "swarm does not build: a service without an image cannot run"
        "add `image:`"
    R012 Error "the versions of configs are in abra.sh"
        "the config's name ends without a version, so the first edit of its file cannot be deployed"
        "add `export <NAME>=v1` to abra.sh"
    R013 Warning "the repository is at git.coopcloud.tech"
        "abra clones recipes from there by their name"
        "publish it there, or have operators use its URL"
    R014 Error "versions are annotated tags"
        "abra refuses a recipe with lightweight tags, and the catalogue does not take them"
        "make it anew: `git tag -a -f VERSION VERSION^{}`, then push it"
    R015 Warning "secrets have short names"
        "docker takes at most 64 characters for stack, secret and version together; 12 leave room for any domain"
        "use a short key, such as `db_pw`"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_in_order() {
        let ids: Vec<_> = ALL.iter().map(|r| r.id).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(ids, sorted);
        assert!(find("R016").is_none(), "not known, so not claimed");
    }

    #[test]
    fn every_rule_has_its_page_with_its_level() {
        let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/");
        for rule in ALL {
            let path = format!("{docs}{}", rule.page());
            let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
            let mut lines = page.lines();
            let head = format!("# {}: {}", rule.id, rule.title);
            assert_eq!(lines.next(), Some(head.as_str()));
            assert_eq!(
                lines.nth(1),
                Some(format!("Level: {}.", rule.level.as_str()).as_str()),
                "{}",
                rule.id
            );
        }
    }
}

use super::*;
use crate::tree::MemoryTree;

fn v(text: &str) -> RecipeVersion {
    RecipeVersion::parse(text).expect(text)
}

fn compare(old: &MemoryTree, new: &MemoryTree) -> RecipeDiff {
    let (from, to) = (v("1.0.0+1"), v("2.0.0+2"));
    let old = Side {
        tree: old,
        version: Some(&from),
    };
    let new = Side {
        tree: new,
        version: Some(&to),
    };
    diff(&old, &new, &Limits::default()).expect("two recipes")
}

fn old() -> MemoryTree {
    MemoryTree::new()
        .with(".env.sample", "TYPE=web\nDOMAIN=web.example.com\nVER=1\nGONE=x\nPORT=25\nTITLE=old\nSECRET_KEY_VERSION=v1 # length=32\nSECRET_TOKEN_VERSION=v1\nSECRET_OLD_VERSION=v1\n#SECRET_SMTP_VERSION=v1\n")
        .with("abra.sh", "export ENTRY_VERSION=v1\nexport CONF_VERSION=v1\n")
        .with("entry.sh", "one").with("conf.ini", "one").with("same.ini", "one").with("gone.ini", "x")
.with("lost.ini", "x")
        .with("compose.yml", "services:\n  app: {image: 'web:${VER}', environment: ['TITLE=${TITLE:-untitled}', 'PORT=${PORT:-25}', 'WORKERS=${WORKERS:-2}']}\n  db: {image: 'db:1'}\nvolumes: {data: , old: }\nsecrets:\n  key: {external: true, name: '${STACK_NAME}_key_${SECRET_KEY_VERSION}'}\n  token: {external: true, name: '${STACK_NAME}_token_${SECRET_TOKEN_VERSION}'}\n  old: {external: true, name: '${STACK_NAME}_old_${SECRET_OLD_VERSION}'}\nconfigs:\n  entry: {name: '${STACK_NAME}_entry_${ENTRY_VERSION}', file: entry.sh}\n  conf: {name: '${STACK_NAME}_conf_${CONF_VERSION}', file: conf.ini}\n  same: {name: same_v1, file: same.ini}\n  gone: {file: gone.ini}\n  lost: {file: lost.ini}\n")
        .with("compose.mail.yml", "services: {mail: {image: 'mail:1'}}\nsecrets: {smtp: {external: true, name: '${STACK_NAME}_smtp_${SECRET_SMTP_VERSION}'}}\n")
        .with("release/1.0.0+1", "one")
}

fn new() -> MemoryTree {
    MemoryTree::new()
        .with(".env.sample", "TYPE=web\nDOMAIN=web.example.com\nVER=2\nPORT=25\nTITLE=new\nREALM=\nQUIET=yes\n#EXTRA=1\nSECRET_KEY_VERSION=v1 # length=64\nSECRET_TOKEN_VERSION=v2\nSECRET_HOOK_VERSION=v1 # generate=false\n#SECRET_SMTP_VERSION=v1\n")
        .with("abra.sh", "export ENTRY_VERSION=v2\nexport CONF_VERSION=v1\n")
        .with("entry.sh", "two").with("conf.ini", "two").with("same.ini", "one").with("fresh.ini", "x")
        .with("compose.yml", "services:\n  app: {image: 'web:${VER}', environment: ['TITLE=${TITLE:-nameless}', 'PORT=${PORT}', 'WORKERS=${WORKERS:-4}', 'REALM=${REALM}', 'QUIET=${QUIET:-no}', EXTRA]}\nvolumes: {data: {name: shared}, media: }\nsecrets:\n  key: {external: true, name: '${STACK_NAME}_key_${SECRET_KEY_VERSION}'}\n  token: {external: true, name: '${STACK_NAME}_token_${SECRET_TOKEN_VERSION}'}\n  hook: {external: true, name: '${STACK_NAME}_hook_${SECRET_HOOK_VERSION}'}\nconfigs:\n  entry: {name: '${STACK_NAME}_entry_${ENTRY_VERSION}', file: entry.sh}\n  conf: {name: '${STACK_NAME}_conf_${CONF_VERSION}', file: conf.ini}\n  same: {name: same_v2, file: same.ini}\n  fresh: {file: fresh.ini}\n  lost: {file: lost.ini}\n")
        .with("compose.pg.yml", "services: {db: {image: 'pg:16'}}\n")
        .with("compose.mail.yml", "services: {mail: {image: 'mail:2'}}\nsecrets: {smtp: {external: true, name: '${STACK_NAME}_smtp_${SECRET_SMTP_VERSION}'}}\n")
        .with("release/1.0.0+1", "one").with("release/1.5.0+1", "one five\nand more").with("release/2.0.0+2", "two\u{1b}[31m").with("release/3.0.0+2", "later")
}

#[test]
fn the_text_says_everything_that_an_operator_must_know() {
    insta::assert_snapshot!("all_kinds", compare(&old(), &new()));
}

#[test]
fn the_value_names_each_change() {
    let found = compare(&old(), &new());
    let variable = |name: &str| {
        found
            .variables
            .iter()
            .find(|v| v.name == name)
            .map(|v| &v.change)
    };
    let realm = Variable {
        sample: Some(String::new()),
        offered: false,
        unset: Some(String::new()),
    };
    assert!(realm.must_be_set());
    assert_eq!(variable("REALM"), Some(&Change::Added { new: realm }));
    assert_eq!(
        variable("SECRET_KEY_VERSION"),
        None,
        "it stands under the secrets"
    );
    assert_eq!(
        variable("ENTRY_VERSION"),
        None,
        "it stands under the configs"
    );
    let config = |name: &str| {
        found
            .configs
            .iter()
            .find(|c| c.name == name)
            .map(|c| c.what)
    };
    assert_eq!(config("entry"), Some(ConfigWhat::Edited));
    assert_eq!(config("conf"), Some(ConfigWhat::EditedSameVersion));
    assert_eq!(config("same"), Some(ConfigWhat::NewVersion));
    assert_eq!(config("gone"), Some(ConfigWhat::Removed));
    assert_eq!(config("fresh"), Some(ConfigWhat::Added));
    let versions: Vec<_> = found.notes.iter().map(|n| n.version.as_str()).collect();
    assert_eq!(versions, ["1.5.0+1", "2.0.0+2"]);
    let json = serde_json::to_value(&found).expect("JSON");
    assert_eq!(json["services"][0]["change"], "changed");
    assert_eq!(json["configs"][0]["what"], "edited_same_version");
}

#[test]
fn a_version_is_no_different_from_itself() {
    let same = compare(&old(), &old());
    assert!(same.is_empty() && same.warnings.is_empty(), "{same}");
    assert_eq!(
        same.to_string(),
        "1.0.0+1 -> 2.0.0+2\nnothing that an operator must know\n"
    );
}

#[test]
fn the_way_back_has_the_changes_the_other_way_round_and_no_notes() {
    let (from, to) = (v("2.0.0+2"), v("1.0.0+1"));
    let forth = compare(&old(), &new());
    let (old, new) = (old(), new());
    let back = diff(
        &Side {
            tree: &new,
            version: Some(&from),
        },
        &Side {
            tree: &old,
            version: Some(&to),
        },
        &Limits::default(),
    )
    .expect("two recipes");
    assert!(back.notes.is_empty());
    assert_eq!(back.services.len(), forth.services.len());
    assert_eq!(back.variables.len(), forth.variables.len());
    assert!(
        back.variables
            .iter()
            .any(|v| v.name == "REALM" && matches!(v.change, Change::Removed { .. }))
    );
}

#[test]
fn a_work_tree_without_a_version_shows_the_notes_that_only_it_has() {
    let (old, new) = (old(), new());
    let found = diff(
        &Side {
            tree: &old,
            version: None,
        },
        &Side {
            tree: &new,
            version: None,
        },
        &Limits::default(),
    )
    .expect("two recipes");
    assert_eq!(found.notes.len(), 3);
    assert!(
        found
            .to_string()
            .starts_with("(not released) -> (not released)\n")
    );
}

#[test]
fn refuses_a_crowd_that_is_spread_over_many_files() {
    let crowded = (0..10).fold(old(), |tree, file| {
        let services: String = (0..100)
            .map(|n| format!("  s{file}-{n}: {{image: a}}\n"))
            .collect();
        tree.with(
            &format!("compose.{file}.yml"),
            format!("services:\n{services}"),
        )
    });
    let old = old();
    let error = diff(
        &Side {
            tree: &old,
            version: None,
        },
        &Side {
            tree: &crowded,
            version: None,
        },
        &Limits::default(),
    );
    assert_eq!(error.expect_err("a crowd").code(), "AL-9104");
}

#[test]
fn says_which_of_the_two_cannot_be_read() {
    let broken = new().with("compose.yml", "services: [");
    let (from, to) = (v("1.0.0+1"), v("2.0.0+2"));
    let (old, empty) = (old(), MemoryTree::new());
    let limits = Limits::default();
    let error = diff(
        &Side {
            tree: &old,
            version: Some(&from),
        },
        &Side {
            tree: &broken,
            version: Some(&to),
        },
        &limits,
    )
    .expect_err("broken");
    assert_eq!(
        (error.to_string().as_str(), error.code()),
        ("the new version 2.0.0+2 cannot be looked into", "AL-9103")
    );
    let error = diff(
        &Side {
            tree: &empty,
            version: None,
        },
        &Side {
            tree: &old,
            version: None,
        },
        &limits,
    )
    .expect_err("empty");
    assert_eq!((error.which, error.code()), ("old", "AL-1207"));
    assert!(error.help().is_some());
}

#[test]
fn ports_of_the_server_and_networks_of_others_are_told() {
    let tree = |ports: &str, networks: &str| {
        let compose = format!(
            "services: {{app: {{image: 'web:1', ports: [{ports}]}}}}\nnetworks: {{{networks}}}\n"
        );
        MemoryTree::new()
            .with(".env.sample", "TYPE=web\nPORT=8080\n")
            .with("compose.yml", compose)
    };
    let old = tree(
        "'80:80', '53:53/udp', '25:25/tcp', '443:443'",
        "proxy: {external: true}, internal: {}",
    );
    let new = tree(
        "'${PORT}:80', {target: 53, published: 53, protocol: udp}, {target: 25, published: 25}, {target: 443, published: 443, mode: host}",
        "proxy: {external: {name: proxy}}, internal: {}, other: {external: true, name: monitoring}",
    );
    let found = compare(&old, &new);
    assert!(!found.is_empty());
    let text = found.to_string();
    let told = text.find("ports of the server").unwrap();
    assert_eq!(
        &text[told..],
        "ports of the server\n  - app 443:443\n  + app 443:443 in host mode\n  + app 8080:80\n  - app 80:80\n\n\
         networks that must be there\n  + monitoring\n"
    );
    assert!(compare(&new, &new).is_empty());
}

#[test]
fn what_gathers_for_the_next_version_is_shown_while_it_has_none() {
    let tree = MemoryTree::new()
        .with(".env.sample", "TYPE=web\n")
        .with("compose.yml", "services: {app: {image: 'web:1'}}\n")
        .with("release/next", "mind the gap\n");
    let version = v("1.0.0+1");
    let old = Side {
        tree: &tree,
        version: Some(&version),
    };
    let work = Side {
        tree: &tree,
        version: None,
    };
    let found = diff(&old, &work, &Limits::default()).expect("two recipes");
    assert!(!found.is_empty());
    assert_eq!(
        found.to_string(),
        "1.0.0+1 -> (not released)\n\nrelease notes\n  release/next\n    mind the gap\n"
    );
    let released = diff(&old, &old, &Limits::default()).expect("two recipes");
    assert!(released.is_empty());
}

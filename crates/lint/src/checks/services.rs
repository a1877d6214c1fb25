//! What every service must have.

use super::told;
use crate::report::{Report, Spot};
use crate::rule;
use crate::subject::{Stack, Subject};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    main_service(subject, report);
    for stack in &subject.stacks {
        images(subject, stack, report);
    }
    passwords(subject, report);
}

/// By the text, so that it is told also of a stack that does not load.
fn main_service(subject: &Subject<'_>, report: &mut Report) {
    if let Some(file) = subject
        .broken
        .iter()
        .find(|f| subject.default_files.contains(f))
    {
        // It may be in there.
        return report.skip(&rule::R009, &format!("{} is not YAML", told(file)));
    }
    let files = subject.default_files.iter();
    let mut written = files
        .filter_map(|name| subject.files.get(name))
        .flat_map(|file| &file.written);
    if !written.any(|w| w.keys() == [Some("services"), Some("app")]) {
        let spot = subject.default_files.first().map(|f| Spot::file(f));
        let what = "no service is named `app`".to_owned();
        report.add(&rule::R009, spot.unwrap_or_default(), what);
    }
}

fn images(subject: &Subject<'_>, stack: &Stack, report: &mut Report) {
    // Nobody said what such a file goes with: the image may be in another one.
    let Some(model) = stack.model().filter(|_| !stack.combination.guessed) else {
        return;
    };
    for (name, service) in model.services.iter().filter(|(_, s)| s.image.is_empty()) {
        // An image of nothing but variables that have no value is told of as such.
        let is_written = subject.part("services", name).any(|w| {
            w.keys() == [Some("services"), Some(name.as_str()), Some("image")]
                && stack.combination.files.contains(&w.place.file)
        });
        if is_written {
            continue;
        }
        let built = if service.build.is_some() {
            ", only `build`"
        } else {
            ""
        };
        let place = model.places.nearest(&format!("services.{name}"));
        let what = format!("service `{name}` has no image{built}");
        report.add(&rule::R011, place, what);
    }
}

/// Words at the end of a variable's name that say what its value is.
const SECRET_WORDS: [&str; 10] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASS",
    "SECRET",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
    "PRIVATE_KEY",
    "API_KEY",
    "TOKEN",
];

/// Values that switch something and are no password.
const SWITCHES: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "0", "1"];

fn passwords(subject: &Subject<'_>, report: &mut Report) {
    for value in subject.written() {
        let keys = value.keys();
        let [Some("services"), Some(service), Some("environment"), last] = keys.as_slice() else {
            continue;
        };
        let text = value.text.as_deref().unwrap_or_default();
        let Some((name, secret)) = last
            .map(|name| (name, text))
            .or_else(|| text.split_once('='))
        else {
            continue;
        };
        let upper = name.to_ascii_uppercase();
        let named = SECRET_WORDS.iter().any(|word| upper.ends_with(word));
        let switch = SWITCHES.contains(&secret.to_ascii_lowercase().as_str());
        if named && !secret.is_empty() && !switch && !secret.contains('$') && !secret.contains('/')
        {
            // The value itself is not repeated: this may be read in a log of CI.
            let what = format!("`{name}` of service `{service}` is written out");
            report.add(&rule::L034, &value.place, what);
        }
    }
}

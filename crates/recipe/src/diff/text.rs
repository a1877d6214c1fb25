//! The differences as text.

use std::fmt::{self, Display, Formatter};

use super::{
    Change, ConfigChange, ConfigWhat, Named, RecipeDiff, Secret, Service, Variable, Volume,
};
use crate::compose_list::DEFAULT_COMPOSE_FILE;
use crate::help::shorten;
use crate::version::RecipeVersion;

/// The most characters of a value that are shown.
const LONGEST_VALUE: usize = 80;

impl Display for RecipeDiff {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let version = |v: &Option<RecipeVersion>| {
            v.as_ref()
                .map_or_else(|| "(not released)".to_owned(), ToString::to_string)
        };
        writeln!(f, "{} -> {}", version(&self.from), version(&self.to))?;
        if self.is_empty() {
            writeln!(f, "nothing that an operator must know")?;
        }
        section(f, "compose files", &self.compose_files)?;
        section(f, "services", &self.services)?;
        section(f, "variables", &self.variables)?;
        section(f, "secrets", &self.secrets)?;
        section(f, "configs", &self.configs)?;
        section(f, "volumes", &self.volumes)?;
        section(f, "ports of the server", &self.ports)?;
        section(f, "networks that must be there", &self.networks)?;
        let notes = self.notes.iter();
        let notes = notes.map(|note| (note.version.to_string(), note.text.as_str()));
        let coming = self.coming.iter();
        let coming = coming.map(|text| ("release/next".to_owned(), text.as_str()));
        for (index, (name, text)) in notes.chain(coming).enumerate() {
            if index == 0 {
                writeln!(f, "\nrelease notes")?;
            }
            writeln!(f, "  {name}")?;
            for line in text.trim_end().lines() {
                writeln!(f, "    {}", printable(line))?;
            }
        }
        section(f, "not compared", &self.warnings)
    }
}

fn section<T: Display>(f: &mut Formatter<'_>, title: &str, lines: &[T]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}

/// Text of a recipe on a terminal: no control characters.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || *c == '\t')
        .collect()
}

fn value(text: &str) -> String {
    printable(&shorten(
        text.lines().next().unwrap_or_default(),
        LONGEST_VALUE,
    ))
}

impl Display for Named<()> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sign = if matches!(self.change, Change::Removed { .. }) {
            '-'
        } else {
            '+'
        };
        write!(f, "{sign} {}", printable(&self.name))
    }
}

impl Display for Named<Service> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let place = |service: &Service| {
            let named = service.file != DEFAULT_COMPOSE_FILE;
            let file = if named {
                format!(" ({})", service.file)
            } else {
                String::new()
            };
            printable(&format!("{}{file}", self.name))
        };
        match &self.change {
            Change::Added { new } => write!(f, "+ {}: {}", place(new), value(&new.image)),
            Change::Removed { old } => write!(f, "- {}: {}", place(old), value(&old.image)),
            Change::Changed { old, new } => {
                write!(
                    f,
                    "~ {}: {} -> {}",
                    place(new),
                    value(&old.image),
                    value(&new.image)
                )
            }
        }
    }
}

impl Display for Named<Variable> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = printable(&self.name);
        match &self.change {
            Change::Added { new } if new.must_be_set() => write!(
                f,
                "! {name}: set it before the upgrade, for nothing stands in for it ({new})"
            ),
            Change::Changed { old, new } if new.must_be_set() && !old.must_be_set() => write!(
                f,
                "! {name}: set it before the upgrade where an app does not, for nothing stands in for it any more ({old} -> {new})"
            ),
            Change::Added { new } => write!(f, "+ {name}: {new}"),
            Change::Removed { old } => write!(f, "- {name}: {old}"),
            Change::Changed { old, new } => write!(f, "~ {name}: {old} -> {new}"),
        }
    }
}

/// What an app has that does not set it, and what a new app has.
impl Display for Variable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.sample {
            Some(text) if text.is_empty() => f.write_str("an empty value in the sample")?,
            Some(text) => write!(f, "{} in the sample", value(text))?,
            None if self.offered => f.write_str("offered in the sample")?,
            None => f.write_str("not in the sample")?,
        }
        match self.unset.as_deref() {
            Some("") => f.write_str(", nothing when unset"),
            Some(text) => write!(f, ", {} when unset", value(text)),
            None => Ok(()),
        }
    }
}

impl Display for Named<Secret> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = printable(&self.name);
        match &self.change {
            Change::Added { new } => {
                write!(
                    f,
                    "+ {name} {} ({}): {}",
                    new.version,
                    new.file,
                    value(&new.made)
                )
            }
            Change::Removed { old } => write!(f, "- {name} {}", old.version),
            Change::Changed { old, new } if old.version != new.version => write!(
                f,
                "~ {name} {} -> {}: {}",
                old.version,
                new.version,
                value(&new.made)
            ),
            Change::Changed { old, new } => {
                write!(
                    f,
                    "~ {name} {}: {} -> {}",
                    new.version,
                    value(&old.made),
                    value(&new.made)
                )
            }
        }
    }
}

impl Display for ConfigChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (sign, words) = match self.what {
            ConfigWhat::Added => ('+', ""),
            ConfigWhat::Removed => ('-', ""),
            ConfigWhat::Edited => ('~', ": edited"),
            ConfigWhat::EditedSameVersion => (
                '!',
                ": edited, and its version is the same: abra cannot deploy it over a running app",
            ),
            ConfigWhat::NewVersion => ('~', ": a new version with the same content"),
        };
        write!(f, "{sign} {}", printable(&self.name))?;
        if let Some(file) = &self.file {
            write!(f, " ({})", printable(file))?;
        }
        f.write_str(words)
    }
}

impl Display for Named<Volume> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = printable(&self.name);
        match &self.change {
            Change::Added { new } => write!(f, "+ {name}{new}"),
            Change::Removed { old } => {
                write!(
                    f,
                    "- {name}{old}: its data stays on the server, and no service has it"
                )
            }
            Change::Changed { old, new } => {
                write!(
                    f,
                    "~ {name}: {} -> {}: the data stays in the old one",
                    in_words(old),
                    in_words(new)
                )
            }
        }
    }
}

impl Display for Volume {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().map(value);
        match (self.external, name) {
            (true, Some(name)) => write!(f, " (external, {name})"),
            (true, None) => f.write_str(" (external)"),
            (false, Some(name)) => write!(f, " ({name})"),
            (false, None) => Ok(()),
        }
    }
}

/// A volume beside another one: even the usual kind has words then.
fn in_words(volume: &Volume) -> String {
    match volume.to_string().trim() {
        "" => "of the stack".to_owned(),
        words => words.trim_matches(['(', ')']).to_owned(),
    }
}

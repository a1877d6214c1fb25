//! Levels as text.

use std::fmt;

use super::{Assessment, Condition, Finding, Level};

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unstable => "unstable",
            Self::Testing => "testing",
            Self::Stable => "stable",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::NotKnown => "not known",
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<9}  {}: {}", self.finding, self.what, self.why)
    }
}

/// The level in a line, every condition, and what would raise it.
impl fmt::Display for Assessment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.level)?;
        match self.not_known().count() {
            0 => {}
            1 => f.write_str(", as far as is known: 1 condition is not")?,
            more => write!(f, ", as far as is known: {more} conditions are not")?,
        }
        if let Some(day) = self.until() {
            write!(f, "; if nothing is done, until {day}")?;
        }
        writeln!(f)?;
        for level in [Level::Testing, Level::Stable] {
            writeln!(f, "for {level}:")?;
            for condition in self.conditions.iter().filter(|c| c.level == level) {
                writeln!(f, "  {condition}")?;
            }
        }
        let Some((next, missing)) = self.to_raise() else {
            return Ok(());
        };
        writeln!(f, "to become {next}:")?;
        for remedy in missing.iter().filter_map(|c| c.remedy.as_deref()) {
            writeln!(f, "  - {remedy}")?;
        }
        Ok(())
    }
}

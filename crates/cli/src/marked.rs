//! Files of an export that people keep other things in too: what is written stands between two marks, and what is around
//! them is left as it is.

use std::{fs, path::Path};

use crate::{error::CliError, limits};

/// A file of that kind.
#[derive(Debug, Clone, Copy)]
pub struct Marked {
    /// Its name in the export.
    pub path: &'static str,
    begin: &'static str,
    end: &'static str,
    /// Whether a line is one that an export without marks had: older ones wrote such.
    is_export: fn(&str) -> bool,
}

/// The list for the navigation of a web site.
pub const NAV: Marked = Marked {
    path: "nav.yml",
    begin: "# allot: begin",
    end: "# allot: end",
    is_export: |line| {
        let entry = line.strip_prefix("    ").map(str::trim_start);
        line.starts_with("- Resolutions:") || entry.is_some_and(|entry| entry.starts_with("- "))
    },
};

/// The table of members.
pub const MEMBERS: Marked = Marked {
    path: "membership.md",
    begin: "<!-- allot: begin -->",
    end: "<!-- allot: end -->",
    is_export: |line| line.starts_with('|'),
};

impl Marked {
    /// The one that has this name.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        [NAV, MEMBERS]
            .into_iter()
            .find(|marked| marked.path == path)
    }

    /// Looks whether there is a place for it in a folder.
    ///
    /// # Errors
    /// `AL-7013` when the file is there, and nothing says where.
    pub fn check(self, folder: &Path) -> Result<(), CliError> {
        self.read(folder)
            .and_then(|there| self.put_in(there, "").map(drop))
    }

    /// What the file holds with this text in it.
    ///
    /// # Errors
    /// As [`Marked::check`].
    pub fn with(self, folder: &Path, text: &str) -> Result<String, CliError> {
        self.read(folder).and_then(|there| self.put_in(there, text))
    }

    fn read(self, folder: &Path) -> Result<Option<String>, CliError> {
        let path = folder.join(self.path);
        // What is no file is for the folder to refuse.
        let Ok(about) = fs::symlink_metadata(&path) else {
            return Ok(None);
        };
        if !about.is_file() {
            return Ok(None);
        }
        let most = u64::try_from(limits::MAX_LISTING).unwrap_or(u64::MAX);
        let text = (about.len() <= most).then(|| fs::read_to_string(&path).ok());
        text.flatten().map(Some).ok_or_else(|| self.not_ours())
    }

    fn put_in(self, there: Option<String>, text: &str) -> Result<String, CliError> {
        let Some(there) = there else {
            return Ok(self.marked(text, ""));
        };
        if let Some((before, indent, after)) = self.around(&there) {
            return Ok(format!("{before}{}{after}", self.marked(text, indent)));
        }
        if there.lines().all(|line| (self.is_export)(line)) {
            return Ok(self.marked(text, ""));
        }
        Err(self.not_ours())
    }

    /// What is before the first mark, how far that is indented, and what is behind the last.
    fn around(self, there: &str) -> Option<(&str, &str, &str)> {
        let mut at = 0;
        let mut begun = None;
        for line in there.split_inclusive('\n') {
            match line.trim() {
                mark if mark == self.begin && begun.is_none() => {
                    let indent = &line[..line.len() - line.trim_start().len()];
                    begun = Some((&there[..at], indent));
                }
                mark if mark == self.end => {
                    let (before, indent) = begun?;
                    return Some((before, indent, &there[at + line.len()..]));
                }
                _ => {}
            }
            at += line.len();
        }
        None
    }

    fn marked(self, text: &str, indent: &str) -> String {
        let lines = [self.begin].into_iter().chain(text.lines());
        let lines = lines.chain([self.end]);
        lines.map(|line| format!("{indent}{line}\n")).collect()
    }

    fn not_ours(self) -> CliError {
        CliError::NotMarked {
            path: self.path,
            begin: self.begin,
            end: self.end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "- Resolutions:\n    - Passed:\n        - \"036\": \"passed/036.md\"\n";

    fn folder(nav: Option<&str>) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        if let Some(nav) = nav {
            fs::write(dir.path().join("nav.yml"), nav).unwrap();
        }
        dir
    }

    #[test]
    fn a_list_that_is_new_gets_marks_and_is_found_again() {
        let dir = folder(None);
        let first = NAV.with(dir.path(), "- Resolutions: []\n").unwrap();
        assert_eq!(first, "# allot: begin\n- Resolutions: []\n# allot: end\n");
        let dir = folder(Some(&first));
        let again = NAV.with(dir.path(), LIST).unwrap();
        assert_eq!(again, format!("# allot: begin\n{LIST}# allot: end\n"));
    }

    #[test]
    fn what_stands_around_the_marks_stays_byte_by_byte() {
        let before = "site_name: Docs\r\nnav:\n  - Home: index.md\n";
        let after = "  - Contact: contact.md\n# end";
        let nav = format!("{before}  # allot: begin\n  - old\n  # allot: end\n{after}");
        let dir = folder(Some(&nav));
        let new = NAV.with(dir.path(), "- Resolutions: []\n").unwrap();
        let list = "  # allot: begin\n  - Resolutions: []\n  # allot: end\n";
        assert_eq!(new, format!("{before}{list}{after}"));
    }

    #[test]
    fn what_an_export_without_marks_wrote_is_replaced() {
        let dir = folder(Some(LIST));
        assert!(NAV.with(dir.path(), "- Resolutions: []\n").is_ok());
    }

    #[test]
    fn a_file_of_other_people_is_not_written_over() {
        for nav in [
            "nav:\n  - Home: index.md\n",
            "# allot: end\n# allot: begin\n",
            "# allot: begin\n- Resolutions: []\n",
            "- Resolutions:\n# ours\n",
        ] {
            let dir = folder(Some(nav));
            let error = NAV.check(dir.path()).unwrap_err();
            assert_eq!(error.code(), "AL-7013", "{nav}");
            assert!(NAV.with(dir.path(), LIST).is_err());
        }
        let dir = folder(None);
        fs::write(dir.path().join("nav.yml"), b"\xff\xfe").unwrap();
        assert_eq!(NAV.check(dir.path()).unwrap_err().code(), "AL-7013");
        fs::write(dir.path().join("membership.md"), "# Members\n\n| a |\n").unwrap();
        assert_eq!(MEMBERS.check(dir.path()).unwrap_err().code(), "AL-7013");
    }
}

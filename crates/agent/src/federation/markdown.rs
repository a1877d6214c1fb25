//! The federation's Markdown files: resolutions of before the log come in, all of them go out.

use std::sync::Arc;

use allot_ledger::{
    Body,
    entry::{Imported, Number},
    markdown::{
        members, nav,
        resolution::{self, Read},
    },
    state::{Resolution, State},
};

use super::{
    Federation,
    error::{FederationError, Result},
    member::Member,
    texts::KnownText,
    write::{Recorded, to_the_end},
};

/// Where the resolutions' folders are in the federation's documentation.
const FOLDER: &str = "federation/resolutions";

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportDone {
    /// Entries that were written.
    pub recorded: Vec<Recorded>,
    /// Resolutions that were, or would be, imported.
    pub numbers: Vec<Number>,
    /// What was odd.
    pub warnings: Vec<String>,
    /// What could not be imported, and why.
    pub refused: Vec<String>,
}

/// What to export.
#[derive(Debug, Clone, Default)]
pub struct ExportWhat {
    /// Only these resolutions, unless empty.
    pub numbers: Vec<Number>,
    /// Also the table of members.
    pub members: bool,
    /// Only that.
    pub members_only: bool,
}

impl Federation {
    /// Brings resolutions of before the log into it. With `check` nothing is written.
    ///
    /// # Errors
    /// As for all entries. What cannot be read is refused by name, and the rest is imported.
    pub async fn import(
        &self,
        files: Vec<(String, Vec<u8>)>,
        check: bool,
        by: &str,
    ) -> Result<ImportDone> {
        let (member, by) = (self.member()?, by.to_owned());
        to_the_end(async move { member.import(files, check, &by).await }).await
    }

    /// Which resolutions an export has, and the files that are not about a single one.
    ///
    /// # Errors
    /// There is no log, or no resolution of a number.
    pub async fn export_markdown(&self, what: &ExportWhat) -> Result<MarkdownExport> {
        let member = self.member()?;
        let today = self.today();
        let book = member.book().await?;
        let state = book.state();
        let chosen = if what.members_only {
            Vec::new()
        } else {
            chosen(state, &what.numbers)?
        };
        let mut files = Vec::new();
        if !what.members_only {
            // The list is whole also when only some resolutions are asked for: it takes the place of the one before.
            files.push((
                "nav.yml".to_owned(),
                nav(state.resolutions().values(), FOLDER),
            ));
        }
        if what.members || what.members_only {
            // Whom to ask is for members, and these files are for everybody.
            let table = members::write(state, today, |_| None);
            files.push(("membership.md".to_owned(), table));
        }
        let numbers = chosen.iter().map(|r| r.number).collect::<Vec<_>>();
        drop(book);
        Ok(MarkdownExport {
            numbers: numbers.into_iter(),
            files: files.into_iter(),
            member,
        })
    }
}

fn chosen<'s>(state: &'s State, numbers: &[Number]) -> Result<Vec<&'s Resolution>> {
    if numbers.is_empty() {
        return Ok(state.resolutions().values().collect());
    }
    let find = |number: &Number| {
        state.resolution(*number).ok_or(FederationError::NotFound {
            what: "resolution",
            which: number.to_string(),
        })
    };
    numbers.iter().map(find).collect()
}

/// An export of Markdown files, one after the other.
pub struct MarkdownExport {
    numbers: std::vec::IntoIter<Number>,
    files: std::vec::IntoIter<(String, String)>,
    member: Arc<Member>,
}

impl MarkdownExport {
    /// The next file, and what is in it.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn next(&mut self) -> Result<Option<(String, String)>> {
        match self.numbers.next() {
            Some(number) => self.member.markdown(number).await.map(Some),
            None => Ok(self.files.next()),
        }
    }
}

impl Member {
    async fn markdown(&self, number: Number) -> Result<(String, String)> {
        let found = self.book().await?.state().resolution(number).cloned();
        let found = found.ok_or(FederationError::NotFound {
            what: "resolution",
            which: number.to_string(),
        })?;
        let text = match self.text(&found).await? {
            KnownText::Here(text) => text,
            KnownText::Missing(why) => format!("*{why}*"),
        };
        let book = self.book().await?;
        Ok(resolution::write(book.state(), &found, &text))
    }

    async fn import(
        &self,
        files: Vec<(String, Vec<u8>)>,
        check: bool,
        by: &str,
    ) -> Result<ImportDone> {
        let mut done = ImportDone::default();
        let read = self.read_all(files, &mut done).await?;
        if check {
            return Ok(done);
        }
        for batch in Imported::batches(read) {
            match self.import_one(&batch, by).await {
                Ok(recorded) => done.recorded.push(recorded),
                Err(error) if done.recorded.is_empty() => return Err(error),
                Err(error) => {
                    let numbers: Vec<_> = batch.iter().map(|r| r.imported.number).collect();
                    done.numbers.retain(|number| !numbers.contains(number));
                    done.refused
                        .extend(numbers.iter().map(|n| format!("resolution {n}: {error}")));
                }
            }
        }
        Ok(done)
    }

    async fn read_all(
        &self,
        files: Vec<(String, Vec<u8>)>,
        done: &mut ImportDone,
    ) -> Result<Vec<Read>> {
        let book = self.book().await?;
        let mut all = Vec::new();
        for (path, content) in files {
            let read = match resolution::read(&path, &content) {
                Ok(read) => read,
                Err(error) => {
                    done.refused.push(format!("{path}: {error}"));
                    continue;
                }
            };
            let number = read.imported.number;
            if book.state().resolution(number).is_some() || done.numbers.contains(&number) {
                done.refused
                    .push(format!("{path}: there is a resolution {number} already"));
                continue;
            }
            if let Some(own) = book.state().newest_own().filter(|own| number > *own) {
                done.refused.push(format!(
                    "{path}: resolution {number} would come after {own}, which is the log's own: history has no numbers above \
                     those"
                ));
                continue;
            }
            done.warnings.extend(
                read.warnings
                    .iter()
                    .map(|warning| format!("{path}: {warning}")),
            );
            done.numbers.push(number);
            all.push(read);
        }
        Ok(all)
    }

    async fn import_one(&self, batch: &[Read], by: &str) -> Result<Recorded> {
        let hub = self.at_head().await?;
        for read in batch {
            self.put_text(&read.text, &hub).await?;
        }
        let resolutions = batch.iter().map(|read| read.imported.clone()).collect();
        self.write(&Body::Import { resolutions }, by).await
    }
}

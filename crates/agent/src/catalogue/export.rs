//! The catalogue as `recipes.json`, in abra's format: one recipe after the other, so that it is never held as a whole.

use std::{collections::VecDeque, sync::Arc};

use allot_ledger::{entry::DocumentRef, state::Stage};
use allot_recipe::catalogue::recipes_json::Entry;
use allot_replica::Replica;

use super::{
    Catalogue, CatalogueError, Result, blocking,
    index::{about, version},
    limits::PIECE,
    look::Look,
};

/// An export under way.
#[derive(Debug)]
pub struct JsonExport {
    log: Arc<Replica>,
    recipes: VecDeque<(String, DocumentRef, Vec<DocumentRef>)>,
    is_first: bool,
    is_over: bool,
}

impl Catalogue {
    /// Begins an export: of all that the hub saw and nobody yanked, or only of what this agent accepts.
    ///
    /// # Errors
    /// The agent is in no federation, or has no log so far.
    pub async fn export(&self, accepted: bool) -> Result<JsonExport> {
        let log = self.log()?;
        let recipes = {
            let book = log.book().await;
            let state = book.state();
            let one = |name: &allot_ledger::RecipeName| {
                let look = Look::at(state, name.as_str())?;
                let is_wanted = |pinned: &&allot_ledger::state::Pinned| {
                    if accepted {
                        look.unmet(self.config.accept, pinned).is_none()
                    } else {
                        pinned.stage() != Stage::Yanked
                    }
                };
                let wanted = look.recipe.versions().iter().filter(is_wanted);
                let documents = wanted.filter_map(|p| Some(p.observed?.document));
                Some((name.to_string(), look.recipe.about, documents.collect()))
            };
            state.recipes().iter().filter_map(|(n, _)| one(n)).collect()
        };
        Ok(JsonExport {
            log,
            recipes,
            is_first: true,
            is_over: false,
        })
    }
}

impl JsonExport {
    /// The next piece; nothing at the end. A recipe whose documents are not here is left out.
    ///
    /// # Errors
    /// It cannot be written down.
    pub async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>> {
        if self.is_over {
            return Ok(None);
        }
        blocking(move || {
            let mut piece = Vec::new();
            while piece.len() < PIECE {
                let Some((name, about_ref, versions)) = self.recipes.pop_front() else {
                    piece.extend_from_slice(if self.is_first { b"{}" } else { b"}" });
                    self.is_over = true;
                    break;
                };
                let Some(about) = about(&self.log, about_ref) else {
                    continue;
                };
                let mut entry = Entry::new(&about);
                for document in versions.into_iter().filter_map(|of| version(&self.log, of)) {
                    entry.add(&document);
                }
                piece.push(if self.is_first { b'{' } else { b',' });
                self.is_first = false;
                write(&mut piece, &name)?;
                piece.push(b':');
                write(&mut piece, &entry)?;
            }
            Ok(Some((piece, self)))
        })
        .await
    }
}

fn write(to: &mut Vec<u8>, value: &impl serde::Serialize) -> Result<()> {
    serde_json::to_writer(to, value).map_err(|error| CatalogueError::Export {
        why: error.to_string(),
    })
}

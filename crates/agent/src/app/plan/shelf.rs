//! Plans that were shown and may be applied.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use tokio::time::Instant;

use crate::limits::{MAX_PLANS, PLAN_LIFETIME};

/// How a plan was made, so that it can be made again.
#[derive(Debug)]
pub struct Shelf<R> {
    plans: Mutex<VecDeque<Shown<R>>>,
}

#[derive(Debug)]
struct Shown<R> {
    hash: String,
    at: Instant,
    recipe: R,
}

impl<R> Default for Shelf<R> {
    fn default() -> Self {
        Self {
            plans: Mutex::default(),
        }
    }
}

impl<R: Clone> Shelf<R> {
    /// Keeps how a plan was made. The oldest goes when there are too many.
    pub fn put(&self, hash: &str, recipe: R) {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|p| p.hash != hash && p.at.elapsed() < PLAN_LIFETIME);
        plans.push_front(Shown {
            hash: hash.to_owned(),
            at: Instant::now(),
            recipe,
        });
        plans.truncate(MAX_PLANS);
    }

    /// How the plan of that hash was made, if it was shown and is not too old.
    #[must_use]
    pub fn get(&self, hash: &str) -> Option<R> {
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans
            .iter()
            .find(|p| p.hash == hash && p.at.elapsed() < PLAN_LIFETIME)
            .map(|p| p.recipe.clone())
    }
}

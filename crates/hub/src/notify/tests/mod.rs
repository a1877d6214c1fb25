//! What is told, and when. How it is sent is tested from outside, in `tests/notify`.

#[path = "../../../tests/web/fed.rs"]
mod fed;
mod looks;
mod reads;
mod waits;

use jiff::civil::Time;

use super::{
    look::{Plan, Seen},
    notice::Notice,
    outbox::Message,
};
use fed::Fed;

/// Somebody who looks, with the usual plan.
struct Reader {
    seen: Seen,
    plan: Plan,
}

impl Reader {
    async fn of(fed: &Fed) -> Self {
        let plan = Plan {
            digest_at: Time::constant(7, 0, 0, 0),
            remind: vec![72, 24],
        };
        let book = fed.replica.book().await;
        let seen = Seen::everything(book.state(), fed.now, &plan);
        Self { seen, plan }
    }

    async fn look(&mut self, fed: &Fed) -> Vec<Notice> {
        let book = fed.replica.book().await;
        self.seen.look(book.state(), fed.now, &self.plan)
    }

    /// What is told, by its name: `opened-1`.
    async fn names(&mut self, fed: &Fed) -> Vec<String> {
        let notices = self.look(fed).await;
        notices.iter().map(name).collect()
    }
}

/// The id without the federation.
fn name(notice: &Notice) -> String {
    notice.id.split_once('-').unwrap().1.to_owned()
}

fn message(notice: &Notice) -> Message {
    Message::of(notice, ["room".to_owned()].into())
}

//! Every bound of the catalogue (design section 4.4). What an admin may change is in `[catalogue]`; these are its
//! defaults, and what nobody changes.

use std::time::Duration;

/// How often sources are looked at.
pub const POLL: Duration = Duration::from_secs(15 * 60);

/// The shortest and the longest time between two looks that can be set.
pub const POLL_BETWEEN: (Duration, Duration) =
    (Duration::from_secs(60), Duration::from_secs(24 * 60 * 60));

/// A look comes up to this part of the interval earlier or later, so that hubs do not all come at the same moment.
pub const JITTER: f64 = 0.1;

/// Pause after a look before one that somebody asked for: whoever asks again and again, asks once.
pub const WAKE_PAUSE: Duration = Duration::from_secs(1);

/// Repositories that are fetched at the same time.
pub const PARALLEL: usize = 4;

/// Repositories that are read and wait until what is new of them is on disk. They wait together, and hold their documents.
pub const WRITTEN_AT_ONCE: usize = 8;

/// The most that can be set.
pub const MAX_PARALLEL: usize = 32;

/// Largest mirror of a repository, MiB.
pub const MIRROR_MIB: u64 = 256;

/// The largest that can be set.
pub const MAX_MIRROR_MIB: u64 = 8 * 1024;

/// How often mirrors are looked through for those that no source has any more.
pub const TIDY_EVERY: Duration = Duration::from_secs(60 * 60);

/// How long such a mirror is kept: a forge may only have been in trouble.
pub const GONE_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// How long one fetch may take.
pub const FETCH_TIME: Duration = Duration::from_secs(120);

/// Sources in the configuration.
pub const MAX_SOURCES: usize = 1_000;

/// Names in a source's `include` or `exclude`.
pub const MAX_NAMES: usize = 10_000;

/// Longest of these names or patterns, bytes.
pub const MAX_PATTERN: usize = 200;

/// Longest URL, bytes.
pub const MAX_URL: usize = 2_000;

/// Recipes of all sources together.
pub const MAX_RECIPES: usize = 10_000;

/// Versions of a recipe that are observed.
pub const MAX_VERSIONS: usize = 2_000;

/// Versions that are older than what is known are taken up to this many: the rest is for those to come.
pub const MAX_OLD_VERSIONS: usize = 1_500;

/// Versions of one entry.
pub const SEEN_AT_ONCE: usize = 100;

/// Versions that one thread reads, one after the other.
pub const READ_AT_ONCE: usize = 25;

/// What is said of one recipe's tags and versions, or of what a source has that is no recipe, at the most.
pub const MAX_PROBLEMS: usize = 100;

/// Longest text of a problem, characters.
pub const MAX_TOLD: usize = 300;

/// Entries about one recipe as a whole, in an hour: a repository that changes all the time does not fill the log.
pub const ABOUTS_PER_HOUR: u32 = 6;

/// Recipes that wait to be looked at because a webhook named them; with more, all are looked at.
pub const MAX_NAMED: usize = 256;

/// Repositories on one page of a forge's list.
pub const PAGE: usize = 50;

/// Pages of a forge's list.
pub const MAX_PAGES: usize = 400;

/// Largest page of a forge's list, bytes: Forgejo writes some 6 KiB about a repository.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Longest `Link` header that is read, bytes.
pub const MAX_LINK: usize = 8 * 1024;

/// How long a request to a forge may take.
pub const REQUEST_TIME: Duration = Duration::from_secs(30);

/// Tries of one request to a forge.
pub const MAX_TRIES: usize = 3;

/// Pause before the second try; it doubles.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that a try waits for; a forge that wants to be left alone for longer is asked at the next look.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The longest that a forge is left alone because it asks for it.
pub const MAX_LEFT_ALONE: Duration = Duration::from_secs(24 * 60 * 60);

/// Largest body of a webhook, bytes.
pub const MAX_WEBHOOK: usize = 1024 * 1024;

/// Webhooks that are read at the same time: nobody knows yet who sends them.
pub const WEBHOOKS_AT_ONCE: usize = 4;

/// How long the body of a webhook may take.
pub const WEBHOOK_TIME: Duration = Duration::from_secs(10);

/// Unsigned webhooks that are logged in an hour; all are counted.
pub const REFUSALS_PER_HOUR: u32 = 4;

/// How long `catalogue sync` waits for the look that it asked for.
pub const SYNC_PATIENCE: Duration = Duration::from_secs(25);

/// Recipes in trouble that a status names.
pub const MAX_TROUBLED: usize = 200;

/// Largest `recipes.json`, bytes.
pub const MAX_RECIPES_JSON: usize = 64 * 1024 * 1024;

/// Pause after `recipes.json` was made.
pub const JSON_PAUSE: Duration = Duration::from_secs(1);

//! Bounds of what is held and shown of the catalogue.

use std::time::Duration;

/// Images that a list shows of a recipe.
pub const IMAGES: usize = 12;

/// Most characters of a category, an image or an address in a list.
pub const SHORT: usize = 160;

/// Most characters of a description in a list.
pub const DESCRIPTION: usize = 400;

/// Versions that are shown of a recipe when nobody says how many, and at the most.
pub const VERSIONS: (usize, usize) = (20, 1_000);

/// How long an index serves: time alone can end a vote that gives a recipe other stewards.
pub const INDEX_FOR: Duration = Duration::from_secs(30);

/// How long it serves while documents are missing, which come one by one.
pub const INDEX_FOR_MISSING: Duration = Duration::from_secs(2);

/// Names that are told when there is no such recipe or version.
pub const NEAR: usize = 5;

/// Bytes of an export that go into one message.
pub const PIECE: usize = 256 * 1024;

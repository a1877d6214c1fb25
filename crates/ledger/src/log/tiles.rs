//! The log as files (C2SP `tlog-tiles`): what a hub serves over HTTP, and what an export is made of.

use tlog_tiles::Tile;

use super::Tree;

/// Height of tiles: 256 hashes each.
const HEIGHT: u8 = 8;

/// Hashes, or entries, of a full tile.
pub(super) const WIDTH: u64 = 1 << HEIGHT;

/// What a path of the log names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// `checkpoint`
    Checkpoint,
    /// `tile/<L>/<N>[.p/<W>]`: hashes.
    Hashes(Tile),
    /// `tile/entries/<N>[.p/<W>]`: entries from `first` on, `count` of them.
    Entries {
        /// Index of the first.
        first: u64,
        /// How many.
        count: u64,
    },
}

impl Resource {
    /// Reads a path, strictly: one thing has one name.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        if path == "checkpoint" {
            return Some(Self::Checkpoint);
        }
        let rest = path.strip_prefix("tile/")?;
        let (level, rest) = rest.split_once('/')?;
        if !plausible(level, rest) {
            return None;
        }
        // `tlog_tiles` writes paths as Go's checksum database does: with the height, and `data` for entries.
        let level = if level == "entries" { "data" } else { level };
        let tile = Tile::from_path(&format!("tile/{HEIGHT}/{level}/{rest}")).ok()?;
        Some(if tile.is_data() {
            Self::Entries {
                first: tile.level_index().checked_mul(WIDTH)?,
                count: u64::from(tile.width()),
            }
        } else {
            Self::Hashes(tile)
        })
    }

    /// The bytes of a tile of hashes, as long as the tree has that many.
    #[must_use]
    pub fn hashes(&self, tree: &Tree) -> Option<Vec<u8>> {
        match self {
            Self::Hashes(tile) => {
                let last = tile.level_index().checked_mul(WIDTH)? + u64::from(tile.width());
                let shift = u32::from(tile.level()) * u32::from(HEIGHT);
                let there = tree.size().checked_shr(shift).unwrap_or(0);
                (last <= there).then(|| tree.tile(tile)).flatten()
            }
            _ => None,
        }
    }
}

/// Whether level and width are ones that a tile can have: `tlog_tiles` panics at others.
fn plausible(level: &str, rest: &str) -> bool {
    let width = rest.split_once(".p/").map(|(_, width)| width);
    let partial = |width: &str| width.parse().is_ok_and(|w: u64| (1..WIDTH).contains(&w));
    matches!(
        level,
        "entries" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7"
    ) && width.is_none_or(partial)
}

/// All paths of a log of that size: tiles of hashes and bundles of entries, full and partial.
#[must_use]
pub fn paths(size: u64) -> Vec<String> {
    let tiles = Tile::new_tiles(HEIGHT, 0, size);
    let mut paths: Vec<_> = tiles.iter().map(|tile| path(tile, "")).collect();
    let bundles = tiles.iter().filter(|tile| tile.level() == 0);
    paths.extend(bundles.map(|tile| path(tile, "entries")));
    paths
}

fn path(tile: &Tile, level: &str) -> String {
    let go = tile.path();
    let mut parts = go.splitn(4, '/').skip(2);
    let own = parts.next().unwrap_or_default();
    let level = if level.is_empty() { own } else { level };
    format!("tile/{level}/{}", parts.next().unwrap_or_default())
}

/// Entries of a bundle: each with its length in two bytes before it.
#[must_use]
pub fn bundle<'l>(leaves: impl IntoIterator<Item = &'l [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        // A leaf has at most 65,535 bytes (`limits::MAX_LEAF_BYTES`).
        let length = u16::try_from(leaf.len()).unwrap_or(u16::MAX);
        bytes.extend(length.to_be_bytes());
        bytes.extend(leaf.iter().take(usize::from(length)));
    }
    bytes
}

/// Reads a bundle back; nothing when it is cut short.
#[must_use]
pub fn read_bundle(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut leaves = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (leaf, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        leaves.push(leaf);
        bytes = rest;
    }
    Some(leaves)
}

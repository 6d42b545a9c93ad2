//! Documents: a name, a choice of sources, and the order of their blocks.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{BlockId, DocumentId},
    json_text,
    report::context_config::ContextConfig,
    zone::Zone,
};

/// Highest number of blocks in one document.
pub const MAX_BLOCKS: usize = 1_000;
/// Longest name of a document, in Unicode code points.
pub const MAX_NAME_CHARS: usize = 500;
/// Longest description of a document, in Unicode code points.
pub const MAX_DESCRIPTION_CHARS: usize = 10_000;

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// The stage of a document, as the user sets it. Jobs ignore it.
    #[derive(Default)]
    pub enum DocumentStatus {
        /// The document is being written.
        #[default]
        Draft,
        /// The document is finished and published.
        Published,
        /// The document is no longer in use.
        Archived,
    }
}

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// Who writes the document, about whom.
    #[derive(Default)]
    pub enum Perspective {
        /// The person writes about themselves.
        #[default]
        #[serde(rename = "SELF")]
        #[strum(serialize = "SELF")]
        SelfReview,
        /// The manager of the person writes.
        Manager,
        /// A colleague of the person writes.
        Peer,
    }
}

/// A report, as it is stored: a name, a choice of sources, and the order of its blocks. The blocks are items of their
/// own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// UUIDv7. Sorts by time of creation.
    pub id: DocumentId,
    /// Title of the document. Never blank.
    pub name: String,
    /// What the document is for: the level, the audience, the form. Jobs tell Claude.
    pub description: Option<String>,
    /// Who writes the document.
    #[serde(default)]
    pub perspective: Perspective,
    /// Name of the person whose work the document is about.
    #[serde(default)]
    pub person_name: Option<String>,
    /// Where the person works. It says to which day an instant belongs.
    #[serde(default)]
    pub time_zone: Zone,
    /// The stage of the document, as the user sets it.
    pub status: DocumentStatus,
    /// Which sources the jobs of the document read.
    #[serde(with = "json_text")]
    pub context_config: ContextConfig,
    /// Ids of the blocks in order. The position of a block is its index in this list.
    pub blocks: Vec<BlockId>,
    /// Increases by 1 with every change of the document itself, but not of its blocks. A write succeeds only if the
    /// stored version is still the one that was read.
    pub version: u64,
    /// When the document was created.
    pub created_at: Timestamp,
    /// When the document itself last changed. Lists of documents are sorted by it.
    pub updated_at: Timestamp,
}

impl Document {
    /// A copy with the next version, ready to be changed.
    pub fn changed(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self.clone() }
    }

    /// Position of a block in the document, from 0.
    pub fn position(&self, block: BlockId) -> Option<usize> {
        self.blocks.iter().position(|id| *id == block)
    }

    /// The ids of the blocks next to a block, the nearest first, at most `count`.
    pub fn blocks_around(&self, block: BlockId, count: usize) -> Vec<BlockId> {
        let place = self.position(block).unwrap_or_default();
        let mut near: Vec<_> = self.blocks.iter().copied().enumerate().filter(|(_, id)| *id != block).collect();
        near.sort_by_key(|(other, _)| other.abs_diff(place));
        near.into_iter().take(count).map(|(_, id)| id).collect()
    }

    /// Inserts a block at `position`, or moves it there. A position after the last block, or `None`, means the end.
    pub fn move_to(&mut self, block: BlockId, position: Option<usize>) {
        self.remove(block);
        let end = self.blocks.len();
        self.blocks.insert(position.unwrap_or(end).min(end), block);
    }

    /// Moves several blocks at once, each to its position. The others keep their order. The blocks must differ, and so must
    /// the positions.
    pub fn arrange(&mut self, positions: &[(BlockId, usize)]) {
        let mut positions = positions.to_vec();
        positions.sort_by_key(|(_, position)| *position);
        let moved: HashSet<BlockId> = positions.iter().map(|(block, _)| *block).collect();
        self.blocks.retain(|block| !moved.contains(block));
        for (block, position) in positions {
            let end = self.blocks.len();
            self.blocks.insert(position.min(end), block);
        }
    }

    /// Takes a block out of the order of the document.
    pub fn remove(&mut self, block: BlockId) {
        self.blocks.retain(|id| *id != block);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(blocks: &[BlockId]) -> Document {
        serde_json::from_value(json!({
            "id": DocumentId::new(), "name": "Review", "description": null, "status": "DRAFT", "contextConfig": "{}",
            "blocks": blocks, "version": 1, "createdAt": "2026-09-01T00:00:00Z", "updatedAt": "2026-09-01T00:00:00Z",
        }))
        .expect("a document")
    }

    #[test]
    fn several_blocks_move_to_their_positions_and_the_others_keep_their_order() {
        let ids: Vec<BlockId> = (0..5).map(|_| BlockId::new()).collect();
        // Each case: the blocks and positions, and the order after the move. Blocks are named by their first place.
        for (moves, expected) in [
            (vec![], [0, 1, 2, 3, 4]),
            (vec![(4, 0)], [4, 0, 1, 2, 3]),
            (vec![(0, 4), (4, 0)], [4, 1, 2, 3, 0]),
            (vec![(1, 3), (3, 1)], [0, 3, 2, 1, 4]),
            (vec![(3, 900), (0, 1_000_000)], [1, 2, 4, 3, 0]),
            // Positions of every block, with gaps, are an order.
            (vec![(0, 50), (1, 10), (2, 30), (3, 20), (4, 40)], [1, 3, 2, 4, 0]),
        ] {
            let mut document = document(&ids);
            let positions: Vec<(BlockId, usize)> = moves.iter().map(|(block, at)| (ids[*block], *at)).collect();
            document.arrange(&positions);
            assert_eq!(document.blocks, expected.map(|block: usize| ids[block]), "{moves:?}");
        }
    }
}

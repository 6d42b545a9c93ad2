//! The sources of a document.

use std::collections::HashMap;

use crate::{
    ids::SourceId,
    library::{evidence::EvidenceFields, goal::GoalFields, review::ReviewFields},
};

/// The cited sources as they are now. A source that is missing here counts as deleted.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Evidence by its id.
    pub evidence: HashMap<SourceId, EvidenceFields>,
    /// Goals by their id.
    pub goals: HashMap<SourceId, GoalFields>,
    /// Reviews by their id.
    pub reviews: HashMap<SourceId, ReviewFields>,
}

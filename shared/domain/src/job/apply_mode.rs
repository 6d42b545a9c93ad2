//! Whether the text of a job becomes the content of its block.

use crate::{
    job::{result::JobResult, status::StatusReason},
    report::revision::ChangedBy,
};

wire_enum! { "lowercase"
    /// What a job does with its text.
    #[derive(Default)]
    pub enum ApplyMode {
        /// Writes it over whatever content the block had when the job was created (GENERATE) or claimed (REFINE).
        #[default]
        Replace,
        /// Writes it where the block is empty, or where a job wrote the content. It proposes a text instead of the words
        /// of a person.
        Auto,
        /// Proposes it: the text is in the result only, until the user takes it with `fromJob`.
        Propose,
    }
}

/// The content that a block has when a text is to be written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentContent {
    /// The number of its revision.
    pub revision: u64,
    /// Who wrote it. `None`: the block is empty.
    pub written_by: Option<ChangedBy>,
}

impl ApplyMode {
    /// Why a result must not become the content of its block. `None`: it may. `read_revision` is the content that the job
    /// was asked to replace.
    pub fn withheld(self, result: &JobResult, read_revision: u64, present: PresentContent) -> Option<StatusReason> {
        match self {
            Self::Propose => Some(StatusReason::Proposed),
            _ if self.is_outdated(read_revision, present.revision) => Some(StatusReason::NotApplied),
            Self::Auto if present.written_by == Some(ChangedBy::User) => Some(StatusReason::Proposed),
            // What the output limit has cut replaces no text.
            _ if result.is_truncated() && present.written_by.is_some() => Some(StatusReason::NotApplied),
            Self::Auto | Self::Replace => None,
        }
    }

    /// Whether the content has changed since `read_revision`, so that no answer could be written.
    pub fn is_outdated(self, read_revision: u64, revision: u64) -> bool {
        self != Self::Propose && read_revision != revision
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::result::SourceCounts;

    #[test]
    fn every_mode_over_every_content() {
        use StatusReason::{NotApplied, Proposed};
        let present = |revision, written_by| PresentContent { revision, written_by };
        let (empty, agents, users) =
            (present(3, None), present(3, Some(ChangedBy::Agent)), present(3, Some(ChangedBy::User)));
        let newer = present(4, Some(ChangedBy::User));
        #[rustfmt::skip]
        let expected = [
            (ApplyMode::Replace, empty,  None,           None),
            (ApplyMode::Replace, agents, None,           Some(NotApplied)),
            (ApplyMode::Replace, users,  None,           Some(NotApplied)),
            (ApplyMode::Replace, newer,  Some(NotApplied), Some(NotApplied)),
            (ApplyMode::Auto,    empty,  None,           None),
            (ApplyMode::Auto,    agents, None,           Some(NotApplied)),
            (ApplyMode::Auto,    users,  Some(Proposed), Some(Proposed)),
            (ApplyMode::Auto,    newer,  Some(NotApplied), Some(NotApplied)),
            (ApplyMode::Propose, empty,  Some(Proposed), Some(Proposed)),
            (ApplyMode::Propose, newer,  Some(Proposed), Some(Proposed)),
        ];
        let whole = JobResult {
            output: None,
            tokens_used: 0,
            sources: SourceCounts::default(),
            unknown_evidence_ids: Vec::new(),
            model: String::new(),
            notices: Vec::new(),
        };
        let mut cut = whole.clone();
        cut.add_notice(StatusReason::Truncated);
        for (mode, present, of_whole, of_cut) in expected {
            assert_eq!(mode.withheld(&whole, 3, present), of_whole, "{mode} over {present:?}");
            assert_eq!(mode.withheld(&cut, 3, present), of_cut, "{mode} over {present:?}, cut");
        }
    }
}

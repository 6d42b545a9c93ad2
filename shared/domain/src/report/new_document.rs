//! What a user says of a new document.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{DocumentId, SourceId},
    input::{Fields, one_of},
    report::{
        context_config::ContextConfig,
        document::{Document, DocumentStatus, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, Perspective},
    },
    zone::{UnknownZone, Zone},
};

/// The fields of a request. The fields of [`Document`] with the same names have the same meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewDocument {
    /// Never blank.
    pub name: String,
    /// What the document is for.
    pub description: Option<String>,
    /// Who writes the document.
    pub perspective: Perspective,
    /// Name of the person whose work the document is about.
    pub person_name: Option<String>,
    /// Where the person works.
    pub time_zone: Zone,
    /// Which sources the jobs read.
    pub context_config: ContextConfig,
}

/// What other report builders call the person whose work a document is about.
pub fn refuse_subject(fields: &mut Fields<'_>) {
    let detail = "is not a field here; jobs read the sources of the user who signs in. Use perspective (SELF, MANAGER or \
                  PEER) to say who writes, and personName to say about whom";
    fields.refuse("subjectUserId", detail);
}

impl NewDocument {
    /// Reads the fields of a request. The configuration names evidence by ids of the form `Id`.
    pub fn read<Id: std::str::FromStr + Into<SourceId>>(fields: &mut Fields<'_>) -> Option<Self> {
        let name = fields.required_non_blank_text("name", MAX_NAME_CHARS);
        let description = fields.text("description", MAX_DESCRIPTION_CHARS);
        let perspective = fields.parsed("perspective", one_of::<Perspective>()).unwrap_or_default();
        let person_name = fields.text("personName", MAX_NAME_CHARS);
        let time_zone = fields.parsed("timeZone", UnknownZone::EXPECTED).unwrap_or_default();
        let context_config = fields.nested("contextConfig", ContextConfig::read::<Id>).unwrap_or_default();
        refuse_subject(fields);
        Some(Self { name: name?, description, perspective, person_name, time_zone, context_config })
    }

    /// The document, without blocks.
    pub fn into_document(self, now: Timestamp) -> Document {
        let Self { name, description, perspective, person_name, time_zone, context_config } = self;
        Document {
            id: DocumentId::new(),
            name,
            description,
            perspective,
            person_name,
            time_zone,
            status: DocumentStatus::default(),
            context_config,
            blocks: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

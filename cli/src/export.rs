//! Exports a document through the API, and writes the file.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write as _},
    path::Path,
};

use anyhow::Result;

use crate::{client::Api, lists::check_id};

/// The document as Markdown, with its citations as footnotes.
pub async fn markdown(api: &Api, document: &str) -> Result<String> {
    let document = check_id(document)?;
    api.get_text(&format!("/api/report-builder/{document}/export?format=markdown"), "text/markdown").await
}

/// Writes the text to a file. An old file is replaced by the complete text or stays as it is.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    // A link stays, and the file to which it leads is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&target).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        // A device or a pipe must not be replaced by a file.
        return fs::write(path, text);
    }
    let new = target.with_file_name(format!(".report-builder-{}.tmp", std::process::id()));
    let file = File::create_new(&new)?;
    let written = fill(file, text, old.map(|old| old.permissions())).and_then(|()| fs::rename(&new, &target));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&new);
    }
    written
}

fn fill(mut file: File, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

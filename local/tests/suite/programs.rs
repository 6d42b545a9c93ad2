//! Commands that run the two programs without the settings of the user's environment.

use std::process::Command;

/// The command `local`, without API key and colours.
pub fn local() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.env_remove("ANTHROPIC_API_KEY").env_remove("ANTHROPIC_BASE_URL").env("NO_COLOR", "1");
    command
}

/// The command `report-builder`. Its package has its own tests, so `cargo test` builds it next to the programs of this
/// package.
pub fn report_builder() -> Command {
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_local")).with_file_name("report-builder");
    assert!(path.exists(), "{} is missing: run cargo build -p cli", path.display());
    let mut command = Command::new(path);
    command.env_remove("REPORT_BUILDER_API").env_remove("REPORT_BUILDER_TOKEN").env("NO_COLOR", "1");
    command
}

/// Creates an empty folder with a unique name.
pub fn scratch(name: &str) -> std::path::PathBuf {
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

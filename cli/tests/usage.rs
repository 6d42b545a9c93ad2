//! Help and error messages of the `report-builder` program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::process::{Command, Output};

fn report_builder(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_report-builder"));
    command.env_remove("REPORT_BUILDER_API").env_remove("REPORT_BUILDER_TOKEN").env("NO_COLOR", "1");
    command.args(arguments).output().unwrap()
}

#[test]
fn help_names_every_command() {
    let output = report_builder(&["--help"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for command in ["seed", "demo", "import", "export"] {
        assert!(text.contains(&format!("\n  {command} ")), "{command} is missing in\n{text}");
    }
}

#[test]
fn the_error_names_a_service_that_cannot_be_reached() {
    let output = report_builder(&["seed", "--api", "http://127.0.0.1:1"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(text.contains("cannot reach http://127.0.0.1:1"), "{text}");
}

//! Help and error messages of the `report-builder` program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_report-builder"));
    command.env_remove("REPORT_BUILDER_API").env_remove("REPORT_BUILDER_TOKEN").env("NO_COLOR", "1").args(arguments);
    command
}

fn report_builder(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
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

const ID: &str = "019a0000-0000-7000-8000-000000000000";

/// Serves on 127.0.0.1 until the test ends. `answer` gets the head and the body of a request, and returns the status
/// and the body of the response.
fn serve(answer: impl Fn(&str, &str) -> (u16, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            let mut reader = BufReader::new(&stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
            let head = head.to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            reader.read_exact(&mut body).unwrap();
            let (status, text) = answer(&head, std::str::from_utf8(&body).unwrap());
            let length = text.len();
            let media_type = if text.starts_with('#') { "text/markdown" } else { "application/json" };
            let head = format!("connection: close\r\ncontent-type: {media_type}\r\ncontent-length: {length}");
            write!(stream, "HTTP/1.1 {status} -\r\n{head}\r\n\r\n{text}").unwrap();
        }
    });
    url
}

fn document() -> String {
    "# Review\n\nText.\n".to_owned()
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("usage-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn seed_prints_a_request_with_the_name_of_the_token_and_an_empty_token_counts_as_none() {
    let header = r#"-H "authorization: Bearer $REPORT_BUILDER_TOKEN""#;
    for (token, sent) in [("secret", true), ("", false)] {
        let url = serve(move |head, _| {
            assert_eq!(head.contains("authorization: bearer secret"), sent, "{head}");
            (200, format!(r#"{{"id":"{ID}","name":"Review","rejected":0,"items":[]}}"#))
        });
        let output = command(&["seed", "--api", &url]).env("REPORT_BUILDER_TOKEN", token).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && text.contains("  curl -s -X POST http://127.0.0.1:"), "{text}");
        assert_eq!(text.contains(header), sent, "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn an_export_replaces_the_file_only_with_a_document() {
    let folder = folder("export");
    let file = folder.join("review.md");
    std::fs::write(&file, "old").unwrap();
    let export = |answer: String| {
        let url = serve(move |_, _| (200, answer.clone()));
        let output = report_builder(&["export", ID, "-o", file.to_str().unwrap(), "--api", &url]);
        (output.status.success(), String::from_utf8(output.stderr).unwrap(), url)
    };
    for answer in ["<html></html>", "", "[]", r#"{"status":"ok"}"#] {
        let (success, text, url) = export(answer.to_owned());
        let path = format!("{url}/api/report-builder/{ID}/export?format=markdown");
        let expected = format!("{path} answered with something that is not text/markdown. Is the address right?");
        assert!(!success && text.contains(&expected), "{text}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    }
    let (success, text, _) = export(document());
    assert!(success, "{text}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# Review\n\nText.\n");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let url = serve(|_, _| (200, document()));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(&["export", ID, "--api", &url]).stdout(writer).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error() {
    let url = serve(|_, _| (200, document()));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let to_stdout = command(&["export", ID, "--api", &url]).stdout(full).output().unwrap();
    let to_file = report_builder(&["export", ID, "--api", &url, "-o", "/dev/full"]);
    for output in [to_stdout, to_file] {
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.starts_with("error: ") && text.contains("No space left"), "{text}");
    }
}

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

#[test]
fn an_offset_is_checked_before_anything_is_sent() {
    let import = |offset| {
        let output = report_builder(&["import", "evidence", "no-such-file", "--offset", offset]);
        String::from_utf8(output.stderr).unwrap()
    };
    for offset in ["", "2", "+2:00", "+0200", "++2:00", "+02:60", "02:00", "z", "Berlin"] {
        let text = import(offset);
        assert!(text.contains("use Z, or a sign with hours and minutes such as +02:00 or -05:30"), "{offset}: {text}");
    }
    assert!(import("+15:00").contains("an offset has at most 14 hours"));
    for offset in ["Z", "+02:00", "-05:30", "+14:00"] {
        let text = import(offset);
        assert!(text.contains("cannot read no-such-file"), "{offset}: {text}");
    }
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
            write!(stream, "HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{text}")
                .unwrap();
        }
    });
    url
}

fn document() -> String {
    format!(r#"{{"id":"{ID}","name":"Review","blocks":[{{"type":"TEXT","content":"Text."}}]}}"#)
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
    let cases = [
        ("<html></html>", "not this service's JSON"),
        ("", "not this service's JSON"),
        ("[]", "not this service's JSON"),
        (r#"{"status":"ok"}"#, "not a document"),
        (r#"{"blocks":[]}"#, "not a document"),
    ];
    for (answer, expected) in cases {
        let (success, text, url) = export(answer.to_owned());
        let expected =
            format!("{url}/api/report-builder/{ID} answered with something that is {expected}. Is the address right?");
        assert!(!success && text.contains(&expected), "{text}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    }
    let (success, text, _) = export(document());
    assert!(success, "{text}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# Review\n\nText.\n");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_row_that_is_too_large_is_rejected_and_the_others_are_imported() {
    let url = serve(|_, body| {
        if body.len() > 1_500_000 {
            return (413, r#"{"error":"The body is too large."}"#.to_owned());
        }
        (200, r#"{"created":1,"updated":0,"results":[{"status":"created"}]}"#.to_owned())
    });
    let row = |content: &str| format!(r#"{{"year":2025,"type":"SELF","content":"{content}"}}"#);
    let file = folder("large").join("reviews.json");
    std::fs::write(&file, format!("[{},{},{}]", row("a"), row(&"x".repeat(1_600_000)), row("b"))).unwrap();
    let output = report_builder(&["import", "reviews", file.to_str().unwrap(), "--api", &url]);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "{text}");
    for expected in [
        "  created   2\n",
        "  rejected  1\n    line 1, item 2 is larger than a request may be\n                   xxx",
        "error: 1 row was rejected. Correct it and import the file again\n",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
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

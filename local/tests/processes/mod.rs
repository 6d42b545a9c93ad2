//! Starts the programs and servers that tests need.

use std::{
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// Root directory of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A tool that `make` has installed.
pub fn tool(path: &str) -> PathBuf {
    let path = root().join(".tools").join(path);
    assert!(path.exists(), "{} is missing: run make tools", path.display());
    path
}

/// A port that is free now. Another process may still take it before it is used.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A process with all its child processes. Dropping the value kills them.
pub struct Running(Child);

impl Running {
    /// Starts a server and waits until it listens on `port`.
    pub fn start(mut command: Command, port: u16) -> Self {
        const MOST: Duration = Duration::from_secs(60);
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.process_group(0).stdout(Stdio::null()).spawn().unwrap();
        let mut running = Self(child);
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(running.0.try_wait().unwrap().is_none() && started.elapsed() < MOST, "{name} does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended.
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

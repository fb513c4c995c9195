//! The sandbox as a process: what it prints, how it ends, and what is there after a kill.

#![expect(clippy::unwrap_used, reason = "what a helper of a test meets ends the test")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

struct Running {
    child: Child,
    environment: Vec<(String, String)>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let environment = lines
            .take(6)
            .map(|line| {
                let line = line.unwrap();
                let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
                (name.to_owned(), value.trim_matches('\'').to_owned())
            })
            .collect();
        Self { child, environment }
    }

    fn value(&self, name: &str) -> &str {
        &self.environment.iter().find(|(found, _)| found == name).unwrap().1
    }

    fn address(&self) -> &str {
        self.value("AWS_ENDPOINT_URL").strip_prefix("http://").unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-codesign"));
    command.arg("--no-config").arg("sandbox").args(arguments);
    command
}

fn refused(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// One request on a connection of its own; none where the connection was cut.
fn request(address: &str, method: &str, path: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let status = std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()?;
    Some((status, answer.split_off(end + 4)))
}

#[cfg(unix)]
fn signal(running: &Running, name: &str) {
    let status = Command::new("kill").arg(name).arg(running.child.id().to_string()).status().unwrap();
    assert!(status.success());
}

#[test]
fn it_prints_what_to_export_and_ends_when_it_is_told() {
    let mut running = Running::start(&[]);
    let root = running.value("LAMBDA_CODESIGN_SANDBOX_TRUST_ROOT").to_owned();
    let served = request(running.address(), "GET", "/_sandbox/trust-root.pem", b"").unwrap();
    assert_eq!(served, (200, fs::read(&root).unwrap()));
    signal(&running, "-TERM");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    assert!(!Path::new(&root).exists(), "the temporary root is gone with it");
}

#[test]
fn what_cant_be_served_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&[]);
    let damaged = folder.path().join("damaged");
    fs::write(&damaged, b"no database".repeat(1000)).unwrap();
    let damaged = damaged.to_str().unwrap();
    for (arguments, exit, said) in [
        (vec!["--listen", running.address()], 3, "can't listen on"),
        (vec!["--listen", "0.0.0.0:0"], 2, "does not listen on"),
        (vec!["--state", damaged], 3, "can't be used"),
        (vec!["--state", "/no/such/folder/state"], 3, "can't be used"),
    ] {
        let output = refused(&arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said) && stderr.contains("do:"), "{arguments:?}: {stderr}");
    }
}

/// Clients put objects until the process is killed; what was acknowledged is there when it starts again.
#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state = ["--state", state.to_str().unwrap()];
    let acknowledged = Mutex::new(Vec::new());
    for round in 0..3_u64 {
        let running = Running::start(&state);
        let address = running.address();
        if round == 0 {
            assert_eq!(request(address, "PUT", "/kept", b"").unwrap().0, 200);
        }
        thread::scope(|scope| {
            for client in 0..8_usize {
                let acknowledged = &acknowledged;
                scope.spawn(move || {
                    for number in 0.. {
                        let key = format!("{round}-{client}-{number}");
                        let body = key.repeat(1 + number * 997 % 5000);
                        match request(address, "PUT", &format!("/kept/{key}"), body.as_bytes()) {
                            Some((200, _)) => acknowledged.lock().unwrap().push((key, body)),
                            Some(other) => panic!("{key}: {}", String::from_utf8_lossy(&other.1)),
                            None => return,
                        }
                    }
                });
            }
            thread::sleep(Duration::from_millis(400 + round * 150));
            signal(&running, "-KILL");
        });
    }
    let running = Running::start(&state);
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() > 20, "{}", acknowledged.len());
    for (key, body) in acknowledged {
        let (status, found) = request(running.address(), "GET", &format!("/kept/{key}"), b"").unwrap();
        assert_eq!(status, 200, "{key}");
        assert!(found == body.as_bytes(), "{key}: {} bytes instead of {}", found.len(), body.len());
    }
}

//! Readers that are given one archive a process: `unzip` and `bsdtar`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::{fs, thread};

use lambda_codesign_tests::tools::version;

use crate::readers::{Answer, Archives};
use crate::reading::{Extracted, Outcome, Unpacker};
use crate::tree;

/// One archive, and where it may be extracted.
pub(crate) struct Task<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    to: &'a Path,
}

/// Reads every admitted archive, on all processors.
pub(crate) fn each(
    archives: &Archives<'_>,
    program: &str,
    argument: &str,
    read: fn(&Task<'_>) -> Outcome,
) -> Answer {
    let Some(version) = version(program, argument) else {
        return Answer::Absent;
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = archives.admitted.len().div_ceil(workers).max(1);
    let outcomes = thread::scope(|scope| {
        let workers: Vec<_> = archives
            .admitted
            .chunks(share)
            .map(|numbers| {
                scope.spawn(move || {
                    numbers.iter().map(|&number| one(archives, number, read)).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("it reads")).collect()
    });
    Answer::Took { version, outcomes }
}

fn one(archives: &Archives<'_>, number: usize, read: fn(&Task<'_>) -> Outcome) -> (usize, Outcome) {
    let to = archives.scratch.join(format!("to-{number}"));
    fs::create_dir(&to).expect("the folder is ours");
    let task = Task { path: &archives.path(number), bytes: archives.all[number], to: &to };
    let outcome = read(&task);
    tree::remove(&to);
    (number, outcome)
}

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C.UTF-8").env_remove("UNZIP").env_remove("ZIPINFO").stdin(Stdio::null());
    command
}

fn refused(output: &Output) -> Outcome {
    let said = String::from_utf8_lossy(&output.stderr);
    Outcome::Refused(said.lines().next().unwrap_or("an error without a word").to_owned())
}

/// Extracts, and lists for the order.
pub(crate) fn unzip(task: &Task<'_>) -> Outcome {
    let extracted = command("unzip").args(["-q", "-o"]).arg(task.path).arg("-d").arg(task.to).output();
    let listed = command("unzip").arg("-Z1").arg(task.path).output().expect("it runs");
    let extracted = extracted.expect("it runs");
    // 1 is a warning: what was extracted counts.
    if !listed.status.success() || !matches!(extracted.status.code(), Some(0 | 1)) {
        return refused(&extracted);
    }
    Outcome::Extracted(Extracted {
        by: Unpacker::Unzip,
        order: lines(&listed.stdout, b""),
        tree: tree::read(task.to),
    })
}

/// Extracts with `-P`: without it the program, not the library, takes a letter and a colon at the beginning of any name
/// for a drive of Windows, and drops both.
pub(crate) fn bsdtar(task: &Task<'_>) -> Outcome {
    let output = command("bsdtar").arg("-xvPf").arg(task.path).arg("-C").arg(task.to).output();
    unpacked(task, Unpacker::Bsdtar, &output.expect("it runs"))
}

pub(crate) fn bsdtar_stream(task: &Task<'_>) -> Outcome {
    let mut bsdtar = command("bsdtar");
    bsdtar.args(["-xvPf", "-", "-C"]).arg(task.to);
    unpacked(task, Unpacker::BsdtarStream, &piped(bsdtar, task.bytes))
}

fn unpacked(task: &Task<'_>, by: Unpacker, output: &Output) -> Outcome {
    if !output.status.success() {
        return refused(output);
    }
    Outcome::Extracted(Extracted { by, order: lines(&output.stderr, b"x "), tree: tree::read(task.to) })
}

/// What stands in each line behind the prefix.
fn lines(text: &[u8], prefix: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| line.strip_prefix(prefix).unwrap_or(line).to_vec()).collect()
}

/// Runs with the bytes on a pipe, in which nothing can seek.
fn piped(mut command: Command, bytes: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("it has a pipe");
    // A reader that has seen enough closes the pipe; what it made of it counts. Archives are shorter than a pipe holds.
    let _ = stdin.write_all(bytes);
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

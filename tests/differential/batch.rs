//! Readers that read a whole folder at once: the `zip` crate in this process, Python and Java in one each.

use std::io::{Cursor, Read};
use std::process::{Command, Stdio};
use std::{fs, str};

use lambda_codesign_tests::tools::version;
use zip::ZipArchive;
use zip::read::read_zipfile_from_stream;
use zip::result::ZipResult;

use crate::readers::{Answer, Archives};
use crate::reading::{Item, Outcome};

pub(crate) fn zip_crate(archives: &Archives<'_>) -> Answer {
    in_process(archives, |bytes| {
        let mut archive = ZipArchive::new(Cursor::new(bytes))?;
        (0..archive.len()).map(|at| item(archive.by_index(at)?)).collect()
    })
}

pub(crate) fn zip_crate_stream(archives: &Archives<'_>) -> Answer {
    in_process(archives, |bytes| {
        let mut stream = bytes;
        let mut items = Vec::new();
        while let Some(file) = read_zipfile_from_stream(&mut stream)? {
            items.push(item(file)?);
        }
        Ok(items)
    })
}

fn item(mut file: zip::read::ZipFile<'_, impl Read>) -> ZipResult<Item> {
    let mut body = Vec::new();
    file.read_to_end(&mut body)?;
    let name = file.name_raw().to_vec();
    Ok(Item { name, body })
}

fn in_process(archives: &Archives<'_>, read: impl Fn(&[u8]) -> ZipResult<Vec<Item>>) -> Answer {
    let outcomes = archives.all.iter().map(|bytes| match read(bytes) {
        Ok(items) => Outcome::Listed(items),
        Err(error) => Outcome::Refused(error.to_string()),
    });
    Answer::Took { version: "of Cargo.lock".into(), outcomes: outcomes.enumerate().collect() }
}

pub(crate) fn python(archives: &Archives<'_>) -> Answer {
    let Some(version) = version("python3", "--version") else {
        return Answer::Absent;
    };
    let mut command = Command::new("python3");
    command.args(["-c", include_str!("reader.py")]).arg(&archives.folder);
    took(version, command)
}

/// Compiles the reader once, beside the archives.
pub(crate) fn java(archives: &Archives<'_>, class: &str) -> Answer {
    let (Some(version), Some(_)) = (version("java", "-version"), version("javac", "-version")) else {
        return Answer::Absent;
    };
    let classes = &archives.scratch;
    if !classes.join("Reader.class").exists() {
        fs::write(classes.join("Reader.java"), include_str!("Reader.java")).expect("the folder is ours");
        let compiled = Command::new("javac").arg("-d").arg(classes).arg(classes.join("Reader.java")).status();
        assert!(compiled.expect("javac runs").success(), "Reader.java compiles");
    }
    let mut command = Command::new("java");
    command.args(["-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp"]).arg(classes).arg("Reader");
    command.arg(class).arg(&archives.folder);
    took(version, command)
}

fn took(version: String, mut command: Command) -> Answer {
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let lines = str::from_utf8(&output.stdout).expect("it writes text").lines();
    Answer::Took { version, outcomes: lines.map(outcome).enumerate().collect() }
}

/// `read` and each name and body in hexadecimal, or `refused` and why.
fn outcome(line: &str) -> Outcome {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "read" => {
            let items = rest.split_whitespace().map(|item| {
                let (name, body) = item.split_once(':').expect("a name and a body");
                let (name, body) = (hex(name), hex(body));
                Item { name, body }
            });
            Outcome::Listed(items.collect())
        }
        "refused" => Outcome::Refused(rest.to_owned()),
        other => panic!("a reader answers {other}"),
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let digits = digits.map(|two| str::from_utf8(two).expect("it is ASCII"));
    digits.map(|two| u8::from_str_radix(two, 16).expect("it is hexadecimal")).collect()
}

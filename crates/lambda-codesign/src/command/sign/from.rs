//! `sign --from`: signs the code of a deploy tool's artifacts, where it lies.

use std::path::Path;
#[cfg(feature = "services")]
use std::path::PathBuf;

use lambda_codesign_core::digest::Threads;
use lambda_codesign_signing::output as files;

#[cfg(feature = "services")]
use super::objects::shown;
use super::row::{How, Report, Row};
use super::{Arguments, Signatory, Task};
use crate::artifacts::{Artifacts, Code, Kind, Object};
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault};
use crate::output::Output;
use crate::render::human;

/// Code, and the signed package that takes its place.
type NewPackage = (Code, Vec<u8>);

/// Signs all or nothing: files are written once every package is signed.
pub(super) fn run(
    from: &Path,
    arguments: &Arguments,
    global: &Global,
    output: &mut Output,
) -> Result<Exit, Fault> {
    let artifacts = Artifacts::read(from)?;
    let signatory = arguments.signatory()?;
    let (mut rows, mut signed) = (Vec::new(), Vec::new());
    for code in artifacts.code() {
        let (row, bytes) = sign(code, &artifacts, arguments, &signatory)?;
        rows.push(row);
        signed.extend(bytes);
    }
    let moved = moved(&artifacts, arguments, &signatory, &mut rows)?;
    for file in artifacts.with_signed(&signed, &moved) {
        files::write(&file.path, &file.bytes)
            .map_err(|error| Fault::of("could not write the signed artifacts", &error, error.remedy()))?;
    }
    let remarks = artifacts.remarks(None);
    remarks
        .iter()
        .filter(|remark| {
            remark.kind.is_about_code() && !(arguments.signs_objects() && remark.kind == Kind::InS3)
        })
        .for_each(|remark| human::remark(&remark.sentence()));
    match global.output {
        Format::Json => output.json(&Report { schema: "lambda-codesign/sign/v1", results: rows }),
        Format::Human => rows.iter().for_each(|row| output.note(&row.human())),
    }
    Ok(Exit::Done)
}

/// Objects and what takes their place, where they are to be signed too.
#[cfg(feature = "services")]
fn moved(
    artifacts: &Artifacts,
    arguments: &Arguments,
    signatory: &Signatory,
    rows: &mut Vec<Row>,
) -> Result<Vec<(Object, Object)>, Fault> {
    if !arguments.signs_objects() {
        return Ok(Vec::new());
    }
    let mut moved = Vec::new();
    for one in arguments.sign_objects(artifacts.objects(), signatory)? {
        let name = |object: &Object| PathBuf::from(shown(object));
        let task = Task { input: name(&one.from), output: name(one.to.as_ref().unwrap_or(&one.from)) };
        rows.push(Row::of(&task, one.how));
        moved.extend(one.to.map(|to| (one.from, to)));
    }
    Ok(moved)
}

#[cfg(not(feature = "services"))]
#[expect(clippy::unnecessary_wraps, reason = "as with services")]
fn moved(
    _: &Artifacts,
    _: &Arguments,
    _: &Signatory,
    _: &mut Vec<Row>,
) -> Result<Vec<(Object, Object)>, Fault> {
    Ok(Vec::new())
}

/// A package's row, and its bytes where they are new.
fn sign(
    code: Code,
    artifacts: &Artifacts,
    arguments: &Arguments,
    signatory: &Signatory,
) -> Result<(Row, Option<NewPackage>), Fault> {
    let mut task = Task { input: code.path.clone(), output: code.path.clone() };
    let done = arguments.make(&task, signatory, Threads::One)?;
    let is_new = matches!(done.how, How::Signed(_));
    if is_new {
        task.output = artifacts.place_of(&code, &done.bytes);
    }
    Ok((Row::of(&task, done.how), is_new.then_some((code, done.bytes))))
}

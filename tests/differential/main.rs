//! What the archive stage admits, every reader reads alike: names, bytes and order.
//!
//! Thousands of ambiguous archives are forged, and those that are admitted handed to the readers that the machine has.
//! A reader's error is a refusal, and counted apart; one that reads something else fails the test.

mod reading;
mod readers;
mod batch;
mod unpackers;
mod tree;
mod report;

use std::path::Path;
use std::{fs, process};

use lambda_codesign_tests::zip::ambiguous::{Ambiguity, Specimen, specimens};

use readers::{Archives, Reader};
use reading::Judged;
use report::Report;

const SEED: u64 = 0x5a49_5034;
const SPECIMENS: usize = 8_000;

#[test]
fn every_reader_reads_what_is_admitted_alike() {
    let specimens = specimens(SEED, SPECIMENS);
    let judged: Vec<_> = specimens.iter().map(|specimen| Judged::of(&specimen.bytes)).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("differential-{}", process::id()));
    let archives = Archives::write(&folder, &specimens, &judged);
    let mut report = Report::of(&specimens, &judged);
    for reader in Reader::ALL {
        report.add(reader, reader.read(&archives));
    }
    fs::remove_dir_all(&folder).expect("the folder is ours");
    report.print();
    each_type_is_admitted_and_refused(&specimens, &judged);
    assert!(report.took_part() > 0, "the zip crate is always there");
    assert_eq!(report.disagreements(), Vec::<String>::new());
}

/// Both answers are put to the test for each type, so that neither is admitted or refused as a whole.
fn each_type_is_admitted_and_refused(specimens: &[Specimen], judged: &[Judged]) {
    for ambiguity in Ambiguity::ALL {
        let of_type = || {
            let all = specimens.iter().zip(judged);
            all.filter(|(specimen, _)| specimen.types.contains(&ambiguity))
        };
        let admitted = of_type().filter(|(_, judged)| judged.is_admitted()).count();
        let refused = of_type().count() - admitted;
        assert!(admitted >= 10 && refused >= 10, "{ambiguity}: {admitted} admitted, {refused} refused");
    }
}

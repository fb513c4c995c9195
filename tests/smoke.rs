//! The entry points of the fuzz targets, over testdata and seeded changes of it, on any toolchain.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_codesign_policy::{CaseFile, PolicyFile};
use lambda_codesign_tests::random::Random;

#[path = "../fuzz/src/lib.rs"]
mod entry_points;

/// Changed inputs for each target.
const ROUNDS: u64 = 4000;
/// Seeds that are larger take too long without optimization.
const LARGEST: usize = 16 * 1024;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &Path, keep: &dyn Fn(&Path) -> bool, into: &mut Vec<Vec<u8>>) {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, keep, into);
        } else if keep(&path) {
            into.push(fs::read(path).unwrap());
        }
    }
}

fn named(extension: &'static str) -> impl Fn(&Path) -> bool {
    move |path| path.extension().is_some_and(|found| found == extension)
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let testdata = root().join("testdata");
    let mut seeds = Vec::new();
    match target {
        "archive" => files(&testdata, &named("zip"), &mut seeds),
        "package" => files(&testdata, &named("zip"), &mut seeds),
        "envelope" => files(&testdata.join("aws"), &named("SF"), &mut seeds),
        "lock_and_snapshot" => files(&testdata, &named("json"), &mut seeds),
        "policy_file" => files(&testdata, &|path| path.ends_with("policy.toml"), &mut seeds),
        _ => {}
    }
    let own = root().join("fuzz/seeds").join(target);
    if own.is_dir() {
        files(&own, &|_| true, &mut seeds);
    }
    seeds.retain(|seed| seed.len() <= LARGEST);
    assert!(seeds.len() > 2, "{target}: {} seeds", seeds.len());
    seeds
}

/// Flips, sets, removes, doubles or moves a few bytes.
fn changed(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let end = (at + 1 + random.below(8)).min(bytes.len());
        match random.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let doubled = bytes[at..end].to_vec();
                bytes.splice(at..at, doubled);
            }
            3 => bytes[at..end].fill(random.number() as u8),
            4 => bytes[at..end].rotate_left(usize::from(end - at > 1)),
            _ if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            _ => {}
        }
    }
    bytes
}

#[test]
fn every_entry_point_keeps_its_promises() {
    for (target, entry_point) in entry_points::TARGETS {
        let seeds = seeds(target);
        seeds.iter().for_each(|seed| entry_point(seed));
        let mut random = Random::of(7);
        for _ in 0..ROUNDS {
            let seed = &seeds[random.below(seeds.len())];
            entry_point(&changed(seed, &mut random));
        }
    }
}

#[test]
fn each_entry_point_has_a_target() {
    let mut targets: Vec<_> = fs::read_dir(root().join("fuzz/fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned())
        .collect();
    targets.sort();
    let mut named: Vec<_> = entry_points::TARGETS.map(|(name, _)| name).to_vec();
    named.sort_unstable();
    assert_eq!(targets, named);
}

#[test]
#[should_panic(expected = "that the forge never signed")]
fn a_package_that_the_forge_did_not_list_is_noticed() {
    let mut package = entry_points::signed_packages().remove(0);
    package.entries[0].body.push(b' ');
    entry_points::package(&package.zip());
}

#[test]
#[should_panic(expected = "that the forge never signed")]
fn a_statement_that_the_forge_did_not_list_is_noticed() {
    let mut package = entry_points::signed_packages().remove(0);
    package.entries[0].body.push(b' ');
    entry_points::envelope(&package.signature());
}

/// `UPDATE_SEEDS=1` writes them.
#[test]
fn the_forged_seeds_are_those_of_the_forge() {
    for (number, package) in entry_points::signed_packages().iter().enumerate() {
        let entry = package.signature();
        let text = core::str::from_utf8(&entry).unwrap();
        let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        for (name, bytes) in [
            (format!("package/{number}.zip"), package.zip()),
            (format!("envelope/{number}.ber"), STANDARD.decode(base64).unwrap()),
            (format!("envelope/{number}.SF"), entry),
        ] {
            holds(&name, &bytes);
        }
    }
}

/// The policy and the cases of docs/policy.md, alone and together. `UPDATE_SEEDS=1` writes them.
#[test]
fn the_seeds_of_the_policy_file_are_the_guide_s() {
    let guide = fs::read_to_string(root().join("docs/policy.md")).unwrap();
    let blocks: Vec<&str> =
        guide.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    let [policy, cases] = blocks.as_slice() else {
        panic!("the guide has {} blocks of TOML", blocks.len());
    };
    holds("policy_file/guide", policy.as_bytes());
    holds("policy_file/guide-cases", cases.as_bytes());
    holds("policy_file/guide-with-cases", format!("{policy}\0{cases}").as_bytes());
    let decided = fs::read_to_string(root().join("fuzz/seeds/policy_file/decided")).unwrap();
    let (policy, cases) = decided.split_once('\0').unwrap();
    assert!(PolicyFile::parse(policy).is_ok() && CaseFile::parse(cases).is_ok());
}

#[track_caller]
fn holds(name: &str, bytes: &[u8]) {
    let path = root().join("fuzz/seeds").join(name);
    if std::env::var_os("UPDATE_SEEDS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    assert!(fs::read(&path).unwrap_or_default() == bytes, "{name} is stale: run with UPDATE_SEEDS=1");
}

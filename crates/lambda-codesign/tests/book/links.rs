//! Every link of the book leads to a page, a heading or a file that is there, and `SUMMARY.md` leads to every page.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::pages::{Page, docs, pages, root};

/// Where files outside of the book are linked to, since only docs/ is built.
const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

/// The targets of `[text](target)`; an empty one is a chapter that is still to be written.
fn targets(page: &Page) -> Vec<&str> {
    let lines = page.prose().flat_map(|line| line.split("](").skip(1));
    lines.map(|rest| &rest[..rest.find(')').expect("a link ends on its line")]).collect()
}

fn resolved(page: &Page, target: &str) -> PathBuf {
    docs().join(&page.path).parent().unwrap().join(target)
}

/// Why this link leads nowhere.
fn broken(page: &Page, target: &str, pages: &[Page]) -> Option<&'static str> {
    if target.is_empty() {
        return (page.path != Path::new("SUMMARY.md")).then_some("is empty");
    }
    if let Some(file) = target.strip_prefix(REPOSITORY) {
        return (!root().join(file).exists()).then_some("is not in the repository");
    }
    if target.starts_with("https://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() { docs().join(&page.path) } else { resolved(page, file) };
    let Ok(path) = path.canonicalize() else { return Some("is not there") };
    let Ok(inside) = path.strip_prefix(docs()) else { return Some("leads out of the book") };
    let anchor = anchor?;
    let linked = pages.iter().find(|page| page.path == inside);
    let found = linked.is_some_and(|page| page.anchors().iter().any(|known| known == anchor));
    (!found).then_some("names a heading that is not there")
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut broken_links = Vec::new();
    let mut seen = 0;
    for page in &pages {
        for target in targets(page) {
            seen += 1;
            if let Some(why) = broken(page, target, &pages) {
                broken_links.push(format!("{}: ({target}) {why}", page.path.display()));
            }
        }
    }
    assert!(broken_links.is_empty(), "{broken_links:#?}");
    assert!(seen > 40, "only {seen} links were found");
}

#[test]
fn a_broken_link_is_noticed() {
    let pages = pages();
    let page = Page { path: "page.md".into(), text: String::new() };
    let elsewhere = format!("{REPOSITORY}no-such-file");
    for target in ["", "none.md", "../README.md", "checks.md#no-such-code", elsewhere.as_str()] {
        assert!(broken(&page, target, &pages).is_some(), "{target}");
    }
    for target in ["checks.md#unsigned", "schema/policy-v1.json", "https://example.com"] {
        assert_eq!(broken(&page, target, &pages), None, "{target}");
    }
}

/// A page is in the summary by its path, or, until somebody links it, by a chapter without one that has its title.
#[test]
fn the_summary_leads_to_every_page_once() {
    let pages = pages();
    let summary = pages.iter().find(|page| page.path == Path::new("SUMMARY.md")).unwrap();
    let mut linked = BTreeSet::new();
    for target in targets(summary).into_iter().filter(|target| !target.is_empty()) {
        assert!(linked.insert(PathBuf::from(target)), "{target} is there twice");
    }
    let missing: Vec<_> = pages
        .iter()
        .filter(|page| page.path != summary.path && !linked.contains(&page.path))
        .filter(|page| !summary.text.contains(&format!("[{}]()", page.title())))
        .map(|page| page.path.display().to_string())
        .collect();
    assert!(missing.is_empty(), "not in SUMMARY.md: {missing:?}");
}

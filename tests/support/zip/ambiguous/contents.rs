//! B1 to B4: names that are there twice, or are not what they seem.

use super::super::{directory, file, symlink};
use super::{Ambiguity, Mutation, insert};

const CHARACTERS: &[&[u8]] = &[
    b"a\0.txt",
    b"a.txt\0",
    b"a\n.txt",
    b"a\t.txt",
    b"a\x7f.txt",
    b"a\x1b[31m.txt",
    b"a\\b.txt",
    b"..\\a.txt",
    "a\u{202e}txt.exe".as_bytes(),
    "a\u{200b}.txt".as_bytes(),
    "\u{feff}a.txt".as_bytes(),
    b"\xff.txt",
    b"\xc0\xaf.txt",
    b"a\xe2\x82",
];

const PLAIN: &[&[u8]] = &[
    b"B::Deparse.3",
    b"f0.txt;1",
    b"a;1/b.txt",
    b"man/File::Spec.3pm",
    b"a:b",
    b"1:a",
    b"a b.txt",
    b" a",
    b"a ",
    b"a'b\"$;&|<>*?.txt",
    b"-rf",
    b"[a].txt",
    b"~",
    b"%2e%2e",
    b"CON",
    b"a.",
    b"...",
    "😀.txt".as_bytes(),
    "日本語/e\u{301}.txt".as_bytes(),
];

const PATHS: &[&[u8]] = &[
    b"",
    b"/",
    b"/a.txt",
    b"//a.txt",
    b"a//b.txt",
    b"./a.txt",
    b"a/./b.txt",
    b"../a.txt",
    b"a/../b.txt",
    b"..",
    b".",
    b"C:/a.txt",
    b"C:",
    b"c:\\a.txt",
    b"a/..",
    b"a/.",
];

/// Mutations of the whole archive.
macro_rules! archives {
    ($($ambiguity:ident $what:literal $apply:expr;)+) => {
        vec![$(Mutation { ambiguity: Ambiguity::$ambiguity, what: $what, apply: $apply }),+]
    };
}

pub(super) fn mutations() -> Vec<Mutation> {
    let mut mutations = duplicates();
    mutations.extend(characters_and_paths());
    mutations.extend(twins());
    mutations
}

fn duplicates() -> Vec<Mutation> {
    archives! {
        Duplicates "a name twice" |zip, dice| {
            let zip = insert(zip, dice, file("twice.txt", "the one"));
            insert(zip, dice, file("twice.txt", "the other").deflated())
        };
        Duplicates "a directory twice" |zip, dice| {
            let zip = insert(zip, dice, directory("twice/"));
            insert(zip, dice, directory("twice/"))
        };
        Duplicates "one file's name in two directories" |zip, dice| {
            let zip = insert(zip, dice, file("one/twice.txt", "the one"));
            insert(zip, dice, file("other/twice.txt", "the other").deflated())
        };
        Duplicates "names that begin alike" |zip, dice| {
            let zip = insert(zip, dice, file("twice", "the one"));
            insert(zip, dice, file("twice.txt", "the other").described())
        };
        Duplicates "a record that is listed twice" |zip, dice| {
            let mut listing: Vec<_> = (0..zip.entries.len()).collect();
            listing.push(dice.below(listing.len()));
            zip.listing(&listing)
        };
    }
}

fn characters_and_paths() -> Vec<Mutation> {
    archives! {
        Characters "a character that acts on the text" |zip, dice| {
            let name = dice.one_of(CHARACTERS);
            insert(zip, dice, file(name, "text"))
        };
        Characters "such a character, flagged as UTF-8" |zip, dice| {
            let name = dice.one_of(CHARACTERS);
            insert(zip, dice, file(name, "text").flags(1 << 11))
        };
        Characters "an unusual name" |zip, dice| {
            let name = dice.one_of(PLAIN);
            insert(zip, dice, file(name, "text").deflated())
        };
        Paths "a path that leads elsewhere" |zip, dice| {
            let name = dice.one_of(PATHS);
            insert(zip, dice, file(name, "text"))
        };
        Paths "a file and a directory of one name" |zip, dice| {
            let zip = insert(zip, dice, file("both", "text"));
            insert(zip, dice, file("both/a.txt", "text"))
        };
        Paths "an entry below a link" |zip, dice| {
            let zip = insert(zip, dice, symlink("link", "below"));
            insert(zip, dice, file("link/a.txt", "text"))
        };
        Paths "a long part" |zip, dice| {
            let length = dice.one_of(&[254, 255, 256, 5000]);
            insert(zip, dice, file("x".repeat(length), "text"))
        };
    }
}

fn twins() -> Vec<Mutation> {
    archives! {
        Twins "two names that differ in case" |zip, dice| {
            let zip = insert(zip, dice, file("README", "the one"));
            insert(zip, dice, file("readme", "the other"))
        };
        Twins "two names that differ in form" |zip, dice| {
            let zip = insert(zip, dice, file("\u{e9}.txt", "the one"));
            insert(zip, dice, file("e\u{301}.txt", "the other"))
        };
        Twins "two directories that differ in case" |zip, dice| {
            let zip = insert(zip, dice, file("Lib/a.txt", "the one"));
            insert(zip, dice, file("lib/a.txt", "the other"))
        };
    }
}

//! Which roots are trusted.

use lambda_codesign_core::claims::PublisherPattern;

use crate::Located;
use crate::diagnostic::{Problem, Section};
use crate::reader::{Problems, Table};

/// The trusted roots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// AWS Signer's own root.
    pub built_in: BuiltIn,
    /// Roots in files.
    pub roots: Vec<RootFile>,
    /// Roots that vouch for revocation snapshots, and for no package.
    pub revocations_roots: Vec<RootFile>,
}

/// Whether the root that is built in is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// It is.
    Trusted,
    /// It is not.
    Untrusted,
}

/// A root in a file. It vouches for the publishers that it names, and for no others: there is no default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootFile {
    /// The path, beside the policy file unless it is absolute.
    pub file: Located<String>,
    /// The publishers that it vouches for.
    pub vouches_for: Vec<Located<PublisherPattern>>,
}

impl Trust {
    pub(crate) fn read(file: &Table<'_>, problems: &mut Problems) -> Option<Self> {
        let table = file.table("trust", Section::Trust, problems)?;
        let aws_root = table.flag("aws-root", problems);
        let built_in = match &aws_root {
            Some(Located { value: false, .. }) => BuiltIn::Untrusted,
            Some(Located { value: true, .. }) | None => BuiltIn::Trusted,
        };
        let named = table.tables("root", Section::Root, problems);
        let roots = named.iter().filter_map(|root| RootFile::read(root, problems)).collect();
        if let (Some(aws_root), BuiltIn::Untrusted, true) = (aws_root, built_in, named.is_empty()) {
            problems.add(Problem::NoRoot, &aws_root.at);
        }
        let named = table.tables("revocations-root", Section::RevocationsRoot, problems);
        let revocations_roots = named.iter().filter_map(|root| RootFile::read(root, problems)).collect();
        Some(Self { built_in, roots, revocations_roots })
    }
}

impl RootFile {
    fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Self> {
        let file = table.text("file", problems);
        let file = table.required("file", file, problems);
        let vouches_for = table.list("vouches-for", problems);
        let vouches_for = table.required("vouches-for", vouches_for, problems);
        let Located { value: file, at } = file?;
        Some(Self { file: Located { value: file.to_owned(), at }, vouches_for: vouches_for?.value })
    }
}

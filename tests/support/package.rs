//! Whole signed packages.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use crate::authority::Authority;
use crate::cms::{Certificate, Claims, EnvelopeSpec, Form, SignerSpec};
use crate::{digest, manifest, pem};

/// The name of the signature entry.
pub const SIGNATURE_NAME: &str = "META_INF/aws_signer_signature_v1.0.SF";
/// The name of the directory that AWS Signer puts in front of it.
pub const MARKER_NAME: &str = "META_INF/";

/// One entry of an archive. A name that ends in `/` is a directory's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub body: Vec<u8>,
    /// Type and permission bits, as Unix has them.
    pub mode: u32,
}

const FILE: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const TYPE: u32 = 0o170_000;

impl Entry {
    pub fn file(name: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), body: body.into(), mode: FILE | 0o644 }
    }

    pub fn directory(name: &str) -> Self {
        Self { name: name.into(), body: Vec::new(), mode: DIRECTORY | 0o755 }
    }

    /// A symbolic link; its body is the target.
    pub fn link(name: &str, target: &str) -> Self {
        Self { name: name.into(), body: target.into(), mode: LINK | 0o777 }
    }

    /// What a manifest says of it.
    pub fn line(&self) -> manifest::Line {
        let kind = match self.mode & TYPE {
            DIRECTORY => 'd',
            LINK => 'l',
            _ => 'f',
        };
        manifest::Line { kind, mode: self.mode & 0o7777, size: self.body.len(), name: self.name.clone() }
    }
}

/// Whether a package begins with a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manifest {
    None,
    /// Entry 0 lists all that the package has.
    First,
}

/// A package, its signature and who made it, all to be changed before the bytes are asked for.
#[derive(Clone)]
pub struct SignedPackage {
    pub authority: Authority,
    pub entries: Vec<Entry>,
    pub manifest: Manifest,
    pub envelope: EnvelopeSpec,
    /// What a verifier is to trust.
    pub trusted: Vec<Certificate>,
    /// Changes the entries after they were signed.
    pub tamper: fn(&mut Vec<Entry>),
}

impl SignedPackage {
    /// A small package of three files and a directory, without a manifest, signed by the standard authority.
    pub fn standard(form: Form) -> Self {
        Self::of(
            vec![
                Entry::file("app.py", "def handler(event, context):\n    return \"hello\"\n"),
                Entry::directory("lib/"),
                Entry::file("lib/util.py", "def answer():\n    return 42\n".repeat(40)),
                Entry::file("empty.txt", ""),
            ],
            form,
        )
    }

    /// These entries, without a manifest, signed by the standard authority.
    pub fn of(entries: Vec<Entry>, form: Form) -> Self {
        Self {
            authority: Authority::standard(),
            entries,
            manifest: Manifest::None,
            envelope: EnvelopeSpec::in_form(form),
            trusted: vec![Certificate::Root],
            tamper: |_| {},
        }
    }

    /// Puts a manifest in front.
    pub fn with_manifest(mut self) -> Self {
        self.manifest = Manifest::First;
        self
    }

    /// States other ARNs and times, in attributes that are otherwise those of a genuine signature.
    pub fn with_claims(mut self, claims: &Claims) -> Self {
        self.envelope.signers = vec![SignerSpec::in_form(self.envelope.form, claims)];
        self
    }

    /// The entries that are signed: the manifest where there is one, the package's own, and `META_INF/`
    /// where they have none.
    pub fn signed_entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        if self.manifest == Manifest::First {
            entries.push(Entry::file(manifest::NAME, manifest::body(&lines(&self.entries))));
        }
        entries.extend_from_slice(&self.entries);
        if !entries.iter().any(|entry| entry.name == MARKER_NAME) {
            entries.push(Entry::directory(MARKER_NAME));
        }
        entries
    }

    /// The CMS content: the inner digest of what is signed.
    pub fn inner(&self) -> [u8; 48] {
        inner(&self.signed_entries())
    }

    /// The bytes of the signature entry.
    pub fn signature(&self) -> Vec<u8> {
        self.envelope.entry(&self.authority, &self.inner())
    }

    /// Every entry of the package, the signature last.
    pub fn all_entries(&self) -> Vec<Entry> {
        let mut entries = self.signed_entries();
        entries.push(Entry::file(SIGNATURE_NAME, self.signature()));
        (self.tamper)(&mut entries);
        entries
    }

    /// The archive's bytes.
    pub fn zip(&self) -> Vec<u8> {
        plain_zip(&self.all_entries())
    }

    /// What a verifier is to trust, as one PEM file.
    pub fn trusted_pem(&self) -> String {
        self.trusted.iter().map(|root| pem::certificate(&root.der(&self.authority))).collect()
    }
}

/// The manifest's lines for these entries.
pub fn lines(entries: &[Entry]) -> Vec<manifest::Line> {
    entries.iter().map(Entry::line).collect()
}

/// The inner digest of these entries.
pub fn inner(entries: &[Entry]) -> [u8; 48] {
    let pairs: Vec<_> = entries.iter().map(|entry| (&entry.name, &entry.body)).collect();
    digest::inner(&pairs)
}

/// An ordinary archive of these entries: files deflated, the rest stored, no times.
pub fn plain_zip(entries: &[Entry]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default()
            .last_modified_time(DateTime::default())
            .unix_permissions(entry.mode & 0o7777);
        match entry.mode & TYPE {
            DIRECTORY => writer.add_directory(&entry.name, options).expect("a directory is added"),
            LINK => {
                let target = str::from_utf8(&entry.body).expect("a link's target is text");
                writer.add_symlink(&entry.name, target, options).expect("a link is added");
            }
            _ => {
                writer.start_file(&entry.name, options).expect("an entry is started");
                writer.write_all(&entry.body).expect("an entry is written");
            }
        }
    }
    writer.finish().expect("the archive is finished").into_inner()
}

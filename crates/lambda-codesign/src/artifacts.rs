//! Code in the artifacts that deploy tools leave, found and written back.

mod document;
mod template;
mod remark;
mod oddity;
mod expression;
mod publishers;
mod statics;
mod serverless;
mod cloud_assembly;
mod templates;
mod zips;

use std::path::{Path, PathBuf};

use lambda_codesign_core::text::Hex;
use sha2::{Digest as _, Sha256};

use cloud_assembly::CloudAssembly;
use serverless::Serverless;
use templates::Templates;
use zips::Zips;

use crate::fault::{Fault, escaped};
use crate::input::read_small;
use document::Document;
pub(crate) use publishers::Names;
pub(crate) use remark::{Kind, Remark};

/// Code that a function or layer runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    /// The zip, or the folder that is packed into one.
    pub(crate) path: PathBuf,
}

/// An object that functions and layers have as their code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Object {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) version: Option<String>,
}

/// A file that signing changes or adds.
#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// What a deploy tool left.
///
/// Holding one proves that its documents are well-formed and that the local code they name lies in its folder.
#[derive(Debug)]
pub(crate) enum Artifacts {
    CloudAssembly(CloudAssembly),
    Serverless(Serverless),
    Templates(Templates),
    Zips(Zips),
}

impl Artifacts {
    /// Reads what is at a path, which tells by its files what it is.
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        if CloudAssembly::is_at(path) {
            return CloudAssembly::read(path).map(Self::CloudAssembly);
        }
        if Serverless::is_at(path) {
            return Serverless::read(path).map(Self::Serverless);
        }
        if path.is_file() {
            return Templates::read(path).map(Self::Templates);
        }
        let what = || format!("can't tell what to sign in {}", escaped(&path.to_string_lossy()));
        let names = ["template.yaml", "template.yml", "template.json"];
        let found: Vec<PathBuf> =
            names.iter().map(|name| path.join(name)).filter(|file| file.is_file()).collect();
        match found.as_slice() {
            [] => Zips::read(path).map(Self::Zips),
            [_] if path.join(".aws-sam").is_dir() => Err(Fault::usage(
                what(),
                "it has a template and a SAM build of it",
                "name the build, which is .aws-sam/build",
            )),
            [template] => Templates::read(template).map(Self::Templates),
            [_, _, ..] => Err(Fault::usage(what(), "it has several templates", "name one of them")),
        }
    }

    /// The local code of functions and layers, each once.
    pub(crate) fn code(&self) -> Vec<Code> {
        match self {
            Self::CloudAssembly(assembly) => assembly.code(),
            Self::Serverless(service) => service.code(),
            Self::Templates(templates) => templates.code(),
            Self::Zips(zips) => zips.code(),
        }
    }

    /// The objects that are code and that a template names without an expression.
    #[cfg(feature = "services")]
    pub(crate) fn objects(&self) -> Vec<Object> {
        match self {
            Self::Templates(templates) => templates.objects(),
            // Their objects are made of the files that they hold.
            Self::CloudAssembly(_) | Self::Serverless(_) | Self::Zips(_) => Vec::new(),
        }
    }

    /// What deserves a look in the templates; publishers are held to what the policy names.
    pub(crate) fn remarks(&self, names: Names<'_>) -> Vec<Remark> {
        match self {
            Self::CloudAssembly(assembly) => assembly.remarks(names),
            Self::Serverless(service) => service.remarks(names),
            Self::Templates(templates) => templates.remarks(names),
            Self::Zips(_) => Vec::new(),
        }
    }

    /// Where the signed zip of code goes.
    pub(crate) fn place_of(&self, code: &Code, signed: &[u8]) -> PathBuf {
        match self {
            Self::CloudAssembly(_) => CloudAssembly::place_of(code, signed),
            Self::Templates(templates) => templates.place_of(code, signed),
            Self::Serverless(_) | Self::Zips(_) => code.path.clone(),
        }
    }

    /// The files to write, in that order, once this code is signed, and objects are in the place of others.
    pub(crate) fn with_signed(&self, signed: &[(Code, Vec<u8>)], moved: &[(Object, Object)]) -> Vec<NewFile> {
        match self {
            Self::CloudAssembly(assembly) => assembly.with_signed(signed),
            Self::Serverless(service) => service.with_signed(signed),
            Self::Templates(templates) => templates.with_signed(signed, moved),
            Self::Zips(_) => Zips::with_signed(signed),
        }
    }
}

/// SHA-256 in hexadecimal digits, by which signed code is named.
fn hash(bytes: &[u8]) -> String {
    Hex(&Sha256::digest(bytes)).to_string()
}

/// Reads a document of an artifact.
fn read_document(path: &Path) -> Result<Document, Fault> {
    let what = || format!("can't use {}", escaped(&path.to_string_lossy()));
    let bytes = read_small(path, "artifact file")?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Fault::new(what(), "it is not UTF-8 text", "run the tool's build or synth again"))?;
    Document::parse(text).map_err(|error| Fault::new(what(), error, "run the tool's build or synth again"))
}

/// The path that a file of an artifact names; it lies in the artifact, links followed.
fn inside(root: &Path, folder: &Path, named: &str) -> Result<PathBuf, Fault> {
    let place = at(folder, named)?;
    if !place.starts_with(root) {
        return Err(unusable(folder, named, "it lies outside the artifact's folder"));
    }
    Ok(place)
}

/// The path of something that is named, links followed.
fn at(folder: &Path, named: &str) -> Result<PathBuf, Fault> {
    let place = folder.join(named).canonicalize();
    place.map_err(|_| unusable(folder, named, "it is not there or can't be read"))
}

fn unusable(folder: &Path, named: &str, why: &str) -> Fault {
    let shown = escaped(&folder.join(named).to_string_lossy());
    Fault::new(
        format!("can't use {shown}, which the artifact names"),
        why,
        "run the tool's build or synth again",
    )
}

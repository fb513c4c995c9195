//! A cloud assembly of the AWS CDK: `cdk.out`, with nested stacks and stages.
//!
//! The CDK names an asset by a hash, in its asset manifest, in the templates, in the object's key and in the assembly's
//! manifest. A signed asset is other content and gets another hash; so does each template that names it, for templates
//! are assets too, and `cdk-assets` uploads nothing where an object of that key is there already.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::document::{Document, Node, Scalar};
use super::expression::ending;
use super::publishers::Names;
use super::remark::{ByCdk, Kind, Remark};
use super::statics::Template;
use super::template::{CodePlace, runs};
use super::{Code, NewFile, at, hash, inside, read_document};
use crate::fault::{Fault, escaped};

/// No app has as many stages within stages.
const MAX_NESTING: usize = 16;

/// An assembly that was read, stages and nested stacks included.
///
/// Holding one proves that its manifests and templates are well-formed and that all they name lies in its folder.
#[derive(Debug)]
pub(crate) struct CloudAssembly {
    root: PathBuf,
    /// Manifests, the innermost stage's first.
    manifests: Vec<File>,
    asset_manifests: Vec<File>,
    templates: Vec<File>,
    /// The files of the asset manifests, by place: which assets are made from it.
    assets: BTreeMap<PathBuf, BTreeSet<String>>,
    /// The hash by which a destination's key names an asset.
    keys: BTreeMap<String, String>,
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    document: Document,
}

/// What a name becomes.
#[derive(Debug, Default)]
struct Renames {
    /// Hashes, wherever a text has them.
    ids: BTreeMap<String, String>,
    /// Paths, by their last part.
    files: BTreeMap<String, String>,
}

impl CloudAssembly {
    /// Whether a folder is one.
    pub(crate) fn is_at(folder: &Path) -> bool {
        folder.join("manifest.json").is_file() && folder.join("cdk.out").is_file()
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, Fault> {
        let root = at(folder, ".")?;
        let mut assembly = Self {
            root: root.clone(),
            manifests: Vec::new(),
            asset_manifests: Vec::new(),
            templates: Vec::new(),
            assets: BTreeMap::new(),
            keys: BTreeMap::new(),
        };
        assembly.read_stage(&root, 0)?;
        Ok(assembly)
    }

    fn read_stage(&mut self, folder: &Path, depth: usize) -> Result<(), Fault> {
        let file = File::read(inside(&self.root, folder, "manifest.json")?)?;
        if depth > MAX_NESTING {
            return Err(file.wrong("it lies in more stages than any app has"));
        }
        for (_, artifact) in file.document.root().get("artifacts").into_iter().flat_map(Node::pairs) {
            let property = |name: &str| artifact.get("properties")?.get(name)?.literal();
            let kind = artifact.get("type").and_then(Node::literal).unwrap_or_default();
            match (kind, property("directoryName"), property("templateFile"), property("file")) {
                ("cdk:cloud-assembly", Some(stage), _, _) => {
                    let stage = inside(&self.root, folder, stage)?;
                    self.read_stage(&stage, depth + 1)?;
                }
                ("aws:cloudformation:stack", _, Some(template), _) => self.read_template(folder, template)?,
                ("cdk:asset-manifest", _, _, Some(manifest)) => self.read_assets(folder, manifest)?,
                (_, _, _, _) => {}
            }
        }
        self.manifests.push(file);
        Ok(())
    }

    fn read_template(&mut self, folder: &Path, named: &str) -> Result<(), Fault> {
        let path = inside(&self.root, folder, named)?;
        if self.templates.iter().all(|file| file.path != path) {
            self.templates.push(File::read(path)?);
        }
        Ok(())
    }

    fn read_assets(&mut self, folder: &Path, named: &str) -> Result<(), Fault> {
        let file = File::read(inside(&self.root, folder, named)?)?;
        for (id, asset) in file.document.root().get("files").into_iter().flat_map(Node::pairs) {
            let Some(path) = asset.get("source").and_then(|source| source.get("path")?.literal()) else {
                continue;
            };
            if !is_hash(id) {
                return Err(file.wrong("it names an asset by something other than a hash of 64 digits"));
            }
            if path.ends_with(".template.json") {
                self.read_template(folder, path)?;
            }
            self.assets.entry(inside(&self.root, folder, path)?).or_default().insert(id.to_owned());
            for (_, destination) in asset.get("destinations").into_iter().flat_map(Node::pairs) {
                if let Some(key) = destination.get("objectKey").and_then(Node::literal) {
                    self.keys.insert(key.to_owned(), id.to_owned());
                }
            }
        }
        self.asset_manifests.push(file);
        Ok(())
    }

    /// The code of functions and layers that the assembly holds, each asset once.
    pub(crate) fn code(&self) -> Vec<Code> {
        let wanted: BTreeSet<&String> =
            self.keys_in_use().filter_map(|key| self.keys.get(key.value())).collect();
        let of_asset = |(path, ids): (&PathBuf, &BTreeSet<String>)| {
            ids.iter().any(|id| wanted.contains(id)).then(|| Code { path: path.clone() })
        };
        self.assets.iter().filter_map(of_asset).collect()
    }

    fn keys_in_use(&self) -> impl Iterator<Item = &Scalar> {
        self.templates.iter().flat_map(|file| runs(&file.document)).filter_map(|runs| match runs.place {
            CodePlace::S3(key) => Some(key),
            CodePlace::Local(_) | CodePlace::Computed | CodePlace::Inline | CodePlace::Image => None,
        })
    }

    /// What deserves a look in the templates.
    pub(crate) fn remarks(&self, names: Names<'_>) -> Vec<Remark> {
        const ELSEWHERE: &str = "has its code in an object that is no asset of the assembly";
        const AT_A_PATH: &str = "has its code at a path, not in an asset: it was not signed";
        let mut remarks = Vec::new();
        for file in &self.templates {
            let name = file.path.strip_prefix(&self.root).unwrap_or(&file.path).to_string_lossy();
            let template = Template::new(&name, &file.document, ByCdk::Yes);
            for one in runs(&file.document) {
                match one.place {
                    CodePlace::S3(key) if self.keys.contains_key(key.value()) => {}
                    CodePlace::Local(_) => {
                        remarks.push(template.remark(Kind::UnknownCode(AT_A_PATH), one.name));
                    }
                    CodePlace::S3(_) | CodePlace::Computed | CodePlace::Inline | CodePlace::Image => {
                        remarks.extend(template.of_code(&one, ELSEWHERE));
                    }
                }
            }
            remarks.extend(template.unread(&|location| self.is_read(location)));
            remarks.extend(template.check(names));
        }
        remarks
    }

    /// Whether a nested stack's template is an asset that was read: the URL ends with the key of one.
    fn is_read(&self, location: &Node) -> bool {
        let is_template = |id: &String| {
            let of = |file: &File| self.assets.get(&file.path).is_some_and(|ids| ids.contains(id));
            self.templates.iter().any(of)
        };
        let Some(url) = ending(location) else { return false };
        let keys = url.match_indices('/').filter_map(|(at, slash)| url.get(at + slash.len()..));
        keys.filter_map(|key| self.keys.get(key)).any(is_template)
    }

    /// Where the signed zip of an asset goes.
    pub(crate) fn place_of(code: &Code, signed: &[u8]) -> PathBuf {
        code.path.with_file_name(format!("asset.{}.zip", hash(signed)))
    }

    /// The files to write, in that order, once these assets are signed: packages, templates, asset manifests and the
    /// manifests that refer to them.
    pub(crate) fn with_signed(&self, signed: &[(Code, Vec<u8>)]) -> Vec<NewFile> {
        let (mut files, mut renames) = (Vec::new(), Renames::default());
        for (code, bytes) in signed {
            let (id, place) = (hash(bytes), Self::place_of(code, bytes));
            for old in self.assets.get(&code.path).into_iter().flatten() {
                renames.ids.insert(old.clone(), id.clone());
            }
            if let (Some(old), Some(new)) = (code.path.file_name(), place.file_name()) {
                let name = |name: &std::ffi::OsStr| name.to_string_lossy().into_owned();
                renames.files.insert(name(old), name(new));
            }
            files.push(NewFile { path: place, bytes: bytes.clone() });
        }
        files.extend(self.renamed_templates(&mut renames));
        files.extend(
            self.asset_manifests.iter().filter_map(|file| file.changed(renames.asset_manifest(file))),
        );
        files.extend(self.manifests.iter().filter_map(|file| file.changed(renames.document(file))));
        files
    }

    /// The templates that change, those that others name before the others: each new text gives a new name.
    fn renamed_templates(&self, renames: &mut Renames) -> Vec<NewFile> {
        let (mut files, mut rest): (Vec<NewFile>, Vec<&File>) = (Vec::new(), self.templates.iter().collect());
        loop {
            let names: Vec<_> =
                rest.iter().map(|file| (file.path.as_path(), self.assets.get(&file.path))).collect();
            let (waiting, ready): (Vec<&File>, Vec<&File>) = rest.iter().partition(|file| {
                let others = names.iter().filter(|(path, _)| *path != file.path);
                others.filter_map(|(_, ids)| *ids).flatten().any(|id| file.document.text().contains(id))
            });
            // Names that go round in a circle, which no hashes do, are taken as they come.
            let done = if ready.is_empty() { waiting.clone() } else { ready.clone() };
            rest = if ready.is_empty() { Vec::new() } else { waiting };
            for file in done {
                let Some(new) = file.changed(renames.document(file)) else { continue };
                for old in self.assets.get(&file.path).into_iter().flatten() {
                    renames.ids.insert(old.clone(), hash(&new.bytes));
                }
                files.push(new);
            }
            if rest.is_empty() {
                return files;
            }
        }
    }
}

impl File {
    fn read(path: PathBuf) -> Result<Self, Fault> {
        Ok(Self { document: read_document(&path)?, path })
    }

    fn wrong(&self, why: &str) -> Fault {
        let what = format!("can't use {}", escaped(&self.path.to_string_lossy()));
        Fault::new(what, why, "synthesize the app again with `cdk synth`")
    }

    fn changed(&self, text: String) -> Option<NewFile> {
        (text != self.document.text()).then(|| NewFile { path: self.path.clone(), bytes: text.into_bytes() })
    }
}

impl Renames {
    fn document(&self, file: &File) -> String {
        file.document.rewritten(&|scalar| self.scalar(scalar))
    }

    /// As [`Renames::document`]; what was a folder to zip is a zip now.
    fn asset_manifest(&self, file: &File) -> String {
        let sources = file.document.root().get("files").into_iter().flat_map(Node::pairs);
        let zipped: Vec<&Scalar> = sources
            .filter_map(|(_, asset)| asset.get("source"))
            .filter(|source| {
                source.get("path").and_then(Node::literal).is_some_and(|path| self.file(path).is_some())
            })
            .filter_map(|source| source.get("packaging")?.scalar())
            .collect();
        file.document.rewritten(&|scalar| {
            if zipped.iter().any(|packaging| packaging.is(scalar)) {
                return Some("file".to_owned());
            }
            self.scalar(scalar)
        })
    }

    fn scalar(&self, scalar: &Scalar) -> Option<String> {
        self.file(scalar.value()).or_else(|| {
            let of = |(old, new): (&String, &String)| {
                scalar.value().contains(old.as_str()).then(|| scalar.value().replace(old.as_str(), new))
            };
            self.ids.iter().find_map(of)
        })
    }

    fn file(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
        let new = self.files.get(name)?;
        Some(if folder.is_empty() { new.clone() } else { format!("{folder}/{new}") })
    }
}

fn is_hash(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

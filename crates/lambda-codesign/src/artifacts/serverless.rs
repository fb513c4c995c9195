//! `.serverless`, as `serverless package` leaves it, and as `serverless deploy --package` takes it.
//!
//! The framework names an object by the file name of its zip, and a version of a function by the zip's hash: in the
//! version's `CodeSha256`, which Lambda compares on publishing, and in its logical id. So zips keep their names, and both
//! follow the signed zip, in the template and in the state that is deployed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_codesign_core::digest::CodeSha256;
use sha2::{Digest as _, Sha256};

use super::document::{Document, Node, Scalar};
use super::publishers::Names;
use super::remark::{ByCdk, Kind, Remark};
use super::statics::Template;
use super::template::{CodePlace, runs};
use super::{Code, NewFile, at, inside, read_document};
use crate::fault::{Fault, escaped};

const STATE: &str = "serverless-state.json";
const TEMPLATE: &str = "cloudformation-template-update-stack.json";

/// A packaged service.
///
/// Holding one proves that its state and template are well-formed and that the zips of its functions and layers lie in its
/// folder.
#[derive(Debug)]
pub(crate) struct Serverless {
    folder: PathBuf,
    state: Document,
    template: Document,
    zips: BTreeSet<PathBuf>,
}

/// What takes the place of a scalar, by where it begins; and of logical ids, wherever a text has them.
#[derive(Default)]
struct Changes {
    scalars: BTreeMap<usize, String>,
    ids: BTreeMap<String, String>,
}

impl Serverless {
    /// Whether a folder is one.
    pub(crate) fn is_at(folder: &Path) -> bool {
        folder.join(STATE).is_file()
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, Fault> {
        let folder = at(folder, ".")?;
        let state = read_document(&inside(&folder, &folder, STATE)?)?;
        let template = read_document(&inside(&folder, &folder, TEMPLATE)?)?;
        let mut service = Self { folder, state, template, zips: BTreeSet::new() };
        service.zips = service.find()?;
        Ok(service)
    }

    /// The zips by the keys of their objects, and that no other file is sent under such a key.
    fn find(&self) -> Result<BTreeSet<PathBuf>, Fault> {
        let mut zips = BTreeSet::new();
        for one in runs(&self.template) {
            let CodePlace::S3(key) = one.place else { continue };
            if self.is_sent_already(one.name) {
                continue;
            }
            zips.insert(inside(&self.folder, &self.folder, file_name(key.value()))?);
        }
        for artifact in self.artifacts() {
            let path = Path::new(artifact);
            // A path of its own is sent instead of the file of that name in the folder.
            let here = self.folder.join(path.file_name().unwrap_or_default());
            let same = self
                .folder
                .parent()
                .is_some_and(|service| service.join(path).canonicalize().ok() == here.canonicalize().ok());
            if !same {
                return Err(Fault::new(
                    format!("can't sign {}, which the service names as its artifact", escaped(artifact)),
                    "it lies outside the folder of the package, and is sent from there",
                    "sign it there with `lambda-codesign sign` before packaging",
                ));
            }
        }
        Ok(zips)
    }

    /// The artifacts that the state names by path.
    fn artifacts(&self) -> impl Iterator<Item = &str> {
        let service = || self.state.root().get("service");
        let of = |kind: &'static str| {
            service().and_then(|service| service.get(kind)).into_iter().flat_map(Node::pairs)
        };
        let each = of("functions").chain(of("layers"));
        let own = each.filter_map(|(_, one)| one.get("package")?.get("artifact")?.literal());
        let whole = service().and_then(|service| service.get("package")?.get("artifact")?.literal());
        own.chain(whole).filter(|artifact| !artifact.is_empty())
    }

    /// Whether a layer was sent by an earlier deployment, and is not sent again.
    fn is_sent_already(&self, logical_id: &Scalar) -> bool {
        let resource = self.template.root().get("Resources").and_then(|it| it.get(logical_id.value()));
        let name = resource.and_then(|it| it.get("Properties")?.get("LayerName")?.literal());
        let layers = self.state.root().get("service").and_then(|service| service.get("layers"));
        layers.into_iter().flat_map(Node::pairs).any(|(key, layer)| {
            let called = layer.get("name").and_then(Node::literal).unwrap_or(key);
            let sent = layer.get("artifactAlreadyUploaded").and_then(Node::literal) == Some("true");
            sent && Some(called) == name
        })
    }

    pub(crate) fn code(&self) -> Vec<Code> {
        self.zips.iter().map(|path| Code { path: path.clone() }).collect()
    }

    /// What deserves a look in the template.
    pub(crate) fn remarks(&self, names: Names<'_>) -> Vec<Remark> {
        const SENT: &str = "was sent by an earlier deployment and is not sent again: whether it was signed is not known here";
        const ELSEWHERE: &str = "has its code in an object that is no file of the package";
        let template = Template::new(TEMPLATE, &self.template, ByCdk::No);
        let mut remarks = Vec::new();
        for one in runs(&self.template) {
            match one.place {
                CodePlace::S3(_) if self.is_sent_already(one.name) => {
                    remarks.push(template.remark(Kind::UnknownCode(SENT), one.name));
                }
                CodePlace::S3(key) if self.zips.contains(&self.folder.join(file_name(key.value()))) => {}
                CodePlace::S3(_)
                | CodePlace::Local(_)
                | CodePlace::Computed
                | CodePlace::Inline
                | CodePlace::Image => remarks.extend(template.of_code(&one, ELSEWHERE)),
            }
        }
        remarks.extend(template.unread(&|_| false));
        remarks.extend(template.check(names));
        remarks
    }

    /// The files to write, in that order: the zips in the place of the others, then what speaks of their hashes. What a run
    /// that was killed has left half-done is finished: the documents follow the zips that are there.
    pub(crate) fn with_signed(&self, signed: &[(Code, Vec<u8>)]) -> Vec<NewFile> {
        let mut hashes = BTreeMap::new();
        for path in &self.zips {
            let new =
                signed.iter().find(|(code, _)| code.path == *path).map(|(_, bytes)| CodeSha256::of(bytes));
            let hash = new.or_else(|| std::fs::read(path).ok().map(|bytes| CodeSha256::of(&bytes)));
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            hashes.extend(hash.map(|hash| (name, hash.to_string())));
        }
        let zips =
            signed.iter().map(|(code, bytes)| NewFile { path: code.path.clone(), bytes: bytes.clone() });
        let in_state = self
            .state
            .root()
            .get("service")
            .and_then(|service| service.get("provider")?.get("compiledCloudFormationTemplate"));
        let documents =
            [(TEMPLATE, &self.template, Some(self.template.root())), (STATE, &self.state, in_state)];
        let documents = documents.into_iter().filter_map(|(name, document, template)| {
            let changes = Changes::of(template?, &hashes);
            let text = document.rewritten(&|scalar| changes.to(scalar));
            let path = self.folder.join(name);
            (text != document.text()).then(|| NewFile { path, bytes: text.into_bytes() })
        });
        zips.chain(documents).collect()
    }
}

impl Changes {
    /// What a template says of hashes that are others now.
    fn of(template: &Node, hashes: &BTreeMap<String, String>) -> Self {
        let mut changes = Self::default();
        let resources = || template.get("Resources").into_iter().flat_map(Node::pairs);
        for (id, version) in resources() {
            if version.get("Type").and_then(Node::literal) != Some("AWS::Lambda::Version") {
                continue;
            }
            let properties = version.get("Properties");
            let property = |name: &str| properties.and_then(|properties| properties.get(name));
            let function = property("FunctionName").and_then(|name| name.get("Ref")?.literal());
            let key = function.and_then(|function| {
                let (_, resource) = resources().find(|(id, _)| *id == function)?;
                resource.get("Properties")?.get("Code")?.get("S3Key")?.literal()
            });
            let new = key.and_then(|key| hashes.get(file_name(key)));
            let (Some(old), Some(new)) = (property("CodeSha256").and_then(Node::scalar), new) else {
                continue;
            };
            if old.value() != new {
                changes.scalars.insert(old.start(), new.clone());
                changes.ids.insert(id.to_owned(), renamed(id, new));
            }
        }
        changes
    }

    fn to(&self, scalar: &Scalar) -> Option<String> {
        if let Some(new) = self.scalars.get(&scalar.start()) {
            return Some(new.clone());
        }
        let (old, new) = self.ids.iter().find(|(old, _)| scalar.value().contains(old.as_str()))?;
        Some(scalar.value().replace(old, new))
    }
}

/// A logical id for the version of a signed zip: another content is another version, which the framework keeps.
fn renamed(id: &str, code_sha256: &str) -> String {
    let kind = "LambdaVersion";
    let stem = id.find(kind).and_then(|at| id.get(..at.saturating_add(kind.len()))).unwrap_or(id);
    let hash = STANDARD.encode(Sha256::new().chain_update(id).chain_update(code_sha256).finalize());
    let hash: String = hash.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{stem}{hash}")
}

fn file_name(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}

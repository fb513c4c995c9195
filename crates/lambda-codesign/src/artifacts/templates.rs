//! Templates that name local code by its path: a SAM build, or CloudFormation's before `package`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::document::{Document, Scalar};
use super::publishers::Names;
use super::remark::{ByCdk, Kind, Remark};
use super::statics::Template;
use super::template::{CodePlace, InS3, nested, objects, runs};
use super::{Code, NewFile, Object, at, hash, inside, read_document};
use crate::fault::{Fault, escaped};

/// No stack has as many stacks within stacks.
const MAX_NESTING: usize = 16;

/// A template and those nested in it.
///
/// Holding one proves that they are well-formed and that all local code they name lies in the folder of the outermost, a
/// SAM build's in its project, none of it a folder that holds a template; not that the code can be signed.
#[derive(Debug)]
pub(crate) struct Templates {
    /// What the code lies in.
    root: PathBuf,
    /// What the outermost template lies in.
    folder: PathBuf,
    /// The innermost first.
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    document: Document,
}

impl Templates {
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let path = at(folder_of(path), &name)?;
        let folder = folder_of(&path).to_owned();
        let root = project_of(&folder).unwrap_or(&folder).to_owned();
        let mut templates = Self { root, folder, files: Vec::new() };
        templates.read_stack(path, &mut BTreeSet::new(), 0)?;
        templates.check_code()?;
        Ok(templates)
    }

    fn read_stack(&mut self, path: PathBuf, met: &mut BTreeSet<PathBuf>, depth: usize) -> Result<(), Fault> {
        if !met.insert(path.clone()) {
            return Ok(());
        }
        let file = File { document: read_document(&path)?, path };
        if depth > MAX_NESTING {
            return Err(file.wrong("it lies in more stacks than any stack has"));
        }
        if file.document.root().get("Resources").is_none() {
            return Err(file.wrong("it is no template: it has no Resources"));
        }
        for named in nested(&file.document).filter_map(|one| one.location?.scalar()) {
            if !is_local(named.value()) {
                continue;
            }
            let inner = inside(&self.root, folder_of(&file.path), named.value())?;
            self.read_stack(inner, met, depth + 1)?;
        }
        self.files.push(file);
        Ok(())
    }

    fn check_code(&self) -> Result<(), Fault> {
        for file in &self.files {
            for scalar in file.local_code() {
                let code = inside(&self.root, folder_of(&file.path), scalar.value())?;
                if self.files.iter().any(|template| template.path.starts_with(&code)) {
                    return Err(file.wrong("a function's code is the folder that holds the template itself"));
                }
            }
        }
        Ok(())
    }

    /// The local code of functions and layers, each once.
    pub(crate) fn code(&self) -> Vec<Code> {
        let places: BTreeSet<PathBuf> = self
            .files
            .iter()
            .flat_map(|file| file.local_code().filter_map(|scalar| self.place(file, scalar)))
            .collect();
        places.into_iter().map(|path| Code { path }).collect()
    }

    fn place(&self, file: &File, scalar: &Scalar) -> Option<PathBuf> {
        inside(&self.root, folder_of(&file.path), scalar.value()).ok()
    }

    /// The templates, with what deserves a look in them.
    pub(crate) fn remarks(&self, names: Names<'_>) -> Vec<Remark> {
        const ELSEWHERE: &str = "has its code in an object that only the deployment knows";
        let mut remarks = Vec::new();
        for file in &self.files {
            let name = file.path.strip_prefix(&self.folder).unwrap_or(&file.path).to_string_lossy();
            let template = Template::new(&name, &file.document, ByCdk::No);
            let named: BTreeSet<usize> = objects(&file.document).map(|it| it.named.start()).collect();
            remarks.extend(runs(&file.document).iter().filter_map(|one| match one.place {
                CodePlace::S3(key) if named.contains(&key.start()) => {
                    Some(template.remark(Kind::InS3, one.name))
                }
                CodePlace::S3(_)
                | CodePlace::Local(_)
                | CodePlace::Computed
                | CodePlace::Inline
                | CodePlace::Image => template.of_code(one, ELSEWHERE),
            }));
            remarks.extend(template.unread(&|location| location.literal().is_some_and(is_local)));
            remarks.extend(template.check(names));
        }
        remarks
    }

    /// Where the signed zip of code goes: beside it, or beside the outermost template where that lies elsewhere, under a name of its own, so that a run that is killed before the
    /// templates are written has changed nothing that they name.
    pub(crate) fn place_of(&self, code: &Code, signed: &[u8]) -> PathBuf {
        let hash = hash(signed);
        let beside = code.path.with_extension(format!("{}.zip", hash.get(..16).unwrap_or_default()));
        match beside.file_name() {
            Some(name) if !code.path.starts_with(&self.folder) => self.folder.join(name),
            Some(_) | None => beside,
        }
    }

    /// The objects that are code, each once.
    #[cfg(feature = "services")]
    pub(crate) fn objects(&self) -> Vec<Object> {
        let all = self.files.iter().flat_map(|file| objects(&file.document)).map(|one| Object::of(&one));
        all.collect::<BTreeSet<Object>>().into_iter().collect()
    }

    /// The files to write, in that order: the packages, then the templates that name them and the objects in the place of
    /// others.
    pub(crate) fn with_signed(&self, signed: &[(Code, Vec<u8>)], moved: &[(Object, Object)]) -> Vec<NewFile> {
        let packages = signed
            .iter()
            .map(|(code, bytes)| NewFile { path: self.place_of(code, bytes), bytes: bytes.clone() });
        let zips: BTreeMap<&Path, PathBuf> =
            signed.iter().map(|(code, bytes)| (code.path.as_path(), self.place_of(code, bytes))).collect();
        let templates = self.files.iter().filter_map(|file| {
            let mut new: BTreeMap<usize, String> = file
                .local_code()
                .filter_map(|scalar| {
                    let zip = zips.get(self.place(file, scalar)?.as_path())?;
                    Some((scalar.start(), relative(folder_of(&file.path), zip)))
                })
                .collect();
            for one in objects(&file.document) {
                let old = Object::of(&one);
                let Some((_, to)) = moved.iter().find(|(from, _)| *from == old) else { continue };
                new.insert(one.named.start(), one.renamed(&to.key));
                new.extend(one.version.zip(to.version.clone()).map(|(at, version)| (at.start(), version)));
            }
            let text = file.document.rewritten(&|scalar| new.get(&scalar.start()).cloned());
            (text != file.document.text())
                .then(|| NewFile { path: file.path.clone(), bytes: text.into_bytes() })
        });
        packages.chain(templates).collect()
    }
}

impl Object {
    fn of(one: &InS3<'_>) -> Self {
        let InS3 { bucket, key, version, .. } = one;
        let version = version.map(|version| version.value().to_owned());
        Self { bucket: (*bucket).to_owned(), key: (*key).to_owned(), version }
    }
}

impl File {
    fn local_code(&self) -> impl Iterator<Item = &Scalar> {
        runs(&self.document).into_iter().filter_map(|one| match one.place {
            CodePlace::Local(scalar) => Some(scalar),
            CodePlace::S3(_) | CodePlace::Computed | CodePlace::Inline | CodePlace::Image => None,
        })
    }

    fn wrong(&self, why: &str) -> Fault {
        let what = format!("can't use {}", escaped(&self.path.to_string_lossy()));
        Fault::new(what, why, "name a template whose functions have folders or zips of their own")
    }
}

/// The project that a SAM build belongs to: a layer that needs no build stays there, and the build's template names it
/// as `../../layer`.
fn project_of(build: &Path) -> Option<&Path> {
    build.ends_with(".aws-sam/build").then(|| build.ancestors().nth(2)).flatten()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Whether a nested template is a file, and no URL.
fn is_local(named: &str) -> bool {
    !named.contains("://") && !named.starts_with("arn:")
}

/// The path of a file as seen from a folder, with `/` as templates have it.
fn relative(folder: &Path, file: &Path) -> String {
    let shared = folder.components().zip(file.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down = file.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

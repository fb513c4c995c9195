//! The policy file: where it is, and what is in it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::report::{PlaceReport, PolicyFileReport};
use lambda_codesign_policy::{
    BuiltIn, Diagnostic, Effective, FILE_NAME, Lines, PolicyFile, Problem, RootFile, Target,
};

use crate::cli::Global;
use crate::fault::{Fault, escaped};
use crate::input;
use crate::render::snippets::places;

const VARIABLE: &str = "LAMBDA_CODESIGN_CONFIG";

/// A policy file that was read, in which nothing is wrong and no exception has ended.
pub(crate) struct LoadedPolicy {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) file: PolicyFile,
}

/// The policy file that is to be used, where there is one.
pub(crate) fn find(global: &Global) -> Option<PathBuf> {
    if global.no_config {
        return None;
    }
    let variable = || std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    let here = || std::env::current_dir().ok().and_then(|here| above(&here));
    global.config.clone().or_else(variable).or_else(here)
}

/// The file here or above, up to the repository's root.
fn above(here: &Path) -> Option<PathBuf> {
    for folder in here.ancestors() {
        let file = folder.join(FILE_NAME);
        if file.exists() {
            // A file of the folder itself is named as people name it.
            return Some(if folder == here { FILE_NAME.into() } else { file });
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Reads the policy file, where there is one, as of this time.
pub(crate) fn load(global: &Global, now: Timestamp) -> Result<Option<LoadedPolicy>, Fault> {
    find(global).map(|path| LoadedPolicy::read(path, now)).transpose()
}

impl LoadedPolicy {
    pub(crate) fn read(path: PathBuf, now: Timestamp) -> Result<Self, Fault> {
        let name = path.to_string_lossy().into_owned();
        let text = text(&path, "policy file")?;
        let file =
            PolicyFile::parse(&text).map_err(|wrong| malformed("policy file", &name, &text, &wrong))?;
        let ended = file.ended(now);
        if ended.is_empty() {
            return Ok(Self { path, text, file });
        }
        Err(malformed("policy file", &name, &text, &ended))
    }

    pub(crate) fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// The place of an offset, for people.
    pub(crate) fn line(&self, offset: usize) -> usize {
        Lines::of(&self.text).position(offset).line
    }

    /// The roots that the file trusts; AWS's own, where it does not speak of trust.
    pub(crate) fn roots(&self) -> Result<TrustRoots, Fault> {
        let built_in = match self.file.trust.as_ref().map(|trust| trust.built_in) {
            Some(BuiltIn::Trusted) | None => TrustRoots::aws(),
            Some(BuiltIn::Untrusted) => TrustRoots::none(),
        };
        self.with_roots(built_in, self.file.trust.iter().flat_map(|trust| &trust.roots))
    }

    /// The roots that the file trusts to vouch for revocation snapshots.
    pub(crate) fn revocations_roots(&self) -> Result<TrustRoots, Fault> {
        let named = self.file.trust.iter().flat_map(|trust| &trust.revocations_roots);
        self.with_roots(TrustRoots::none(), named)
    }

    fn with_roots<'f>(
        &self,
        mut roots: TrustRoots,
        named: impl Iterator<Item = &'f RootFile>,
    ) -> Result<TrustRoots, Fault> {
        let mut wrong = Vec::new();
        for root in named {
            if let Err(why) = self.add_root(root, &mut roots) {
                wrong.push(Diagnostic::new(Problem::File { why }, root.file.at.clone()));
            }
        }
        if wrong.is_empty() {
            Ok(roots)
        } else {
            Err(malformed("policy file", &self.name(), &self.text, &wrong))
        }
    }

    fn add_root(&self, root: &RootFile, roots: &mut TrustRoots) -> Result<(), String> {
        let pem = input::read_small(&beside(&self.path, &root.file.value), "trust root")
            .map_err(|fault| format!("{}: {}", fault.what(), fault.why()))?;
        for pattern in &root.vouches_for {
            let vouches = Vouches::Matching(pattern.value.clone());
            roots.add_pem(&pem, &vouches).map_err(|error| format!("the root can't be trusted: {error}"))?;
        }
        Ok(())
    }

    /// What the file says of a target.
    pub(crate) fn effective(&self, target: &Target) -> Result<Effective<'_>, Fault> {
        self.file.effective(target).map_err(|undecided| {
            Fault::usage(
                format!("can't tell which rules of {} apply", escaped(&self.name())),
                undecided,
                "say what the package is for: --for function:NAME or layer:NAME, --region, --account",
            )
        })
    }

    /// As reports name it, with all its rules.
    pub(crate) fn report_all(&self) -> PolicyFileReport {
        let rules = self.file.rules.iter().map(|rule| rule.name.value.as_str());
        PolicyFileReport::new(&self.name(), self.text.as_bytes(), rules)
    }

    /// As reports name it, with the rules that applied and what deserves attention.
    pub(crate) fn report(&self, effective: &Effective<'_>, warnings: &[Diagnostic]) -> PolicyFileReport {
        let rules = effective.applied().map(|rule| rule.name.value.as_str());
        let warnings = warnings.iter().map(|diagnostic| {
            let position = Lines::of(&self.text).position(diagnostic.at.start);
            PlaceReport::new(position.line, position.column, &diagnostic.problem.to_string())
        });
        PolicyFileReport::new(&self.name(), self.text.as_bytes(), rules).with_warnings(warnings.collect())
    }
}

/// A path that a file names: beside the file, unless it is absolute.
pub(crate) fn beside(file: &Path, named: &str) -> PathBuf {
    file.parent().map_or_else(|| PathBuf::from(named), |folder| folder.join(named))
}

/// The text of a file that people write.
pub(crate) fn text(path: &Path, what: &str) -> Result<String, Fault> {
    const LIMIT: usize = 1024 * 1024;
    let name = escaped(&path.to_string_lossy());
    let unusable = |why: String, help: &str| Fault::new(format!("can't use the {what} {name}"), why, help);
    let bytes = input::read_small(path, what)?;
    if bytes.len() > LIMIT {
        let why = format!("it has {} bytes, more than anybody writes", bytes.len());
        return Err(unusable(why, "check that it is the right file"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        unusable(format!("it is not UTF-8 from byte {offset} on"), "save it as UTF-8")
    })
}

/// That a file can't be used, and everything that is wrong in it.
pub(crate) fn malformed(what: &str, name: &str, text: &str, wrong: &[Diagnostic]) -> Fault {
    let why = match wrong.len() {
        1 => "there is something wrong in it".to_owned(),
        count => format!("there are {count} things wrong in it"),
    };
    Fault::new(
        format!("can't use the {what} {}", escaped(name)),
        why,
        "mend what is shown, and run this again",
    )
    .at(places(name, text, wrong))
}

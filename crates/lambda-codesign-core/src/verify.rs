//! The flow: bytes in, verdict out. There is no second way through.

use crate::archive::{Archive, Entry, Limits};
use crate::chain::{ChainCache, TrustRoots, VerifiedSigner};
use crate::claims::Claims;
use crate::digest::{CodeSha256, FileHash, Threads};
use crate::envelope::{EnvelopeError, MAX_ENVELOPE_SIZE, SignedAttributes, UnverifiedEnvelope};
use crate::finding::Finding;
use crate::manifest::Signing;
use crate::package::{VerifiedPackage, is_vouched_for};
use crate::policy::{Evidence, Policy};
use crate::verdict::{Seen, Verdict};

/// What packages are verified against: everything that is not in the package, but for the evidence of the moment.
///
/// One verifier serves any number of packages and threads.
#[derive(Debug)]
pub struct Verifier {
    /// The roots that are trusted.
    pub roots: TrustRoots,
    /// The rules by which a verified package is judged.
    pub policy: Policy,
    /// How large a package may be.
    pub limits: Limits,
    /// The chains that were verified before.
    pub cache: ChainCache,
}

impl Verifier {
    /// A verifier with Lambda's limits and an empty cache.
    #[must_use]
    pub fn new(roots: TrustRoots, policy: Policy) -> Self {
        Self { roots, policy, limits: Limits::default(), cache: ChainCache::default() }
    }

    /// Verifies a package and judges it, on this thread. Whatever the bytes are, the answer is a verdict.
    #[must_use]
    pub fn verify(&self, package: &[u8], evidence: Evidence<'_>) -> Verdict {
        self.verify_on(Threads::One, package, evidence)
    }

    /// As [`verify`](Self::verify), on one thread or more; the verdict is the same.
    #[must_use]
    pub fn verify_on(&self, threads: Threads, package: &[u8], evidence: Evidence<'_>) -> Verdict {
        self.examine(threads, package).judged_by(&self.policy, evidence)
    }

    /// Verifies a package, to be judged by one policy or several.
    #[must_use]
    pub fn examine(&self, threads: Threads, package: &[u8]) -> Examined {
        let mut seen = Seen::unread(u64::try_from(package.len()).unwrap_or(u64::MAX));
        let file = FileHash::of(package);
        let authenticated = file.beside(threads, || self.authenticate_on(threads, package, &file, &mut seen));
        let file = *seen.code_sha256.insert(file.finish());
        Examined { authenticated, file, seen }
    }

    /// The verdict on a file of more bytes than [`Limits::package_size`], which is refused unread.
    #[must_use]
    pub fn too_large(&self, size: u64) -> Verdict {
        Verdict::stopped(Finding::Archive(self.limits.too_large(size)), self.policy.modes())
            .about(Seen::unread(size))
    }

    /// Verifies a package without judging it: integrity and authenticity, not whether it is current or wanted.
    ///
    /// An unsigned package is told by its records alone: nothing of it is unpacked.
    ///
    /// # Errors
    ///
    /// The [`Finding`] that stopped it; [`Finding::Unsigned`] where there is no signature. `seen` has what was read.
    pub fn authenticate(&self, package: &[u8], seen: &mut Seen) -> Result<VerifiedPackage, Finding> {
        self.authenticate_on(Threads::One, package, &FileHash::of(package), seen)
    }

    fn authenticate_on<'p>(
        &self,
        threads: Threads,
        package: &'p [u8],
        file: &FileHash<'p>,
        seen: &mut Seen,
    ) -> Result<VerifiedPackage, Finding> {
        let archive = Archive::parse(package, &self.limits).map_err(Finding::Archive)?;
        seen.archive(&archive);
        let entry = archive.signature_entry().ok_or(Finding::Unsigned)?;
        let content = || archive.content_digest_beside(threads, file, Signing::Done);
        let said = || self.said(envelope(&archive, entry));
        let threads = threads.workers_for(&archive).map_or(Threads::One, Threads::Several);
        let (content, said) = threads.both(content, said);
        let content = content.map_err(Finding::Archive)?;
        seen.code_sha256 = Some(content.code_sha256());
        let statement = said.seen(seen)?;
        VerifiedPackage::bind(content, statement.claims, statement.signer).map_err(Finding::Binding)
    }

    /// Verifies a signature entry alone, an `.SF` file: who said what, not that it is about any content.
    ///
    /// # Errors
    ///
    /// The [`Finding`] that stopped it. `seen` has what was read.
    pub fn authenticate_signature(&self, entry: &[u8], seen: &mut Seen) -> Result<Statement, Finding> {
        let statement = self.said(UnverifiedEnvelope::parse(entry).map_err(Finding::Envelope)).seen(seen)?;
        is_vouched_for(&statement.claims, &statement.signer).map_err(Finding::Binding)?;
        Ok(statement)
    }

    fn said(&self, envelope: Result<UnverifiedEnvelope, Finding>) -> Said {
        match envelope {
            Ok(envelope) => {
                let claimed = envelope.claimed().clone();
                Said { claimed: Some(claimed), statement: self.statement(envelope) }
            }
            Err(finding) => Said { claimed: None, statement: Err(finding) },
        }
    }

    fn statement(&self, envelope: UnverifiedEnvelope) -> Result<Statement, Finding> {
        let time = envelope.claimed().signing_time;
        let signer =
            VerifiedSigner::from_path(&envelope, &self.roots, time, &self.cache).map_err(Finding::Chain)?;
        let envelope = envelope.verify(&signer).map_err(Finding::Signature)?;
        let claims = Claims::decode(&envelope).map_err(Finding::Claims)?;
        Ok(Statement { claims, signer })
    }
}

/// What became of a package's bytes before any policy was asked.
///
/// Holding one proves that they were gone through. It does not prove that the package is verified: a policy's verdict
/// says so.
#[derive(Debug, Clone)]
pub struct Examined {
    authenticated: Result<VerifiedPackage, Finding>,
    file: CodeSha256,
    seen: Seen,
}

impl Examined {
    /// The verdict of a policy.
    #[must_use]
    pub fn judged_by(&self, policy: &Policy, evidence: Evidence<'_>) -> Verdict {
        let verdict = match &self.authenticated {
            Ok(package) => policy.judge(package, evidence),
            Err(finding) => policy.refuse(finding.clone(), self.file, evidence.now),
        };
        verdict.about(self.seen.clone())
    }

    /// The hash of the file, as Lambda shows it.
    #[must_use]
    pub const fn code_sha256(&self) -> CodeSha256 {
        self.file
    }

    /// The verified package, where integrity and authenticity hold.
    #[must_use]
    pub const fn package(&self) -> Option<&VerifiedPackage> {
        match &self.authenticated {
            Ok(package) => Some(package),
            Err(_) => None,
        }
    }
}

/// What a signature entry says, and whether it is authentic.
struct Said {
    claimed: Option<SignedAttributes>,
    statement: Result<Statement, Finding>,
}

impl Said {
    fn seen(self, seen: &mut Seen) -> Result<Statement, Finding> {
        seen.claimed = self.claimed.or(seen.claimed.take());
        self.statement
    }
}

/// An authentic statement and who made it.
///
/// Holding one proves that this signer said so, and that it led to a trusted root then. It does not prove that the
/// statement is about any package.
#[derive(Debug, Clone)]
pub struct Statement {
    claims: Claims,
    signer: VerifiedSigner,
}

impl Statement {
    /// What was signed.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Who signed it.
    #[must_use]
    pub const fn signer(&self) -> &VerifiedSigner {
        &self.signer
    }
}

/// The envelope in the signature entry, which is unpacked only where it is not larger than any envelope.
fn envelope(archive: &Archive<'_>, entry: &Entry<'_>) -> Result<UnverifiedEnvelope, Finding> {
    let size = usize::try_from(entry.size()).unwrap_or(usize::MAX);
    if size > MAX_ENVELOPE_SIZE {
        return Err(Finding::Envelope(EnvelopeError::TooLarge { size }));
    }
    let body = archive.read(entry, MAX_ENVELOPE_SIZE).map_err(Finding::Archive)?;
    UnverifiedEnvelope::parse(&body).map_err(Finding::Envelope)
}

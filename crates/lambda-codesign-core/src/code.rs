//! The stable codes: one for each thing a verdict can say, with what it means and what to do.

use core::fmt;

/// What part of a verdict a [`Code`] speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// Fails the integrity check: the package is `INVALID`, whatever the mode.
    Integrity,
    /// Fails the expiry check.
    Expiry,
    /// Fails the mismatch check.
    Mismatch,
    /// Fails the revocation check.
    Revocation,
    /// Says why a check was skipped or stayed unknown; no check fails by it.
    Unsettled,
    /// A warning beside the checks; no check fails by it.
    Warning,
}

/// How Lambda itself answers a package that gets this code here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lambda {
    /// Lambda refuses such a package too.
    Refuses,
    /// Lambda may accept such a package: this verifier is stricter.
    MayAccept,
    /// Nobody has published how Lambda answers.
    Unrecorded,
    /// Lambda is not asked: the code speaks of what was given to this verifier.
    NotAsked,
}

macro_rules! codes {
    ($($variant:ident $word:literal $area:ident $lambda:ident $summary:literal $remedy:literal)+) => {
        /// A stable, kebab-case code of a finding; `docs/checks.md` has a heading for each.
        ///
        /// Codes are never renamed and never reused for another meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = concat!("`", $word, "`: ", $summary)] $variant,)+ }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as it stands in reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The part of a verdict it speaks to.
            #[must_use]
            pub const fn area(self) -> Area {
                match self { $(Self::$variant => Area::$area,)+ }
            }

            /// How Lambda answers such a package.
            #[must_use]
            pub const fn lambda(self) -> Lambda {
                match self { $(Self::$variant => Lambda::$lambda,)+ }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)+ }
            }

            /// What to do about it, in one sentence.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }
        }
    };
}

codes! {
    ArchiveMalformed "archive-malformed" Integrity MayAccept
        "The bytes are not a well-formed zip archive, or it holds no entries."
        "Check that the file is the whole deployment zip and holds a file, and build or download it again."
    ArchiveTooLarge "archive-too-large" Integrity MayAccept
        "The package unzips to more than Lambda takes, or exceeds this verifier's own limit on its size or entries."
        "Move large files to a layer, to Amazon S3 or into a container image."
    ArchiveDuplicateEntry "archive-duplicate-entry" Integrity MayAccept
        "Two entries have the same name, so unpackers may keep either."
        "Build the package again with each file in it once."
    ArchiveOverlap "archive-overlap" Integrity MayAccept
        "Two records of the archive share bytes, so what is checked may not be what is unpacked."
        "Build the package again with an ordinary zip tool."
    ArchiveHeaderMismatch "archive-header-mismatch" Integrity MayAccept
        "Two records that describe the same entry disagree."
        "Build the package again with an ordinary zip tool."
    ArchiveUnsafeName "archive-unsafe-name" Integrity MayAccept
        "An entry's name could be read as another path, or hides what it is."
        "Rename the file, or list the files instead of `.` where the name begins with `./`, and build the package again."
    ArchiveEndRecord "archive-end-record" Integrity MayAccept
        "More than one end record could be taken for the archive's own."
        "Build the package again without a comment on the archive."
    ArchiveTrailingBytes "archive-trailing-bytes" Integrity MayAccept
        "Bytes follow the archive's end record."
        "Write the archive to a file rather than to a pipe, or cut off what follows it."
    ArchivePrefix "archive-prefix" Integrity MayAccept
        "Bytes stand before the archive's first entry."
        "Build a plain zip: no launcher line and no self-extracting stub in front of it."
    ArchiveGap "archive-gap" Integrity MayAccept
        "Bytes of the archive belong to no record, so a reader that scans for entries may find hidden ones."
        "Build the package again from scratch with an ordinary zip tool, rather than updating it in place."
    ArchiveOrder "archive-order" Integrity MayAccept
        "The directory lists the entries in another order than they stand in."
        "Build the package again with an ordinary zip tool."
    ArchiveCountMismatch "archive-count-mismatch" Integrity MayAccept
        "The end record's count or size of the directory is not that of the directory."
        "Build the package again with an ordinary zip tool."
    ArchiveMultiDisk "archive-multi-disk" Integrity Unrecorded
        "The archive says that it is a part of several."
        "Build the package as one file."
    ArchiveZip64 "archive-zip64" Integrity MayAccept
        "The ZIP64 records are malformed, or readers that heed them and readers that do not would differ."
        "Build the package again without ZIP64, which no package within Lambda's limits needs."
    ArchiveUnsupportedMethod "archive-unsupported-method" Integrity Unrecorded
        "An entry is compressed by another method than deflate."
        "Build the package again with deflate or without compression."
    ArchiveUnsupportedVersion "archive-unsupported-version" Integrity Unrecorded
        "A record asks for features that no deployment package needs."
        "Build the package again with an ordinary zip tool."
    ArchiveFlags "archive-flags" Integrity MayAccept
        "An entry has flags set that are reserved or announce patched data."
        "Build the package again with an ordinary zip tool."
    ArchiveEncrypted "archive-encrypted" Integrity Unrecorded
        "An entry is encrypted, or says that it is."
        "Build the package again without a password."
    ArchiveSizeMismatch "archive-size-mismatch" Integrity MayAccept
        "An entry's size is not the one that its records state."
        "Check that the file arrived whole, and build the package again."
    ArchiveCrcMismatch "archive-crc-mismatch" Integrity MayAccept
        "An entry's bytes do not have the checksum that its records state."
        "Check that the file arrived whole, and build the package again."
    ArchiveDeflateMalformed "archive-deflate-malformed" Integrity Unrecorded
        "An entry's compressed bytes can't be inflated."
        "Check that the file arrived whole, and build the package again."
    ArchiveDeflateTrailing "archive-deflate-trailing" Integrity MayAccept
        "Something follows the end of an entry's compressed stream."
        "Build the package again with an ordinary zip tool."
    ArchiveEntryType "archive-entry-type" Integrity MayAccept
        "An entry's name and attributes disagree on what it is, or it is something that no package may hold."
        "Build the package again from regular files, directories and symbolic links, without setuid or setgid and not from standard input."
    ArchiveUnsafeLink "archive-unsafe-link" Integrity MayAccept
        "A symbolic link leads out of the package, or an entry stands below one."
        "Replace the link by the file, or by a relative link inside the package."
    ArchiveNameTooLong "archive-name-too-long" Integrity MayAccept
        "An entry's name is longer than a file system takes."
        "Shorten the path and build the package again."
    ArchiveExtraField "archive-extra-field" Integrity MayAccept
        "An entry's extra fields are malformed, or of a kind that tells some readers of another entry."
        "Build the package again with an ordinary zip tool."
    ArchiveDescriptor "archive-descriptor" Integrity MayAccept
        "An entry's data descriptor is missing or does not fit, or readers of a stream would look for it elsewhere."
        "Build the package again, into a file rather than into a pipe."
    ArchivePathConflict "archive-path-conflict" Integrity MayAccept
        "A file's name is also the directory of another entry."
        "Rename one of the two and build the package again."
    ArchiveSignatureConfusable "archive-signature-confusable" Integrity MayAccept
        "An entry could be taken for the signature and is not it."
        "Remove the entry and sign the package again."
    ArchiveNameEncoding "archive-name-encoding" Warning MayAccept
        "A name that is not ASCII does not say that it is UTF-8, so some unpackers show another name."
        "Use a zip tool that sets the UTF-8 flag, or ASCII names."
    ArchiveNameTwin "archive-name-twin" Warning MayAccept
        "Two names differ only in case or in Unicode form, so some file systems take them for one."
        "Rename one of the two."
    ArchiveModeOdd "archive-mode-odd" Warning MayAccept
        "An entry's permission bits are all zeros or all ones, so unpackers make up their own."
        "Use a zip tool that records permission bits."
    ArchiveSignatureNotLast "archive-signature-not-last" Warning MayAccept
        "Entries follow the signature, which AWS Signer writes last."
        "Sign the package after its last change."

    Unsigned "unsigned" Mismatch Refuses
        "The package carries no signature."
        "Sign it with a profile that the code signing configuration allows."
    EnvelopeMalformed "envelope-malformed" Integrity Refuses
        "The signature is not in the form that AWS Signer writes."
        "Sign the unsigned package again, and never edit the signature entry."
    SignatureInvalid "signature-invalid" Integrity Refuses
        "The signature does not fit the statement that it stands under."
        "Do not deploy this package; sign the original again."
    SignerNotIdentified "signer-not-identified" Integrity Refuses
        "The certificate that the signature names is absent, or more than one answers to its name."
        "Sign the unsigned package again."
    CertificateMalformed "certificate-malformed" Integrity Refuses
        "A certificate of the chain is not a P-384 certificate in DER."
        "Sign the unsigned package again with AWS Signer or a local profile."
    ChainTooLarge "chain-too-large" Integrity MayAccept
        "The signature carries more certificates than any genuine one."
        "Sign the unsigned package again."
    ChainUntrusted "chain-untrusted" Integrity Refuses
        "The signer's certificate does not lead to a trusted root that vouches for this publisher."
        "If the signer is yours, give its root with --trust-root; else do not deploy the package."
    ChainNotValidAtSigningTime "chain-not-valid-at-signing-time" Integrity Refuses
        "A certificate of the chain was not valid when the signature was made."
        "Check the signing machine's clock and sign again."
    IssuerNotAuthorized "issuer-not-authorized" Integrity Refuses
        "A certificate of the chain was issued by one that may not issue it."
        "Do not deploy this package; sign the original with AWS Signer or a local profile."
    NotCodeSigning "not-code-signing" Integrity Refuses
        "The signer's certificate is not one for code signing."
        "Sign with AWS Signer or a local profile; a TLS certificate can't sign code."
    ClaimsMalformed "claims-malformed" Integrity Refuses
        "The signed statement does not name a signing job, a profile version and times as AWS Signer does."
        "Sign the unsigned package again."
    LifetimeTooLong "lifetime-too-long" Integrity Unrecorded
        "The signature lives longer than any signing profile can make it."
        "Sign the unsigned package again; a profile's validity is at most 135 months."
    DigestMismatch "digest-mismatch" Integrity Refuses
        "The package's content is not the content that was signed."
        "Sign the package after its last change, and deploy the signed file as it is."
    SignedInTheFuture "signed-in-the-future" Integrity Refuses
        "The signing time lies after the time of this check."
        "Check this machine's clock; if it is right, do not deploy the package."

    ManifestMissing "manifest-missing" Integrity MayAccept
        "A manifest is required, and the package has none."
        "Sign the unsigned package with lambda-codesign, which writes one."
    ManifestMismatch "manifest-mismatch" Integrity MayAccept
        "The package's entries are not those that its manifest lists."
        "Do not deploy this package; boundaries between its files were moved after signing, or the manifest was written for another tree."
    ManifestDisplaced "manifest-displaced" Integrity MayAccept
        "A manifest stands where none may, or the one in front was broken up."
        "Do not deploy this package; sign the unsigned original again."
    BoundaryUnproven "boundary-unproven" Warning NotAsked
        "Nothing proves where one file ends and the next begins, since the format signs them without framing."
        "Sign with a manifest, or lock the package's digest."
    ModeChanged "mode-changed" Warning NotAsked
        "An entry's permission bits are not those that the manifest records."
        "Check what repacked the archive; the format does not sign permission bits."
    ModeUnproven "mode-unproven" Warning NotAsked
        "The package holds symbolic links, and nothing signed says that they were links."
        "Sign with a manifest, which records types and permission bits."

    Expired "expired" Expiry Refuses
        "The signature's lifetime has ended."
        "Sign the package again."
    PublisherNotAllowed "publisher-not-allowed" Mismatch Refuses
        "The package was signed by a signing profile that is not among the allowed publishers."
        "Sign it with an allowed profile, or have the owner of the policy allow this one."
    PublishersNotGiven "publishers-not-given" Mismatch NotAsked
        "Any AWS customer can sign under AWS's root, and no publisher was named."
        "Name the publishers you trust with --allow ARN_OR_PATTERN."
    NotBefore "not-before" Mismatch NotAsked
        "The signature is older than the policy allows."
        "Deploy a newer package, or sign this one again if it is wanted."
    NotInLock "not-in-lock" Mismatch NotAsked
        "The package is not one that the lock file lists."
        "Deploy the package that was locked, or lock this one after reviewing it."
    RevokedSignature "revoked-signature" Revocation Refuses
        "The signing job was revoked."
        "Do not deploy this package; build and sign a new one."
    RevokedProfile "revoked-profile" Revocation Refuses
        "The signing profile was revoked as of a time before this signature."
        "Do not deploy this package; sign again with a profile that is not revoked."

    RevocationNotChecked "revocation-not-checked" Unsettled NotAsked
        "No revocation facts were given, so nothing is known about revocation."
        "Give a snapshot with --revocations FILE where it matters."
    RevocationNotCovered "revocation-not-covered" Unsettled NotAsked
        "The revocation snapshot does not speak of this signing job and profile."
        "Fetch a snapshot from the account and region that signed."
    RevocationTooOld "revocation-too-old" Unsettled NotAsked
        "The revocation snapshot was complete only until before this signature was made."
        "Fetch a newer snapshot."
    RevocationUnvouched "revocation-unvouched" Unsettled NotAsked
        "The revocation snapshot names no revocation, but is not signed under a root that was pinned for snapshots."
        "Fetch it with --signing-profile, and give that profile's root with --revocations-root."
    RevocationAhead "revocation-ahead" Unsettled NotAsked
        "The revocation snapshot claims to be of a time that is still to come."
        "Check this machine's clock, and fetch the snapshot again."
    RevocationStale "revocation-stale" Unsettled NotAsked
        "The revocation snapshot is older than the policy allows."
        "Fetch a newer snapshot."
    PublishersNotChecked "publishers-not-checked" Unsettled NotAsked
        "No publisher was named, so whoever the trusted root vouches for may have signed."
        "Name the publishers you trust with --allow ARN_OR_PATTERN."
    IntegrityNotProven "integrity-not-proven" Unsettled NotAsked
        "The check was skipped, since what the signature says can't be believed."
        "Mend the integrity failure first."

    CrossAccountSignature "cross-account-signature" Warning NotAsked
        "The signing job ran in another account, region or partition than the profile's."
        "Check that this account may sign with the profile."
    Excepted "excepted" Warning NotAsked
        "A check failed, and the policy has an exception for it that has not ended yet."
        "Mend the failure before the exception ends."
    UnknownAttribute "unknown-attribute" Warning NotAsked
        "The signature states something that this version does not know."
        "Look whether a newer lambda-codesign reads it."
}

impl Code {
    /// The code with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

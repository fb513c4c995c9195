//! What Lambda and Signer say, and what it means (BEHAVIOUR.md "Lambda", "Signer", "On the wire").

use lambda_codesign_core::verdict::Check;

/// Something that a service says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saying {
    /// "...not properly signed..."
    NotProperlySigned,
    /// "...not configured to accept..."
    NotAccepted,
    /// A refusal for a signature, in other words.
    SomeCheck,
    /// CloudTrail: VALID.
    Valid,
    /// CloudTrail: EXPIRED.
    Expired,
    /// CloudTrail: MISMATCH, with the two ARNs.
    OtherPublisher,
    /// CloudTrail: MISMATCH, without them.
    Unsigned,
    /// CloudTrail: REVOKED.
    Revoked,
    /// CloudTrail: a deployment, and nothing of a signature.
    Silent,
    /// No such config.
    NoConfig,
    /// A config that can't be deleted.
    ConfigInUse,
    /// Too many layers.
    Layers,
    /// A profile's name that was used.
    NameUsed,
    /// A revoked profile can't be canceled.
    ProfileRevoked,
    /// The request is too large.
    RequestTooLarge,
    /// The package is too large when unpacked.
    PackageTooLarge,
}

/// Words of an answer, and what they are.
const WORDS: [(&str, Saying); 8] = [
    ("code is not properly signed", Saying::NotProperlySigned),
    ("the client is not configured to accept", Saying::NotAccepted),
    ("Lambda cannot delete the code signing configuration", Saying::ConfigInUse),
    ("Cannot reference more than 5 layers", Saying::Layers),
    ("cannot be canceled because it has been revoked", Saying::ProfileRevoked),
    ("Unzipped size must be smaller than", Saying::PackageTooLarge),
    ("Request must be smaller than", Saying::RequestTooLarge),
    ("Profile with name ", Saying::NameUsed),
];

/// Codes of an answer, where its words say nothing.
const CODES: [(&str, Saying); 4] = [
    ("InvalidCodeSignature", Saying::NotProperlySigned),
    ("CodeVerificationFailed", Saying::SomeCheck),
    ("CodeSigningConfigNotFound", Saying::NoConfig),
    ("RequestTooLarge", Saying::RequestTooLarge),
];

/// Whose signature a refusal speaks of.
pub(super) fn subject(words: &str) -> Option<&str> {
    let (_, rest) = words.split_once("Check the provided signature for ")?;
    let subject = rest.split_whitespace().next()?.trim_end_matches(['.', '"', '\'', ',']);
    (!subject.is_empty()).then_some(subject)
}

impl Saying {
    /// What a code and its words say.
    pub(super) fn of(code: &str, words: &str) -> Option<Self> {
        let by_words = WORDS.iter().find(|(phrase, _)| words.contains(phrase));
        let by_code = CODES.iter().find(|(name, _)| code.contains(name) || words.contains(name));
        by_words.or(by_code).map(|(_, saying)| *saying)
    }

    /// What CloudTrail's word says.
    pub(super) fn of_status(word: &str, signed: bool) -> Option<Self> {
        match (word, signed) {
            ("VALID", _) => Some(Self::Valid),
            ("EXPIRED", _) => Some(Self::Expired),
            ("MISMATCH", true) => Some(Self::OtherPublisher),
            ("MISMATCH", false) => Some(Self::Unsigned),
            ("REVOKED", _) => Some(Self::Revoked),
            (_, _) => None,
        }
    }

    /// The checks of which one failed.
    pub(super) const fn checks(self) -> &'static [Check] {
        match self {
            Self::NotProperlySigned => &[Check::Integrity],
            Self::NotAccepted => &[Check::Mismatch, Check::Expiry, Check::Revocation],
            Self::SomeCheck => &Check::ALL,
            Self::Expired => &[Check::Expiry],
            Self::OtherPublisher | Self::Unsigned => &[Check::Mismatch],
            Self::Revoked => &[Check::Revocation],
            Self::Valid
            | Self::Silent
            | Self::NoConfig
            | Self::ConfigInUse
            | Self::Layers
            | Self::NameUsed
            | Self::ProfileRevoked
            | Self::RequestTooLarge
            | Self::PackageTooLarge => &[],
        }
    }

    /// Whether the code runs now; nothing where that is not said, or it was no deployment.
    pub(super) const fn deployed(self) -> Option<bool> {
        match self {
            Self::Valid | Self::Expired | Self::OtherPublisher | Self::Unsigned | Self::Revoked => Some(true),
            Self::NotProperlySigned
            | Self::NotAccepted
            | Self::SomeCheck
            | Self::Layers
            | Self::RequestTooLarge
            | Self::PackageTooLarge => Some(false),
            Self::Silent | Self::NoConfig | Self::ConfigInUse | Self::NameUsed | Self::ProfileRevoked => None,
        }
    }

    /// What it means.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::NotProperlySigned => {
                "The content is not what was signed, or the signature is no genuine one of AWS Signer. No mode lets it pass."
            }
            Self::NotAccepted => {
                "Under a config in Enforce: it is unsigned, of a publisher that is not listed, expired or revoked."
            }
            Self::SomeCheck => "A check of the signature failed.",
            Self::Valid => "Every check of the signature held, and the code was deployed.",
            Self::Expired => "The signature has expired, and the code was deployed under Warn.",
            Self::OtherPublisher => {
                "The publisher is not in the config, and the code was deployed under Warn."
            }
            Self::Unsigned => "The code is unsigned, and was deployed under Warn.",
            Self::Revoked => "The job or its profile is revoked, and the code was deployed under Warn.",
            Self::Silent => {
                "The deployment was refused, or no config is attached: then no signature is asked for."
            }
            Self::NoConfig => "There is no such code signing config in this region and account.",
            Self::ConfigInUse => "The config is still attached to a function.",
            Self::Layers => "A function has five layers at most.",
            Self::NameUsed => "A profile's name is used once, also after the profile was canceled.",
            Self::ProfileRevoked => "A revoked profile signs no more; there is nothing left to cancel.",
            Self::RequestTooLarge => "A zip in a request has 50 MB at most.",
            Self::PackageTooLarge => {
                "A function has 262,144,000 bytes at most, unpacked and with its layers."
            }
        }
    }

    /// What to do, in one sentence.
    pub(super) const fn remedy(self) -> &'static str {
        match self {
            Self::NotProperlySigned => {
                "Verify the very file that was sent, sign after the last change to it, and deploy the signed file as it is."
            }
            Self::NotAccepted | Self::SomeCheck => {
                "Verify the very file that was sent, with the config's publishers as --allow; for a layer, verify that layer."
            }
            Self::Valid => "Nothing.",
            Self::Expired => "Sign the package again.",
            Self::OtherPublisher => {
                "Sign with a profile that the config lists, or let who owns the config list this one."
            }
            Self::Unsigned => "Sign the package before it is deployed, and deploy the signed file.",
            Self::Revoked => "Find out why it was revoked; build and sign again.",
            Self::Silent => "Look whether the function has a config with `lambda-codesign config show`.",
            Self::NoConfig => "Check the config's ARN and the region.",
            Self::ConfigInUse => "Detach it from its functions first.",
            Self::Layers => "Merge layers, or leave one out.",
            Self::NameUsed => "Choose another name.",
            Self::ProfileRevoked => "Leave it as it is.",
            Self::RequestTooLarge => "Publish by way of S3, with --s3-bucket.",
            Self::PackageTooLarge => "Leave out what is not needed, or use a container image.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Saying, subject};

    #[test]
    fn a_subject_is_what_the_sentence_ends_in() {
        let said = |what: &str| format!("...accept. Check the provided signature for {what}");
        let arn = "arn:aws:lambda:us-east-1:123456789012:layer:l:3";
        assert_eq!(subject(&said(&format!("{arn}."))), Some(arn));
        assert_eq!(subject(&said("f.\" (code 1)")), Some("f"));
        assert_eq!(subject("no subject"), None);
        assert_eq!(subject(&said(".")), None);
    }

    #[test]
    fn words_are_known_before_codes() {
        let code = "CodeVerificationFailedException";
        assert_eq!(Saying::of(code, "the code is not properly signed"), Some(Saying::NotProperlySigned));
        assert_eq!(Saying::of(code, "something new"), Some(Saying::SomeCheck));
        assert_eq!(Saying::of("", "Profile with name p already exists"), Some(Saying::NameUsed));
        assert_eq!(Saying::of("Throttling", "Rate exceeded"), None);
    }
}

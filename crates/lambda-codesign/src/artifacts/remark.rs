//! What a template says that no signature answers for.

use lambda_codesign_core::report::StaticReport;

use super::document::Document;
use crate::fault::escaped;
use crate::severity::Severity;

/// What deserves a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The code is somewhere that is not read here, for this reason.
    UnknownCode(&'static str),
    /// The code is in S3, in an object that the template names.
    InS3,
    /// The code stands in the template.
    InlineCode,
    /// The same, under a config that enforces.
    InlineCodeUnderEnforce,
    /// The code is a container image.
    Image,
    /// A nested template that was not read.
    NestedUnread,
    /// A part of the template that was not understood, for this reason.
    PartUnread(&'static str),
    /// The template is rewritten at deployment.
    Macro,
    /// A publisher's ARN with `://` in it, which no signature can have.
    ImpossiblePublisher(ByCdk),
    /// A publisher's ARN that no signature can have otherwise.
    MalformedPublisher,
    /// No publisher is allowed.
    NoPublisher,
    /// No config is attached.
    NoConfig,
    /// The config only logs.
    WarnOnly,
    /// The config is not in the template.
    ConfigElsewhere,
    /// No function of the template has the config.
    ConfigUnused,
    /// The policy does not name the publisher.
    PublisherNotAllowed,
    /// The publisher is known to the deployment alone, and the policy names publishers.
    PublisherElsewhere,
}

/// Whether the CDK may have written it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByCdk {
    Yes,
    No,
}

/// What deserves a look, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) kind: Kind,
    /// The template, as seen from the artifact's folder.
    pub(crate) template: String,
    /// From 1.
    pub(crate) line: usize,
    /// The logical id, or what else it is about.
    pub(crate) about: String,
}

impl Severity {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Kind {
    /// One of each code.
    pub(crate) const ALL: [Self; 14] = [
        Self::UnknownCode("has code that is not known here"),
        Self::InlineCode,
        Self::Image,
        Self::NestedUnread,
        Self::PartUnread("is not understood: what it comes to is not known here"),
        Self::Macro,
        Self::ImpossiblePublisher(ByCdk::No),
        Self::NoPublisher,
        Self::NoConfig,
        Self::WarnOnly,
        Self::ConfigElsewhere,
        Self::ConfigUnused,
        Self::PublisherNotAllowed,
        Self::PublisherElsewhere,
    ];

    /// A stable word.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::UnknownCode(_) | Self::InS3 => "unknown-code",
            Self::InlineCode | Self::InlineCodeUnderEnforce => "inline-code",
            Self::Image => "image-function",
            Self::NestedUnread => "nested-unread",
            Self::PartUnread(_) => "part-unread",
            Self::Macro => "macro",
            Self::ImpossiblePublisher(_) | Self::MalformedPublisher => "impossible-publisher",
            Self::NoPublisher => "no-publisher",
            Self::NoConfig => "no-config",
            Self::WarnOnly => "warn-only",
            Self::ConfigElsewhere => "config-elsewhere",
            Self::ConfigUnused => "config-unused",
            Self::PublisherNotAllowed => "publisher-not-in-policy",
            Self::PublisherElsewhere => "publisher-elsewhere",
        }
    }

    pub(crate) const fn severity(self) -> Severity {
        match self {
            Self::InlineCodeUnderEnforce
            | Self::ImpossiblePublisher(_)
            | Self::MalformedPublisher
            | Self::NoPublisher
            | Self::NoConfig
            | Self::PublisherNotAllowed => Severity::High,
            Self::UnknownCode(_)
            | Self::InS3
            | Self::InlineCode
            | Self::Image
            | Self::NestedUnread
            | Self::PartUnread(_)
            | Self::WarnOnly => Severity::Medium,
            Self::Macro | Self::ConfigElsewhere | Self::ConfigUnused | Self::PublisherElsewhere => {
                Severity::Low
            }
        }
    }

    /// Whether it is about signing the code, and not about the configs.
    pub(crate) const fn is_about_code(self) -> bool {
        match self {
            Self::UnknownCode(_)
            | Self::InS3
            | Self::InlineCode
            | Self::InlineCodeUnderEnforce
            | Self::Image
            | Self::NestedUnread
            | Self::PartUnread(_)
            | Self::ImpossiblePublisher(_)
            | Self::MalformedPublisher => true,
            Self::Macro
            | Self::NoPublisher
            | Self::NoConfig
            | Self::WarnOnly
            | Self::ConfigElsewhere
            | Self::ConfigUnused
            | Self::PublisherNotAllowed
            | Self::PublisherElsewhere => false,
        }
    }

    /// What it says of the resource, as the rest of a sentence.
    pub(crate) const fn says(self) -> &'static str {
        match self {
            Self::UnknownCode(why) => why,
            Self::InS3 => "has its code in S3, which nobody has looked at here",
            Self::InlineCode => "has inline code, which can't be signed: a config that enforces refuses it",
            Self::InlineCodeUnderEnforce => {
                "has inline code, which can't be signed, and its config enforces: the deployment is refused"
            }
            Self::Image => "runs a container image, to which code signing does not apply",
            Self::NestedUnread => "is a nested template that was not read",
            Self::PartUnread(why) => why,
            Self::Macro => {
                "names a macro that rewrites the template at deployment: what it makes of it is not known here"
            }
            Self::ImpossiblePublisher(ByCdk::No) => {
                "allows a publisher with :// in its ARN, which no signature matches"
            }
            Self::ImpossiblePublisher(ByCdk::Yes) => {
                "allows a publisher with :// in its ARN, which no signature matches; the CDK wrote it so up to 2.276: \
                 upgrade, or name the ARN yourself"
            }
            Self::MalformedPublisher => {
                "allows a publisher by something other than the ARN of a version of a signing profile, which no signature matches"
            }
            Self::NoPublisher => {
                "allows no publisher, or may allow none: no code could be trusted, and the deployment is refused"
            }
            Self::NoConfig => "has no code signing config: any code can be deployed to it",
            Self::WarnOnly => "has a code signing config that only logs what it would refuse",
            Self::ConfigElsewhere => {
                "has a code signing config that its template alone does not tell: whether it enforces is unknown here"
            }
            Self::ConfigUnused => "is a code signing config that no function of its template has",
            Self::PublisherNotAllowed => "allows a publisher that the policy does not name",
            Self::PublisherElsewhere => {
                "allows a publisher that only the deployment knows: whether the policy names it is unknown here"
            }
        }
    }
}

impl Remark {
    /// A remark on what stands at an offset of a template.
    pub(crate) fn new(kind: Kind, template: &str, document: &Document, (about, at): (&str, usize)) -> Self {
        Self { kind, template: template.to_owned(), line: document.line(at), about: about.to_owned() }
    }

    pub(crate) fn report(&self) -> StaticReport {
        let Self { kind, template, line, about } = self;
        let place = (template.as_str(), *line, about.as_str());
        StaticReport::new(kind.severity().as_str(), kind.code(), place, kind.says())
    }

    /// A sentence without its end.
    pub(crate) fn sentence(&self) -> String {
        format!("{} in {} {}", escaped(&self.about), escaped(&self.template), self.kind.says())
    }
}

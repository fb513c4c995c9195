//! The object identifiers that the format uses, and some that it must refuse.

pub const ID_DATA: &str = "1.2.840.113549.1.7.1";
pub const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
pub const ENVELOPED_DATA: &str = "1.2.840.113549.1.7.3";

pub const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
pub const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
pub const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
pub const ALGORITHM_PROTECTION: &str = "1.2.840.113549.1.9.52";
pub const JOB: &str = "1.3.187.137.1.2";
pub const EXPIRY: &str = "1.3.187.137.1.3";
pub const PROFILE: &str = "1.3.187.137.1.4";
/// An attribute that no version of the format knows.
pub const UNKNOWN_ATTRIBUTE: &str = "1.3.187.137.1.99";

pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub const SHA384: &str = "2.16.840.1.101.3.4.2.2";
pub const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
pub const ECDSA_WITH_SHA384: &str = "1.2.840.10045.4.3.3";
pub const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
pub const PRIME_FIELD: &str = "1.2.840.10045.1.1";
pub const P256: &str = "1.2.840.10045.3.1.7";
pub const P384: &str = "1.3.132.0.34";
pub const P521: &str = "1.3.132.0.35";

pub const COUNTRY: &str = "2.5.4.6";
pub const ORGANIZATION: &str = "2.5.4.10";
pub const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";
pub const STATE: &str = "2.5.4.8";
pub const LOCALITY: &str = "2.5.4.7";
pub const COMMON_NAME: &str = "2.5.4.3";

pub const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
pub const KEY_USAGE: &str = "2.5.29.15";
pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
/// An extension that nobody defines.
pub const UNKNOWN_EXTENSION: &str = "1.3.187.137.2.99";

pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
pub const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
pub const ANY_USAGE: &str = "2.5.29.37.0";

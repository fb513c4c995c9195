//! The signature entry: CMS SignedData (RFC 5652) as AWS Signer writes it, and every way to write it wrong.

mod attribute;
mod signer;

pub use attribute::{Attribute, Claims, Value};
pub use signer::{Attributes, MadeOver, Order, SignerSpec};

use crate::authority::Authority;
use crate::{der, oid, pem};

/// The two forms that genuine envelopes have (FORMAT.md "The envelope").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// NULL parameters, the encapsulated content info of indefinite length, the root carried twice.
    Of2022,
    /// No parameters, the encapsulated content info of definite length, the root carried once.
    Of2024,
}

impl Form {
    /// SHA-384 as this form identifies it.
    pub fn sha384(self) -> Vec<u8> {
        match self {
            Self::Of2022 => der::sequence(&[der::oid(oid::SHA384), der::null()]),
            Self::Of2024 => der::sequence(&[der::oid(oid::SHA384)]),
        }
    }
}

/// A certificate that an envelope carries or a verifier trusts, named by its place in the authority so that
/// changing the authority changes it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    Leaf,
    Lower,
    Upper,
    Root,
    /// These bytes, whatever they are.
    Raw(Vec<u8>),
}

impl Certificate {
    pub fn der(&self, authority: &Authority) -> Vec<u8> {
        match self {
            Self::Leaf => authority.leaf.der(),
            Self::Lower => authority.lower.der(),
            Self::Upper => authority.upper.der(),
            Self::Root => authority.root.der(),
            Self::Raw(bytes) => bytes.clone(),
        }
    }
}

/// How each structure around the signers is framed.
#[derive(Clone)]
pub struct Frames {
    pub content_info: der::Frame,
    /// The `[0]` around SignedData.
    pub content: der::Frame,
    pub signed_data: der::Frame,
    pub encapsulated: der::Frame,
    pub certificates: der::Frame,
    pub signer_infos: der::Frame,
}

impl Frames {
    /// Every length definite, as DER has it.
    pub fn definite() -> Self {
        Self {
            content_info: der::tlv,
            content: der::tlv,
            signed_data: der::tlv,
            encapsulated: der::tlv,
            certificates: der::tlv,
            signer_infos: der::tlv,
        }
    }

    /// As AWS Signer writes them in this form.
    pub fn in_form(form: Form) -> Self {
        let encapsulated = match form {
            Form::Of2022 => der::indefinite,
            Form::Of2024 => der::tlv,
        };
        Self {
            content_info: der::indefinite,
            content: der::indefinite,
            signed_data: der::indefinite,
            encapsulated,
            certificates: der::indefinite,
            signer_infos: der::tlv,
        }
    }
}

/// Everything of the envelope around its signers. Whole fields are BER, so that any of them can be anything.
#[derive(Clone)]
pub struct EnvelopeSpec {
    pub form: Form,
    pub frames: Frames,
    pub content_type: Vec<u8>,
    pub version: Vec<u8>,
    pub digest_algorithms: Vec<Vec<u8>>,
    /// What is in encapContentInfo: the type, then the `[0]` with the content where there is one.
    pub encapsulated: Vec<Vec<u8>>,
    /// None leaves the field out.
    pub certificates: Option<Vec<Certificate>>,
    /// What stands between the certificates and the signers: the CRLs' place.
    pub crls: Vec<u8>,
    pub signers: Vec<SignerSpec>,
    /// What follows the signers within SignedData.
    pub after_signers: Vec<u8>,
    /// What follows the content info within the PEM.
    pub trailing: Vec<u8>,
    /// The last word over the BER.
    pub edit: fn(Vec<u8>) -> Vec<u8>,
    /// The armour around it: the bytes of the signature entry.
    pub armour: fn(&[u8]) -> Vec<u8>,
}

impl EnvelopeSpec {
    /// What AWS Signer writes in this form.
    pub fn in_form(form: Form) -> Self {
        let roots = match form {
            Form::Of2022 => 2,
            Form::Of2024 => 1,
        };
        let mut certificates = vec![Certificate::Leaf, Certificate::Lower, Certificate::Upper];
        certificates.extend(vec![Certificate::Root; roots]);
        Self {
            form,
            frames: Frames::in_form(form),
            content_type: der::oid(oid::SIGNED_DATA),
            version: der::small(1),
            digest_algorithms: vec![form.sha384()],
            encapsulated: vec![der::oid(oid::ID_DATA)],
            certificates: Some(certificates),
            crls: Vec::new(),
            signers: vec![SignerSpec::in_form(form, &Claims::standard())],
            after_signers: Vec::new(),
            trailing: Vec::new(),
            edit: core::convert::identity,
            armour: pem::pkcs7,
        }
    }

    /// The only signer, to be changed.
    pub fn signer(&mut self) -> &mut SignerSpec {
        self.signers.first_mut().expect("there is a signer")
    }

    /// The bytes of the signature entry, for this content: a package's inner digest, or what stands for something else.
    pub fn entry(&self, authority: &Authority, content: &[u8]) -> Vec<u8> {
        (self.armour)(&(self.edit)(self.ber(authority, content)))
    }

    fn ber(&self, authority: &Authority, content: &[u8]) -> Vec<u8> {
        let signed_data = (self.frames.signed_data)(der::SEQUENCE, &self.signed_data(authority, content));
        let content = (self.frames.content)(der::context(0), &signed_data);
        let body = [self.content_type.clone(), content].concat();
        [(self.frames.content_info)(der::SEQUENCE, &body), self.trailing.clone()].concat()
    }

    fn signed_data(&self, authority: &Authority, content: &[u8]) -> Vec<u8> {
        let certificates = self.certificates.iter().flat_map(|bag| {
            let bag: Vec<_> = bag.iter().map(|certificate| certificate.der(authority)).collect();
            (self.frames.certificates)(der::context(0), &bag.concat())
        });
        let signers: Vec<_> = self.signers.iter().map(|signer| signer.ber(authority, content)).collect();
        let parts = [
            self.version.clone(),
            der::set(&self.digest_algorithms),
            (self.frames.encapsulated)(der::SEQUENCE, &self.encapsulated.concat()),
            certificates.collect(),
            self.crls.clone(),
            (self.frames.signer_infos)(der::SET, &signers.concat()),
            self.after_signers.clone(),
        ];
        parts.concat()
    }
}

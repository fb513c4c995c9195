//! One SignerInfo (RFC 5652 5.3).

use super::Form;
use super::attribute::{self, Attribute, Claims, Value};
use crate::authority::Authority;
use crate::key::{Ecdsa, Key};
use crate::{der, oid};

/// The order in which the attributes are stored, and signed with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As DER demands of a SET OF.
    Sorted,
    /// As they are listed.
    AsListed,
}

/// The bytes that the signature is made over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MadeOver {
    /// The attributes under the tag of a SET OF, 0x31, as RFC 5652 5.4 demands.
    SetOf,
    /// The attributes under the same tag, but sorted, however they are stored.
    SortedSetOf,
    /// The attributes under the `[0]` that they are stored with.
    Stored,
    /// The content, a package's inner digest, as for a signature without signed attributes.
    Content,
    /// These bytes.
    Raw(Vec<u8>),
}

/// The signed attributes of one signer.
#[derive(Clone)]
pub struct Attributes {
    pub list: Vec<Attribute>,
    pub order: Order,
    pub frame: der::Frame,
}

/// Everything of one signer. Whole fields are BER, so that any of them can be anything.
#[derive(Clone)]
pub struct SignerSpec {
    pub version: Vec<u8>,
    /// None names the authority's leaf by issuer and serial number.
    pub identifier: Option<Vec<u8>>,
    pub digest_algorithm: Vec<u8>,
    /// None leaves them out.
    pub attributes: Option<Attributes>,
    pub signature_algorithm: Vec<u8>,
    pub made_over: MadeOver,
    /// None is the key of the authority's leaf.
    pub key: Option<Key>,
    /// How the two numbers become the signature's bytes.
    pub signature: fn(Ecdsa) -> Vec<u8>,
    pub signature_frame: der::Frame,
    /// What follows the signature: the place of the unsigned attributes.
    pub unsigned_attributes: Vec<u8>,
    pub frame: der::Frame,
}

impl SignerSpec {
    /// What AWS Signer writes in this form.
    pub fn in_form(form: Form, claims: &Claims) -> Self {
        let list = attribute::genuine(form, claims);
        Self {
            version: der::small(1),
            identifier: None,
            digest_algorithm: form.sha384(),
            attributes: Some(Attributes { list, order: Order::Sorted, frame: der::tlv }),
            signature_algorithm: der::sequence(&[der::oid(oid::ECDSA_WITH_SHA384)]),
            made_over: MadeOver::SetOf,
            key: None,
            signature: Ecdsa::der,
            signature_frame: der::tlv,
            unsigned_attributes: Vec::new(),
            frame: der::tlv,
        }
    }

    /// The signed attributes, to be changed.
    pub fn attributes(&mut self) -> &mut Attributes {
        self.attributes.as_mut().expect("there are signed attributes")
    }

    /// One signed attribute, to be changed.
    pub fn attribute(&mut self, oid: &str) -> &mut Attribute {
        self.attributes().list.iter_mut().find(|attribute| attribute.oid == oid).expect("the signer has it")
    }

    /// Gives a signed attribute this one value.
    pub fn state(&mut self, oid: &str, value: Vec<u8>) {
        self.attribute(oid).values = vec![Value::Raw(value)];
    }

    pub fn remove(&mut self, oid: &str) {
        let list = &mut self.attributes().list;
        let before = list.len();
        list.retain(|attribute| attribute.oid != oid);
        assert_ne!(list.len(), before, "there was nothing to remove");
    }

    /// The content of the attributes' set, for this content.
    pub fn attribute_bytes(&self, content: &[u8]) -> Vec<u8> {
        let Some(attributes) = &self.attributes else {
            return Vec::new();
        };
        let encoded: Vec<_> = attributes.list.iter().map(|attribute| attribute.der(content)).collect();
        match attributes.order {
            Order::Sorted => der::sorted(&encoded),
            Order::AsListed => encoded.concat(),
        }
    }

    pub(super) fn ber(&self, authority: &Authority, content: &[u8]) -> Vec<u8> {
        let stored = self
            .attributes
            .iter()
            .flat_map(|attributes| (attributes.frame)(der::context(0), &self.attribute_bytes(content)));
        let stored: Vec<u8> = stored.collect();
        let key = self.key.as_ref().unwrap_or(&authority.leaf.key);
        let signature = (self.signature)(key.sign(&self.signed_bytes(&stored, content)));
        let parts = [
            self.version.clone(),
            self.identifier.clone().unwrap_or_else(|| issuer_and_serial(authority)),
            self.digest_algorithm.clone(),
            stored,
            self.signature_algorithm.clone(),
            (self.signature_frame)(der::OCTET_STRING, &signature),
            self.unsigned_attributes.clone(),
        ];
        (self.frame)(der::SEQUENCE, &parts.concat())
    }

    fn signed_bytes(&self, stored: &[u8], content: &[u8]) -> Vec<u8> {
        match &self.made_over {
            MadeOver::SetOf => der::tlv(der::SET, &self.attribute_bytes(content)),
            MadeOver::SortedSetOf => {
                let mut sorted = self.clone();
                sorted.attributes().order = Order::Sorted;
                der::tlv(der::SET, &sorted.attribute_bytes(content))
            }
            MadeOver::Stored => stored.to_vec(),
            MadeOver::Content => content.to_vec(),
            MadeOver::Raw(bytes) => bytes.clone(),
        }
    }
}

fn issuer_and_serial(authority: &Authority) -> Vec<u8> {
    let leaf = &authority.leaf.certificate;
    der::sequence(&[&leaf.issuer, &leaf.serial])
}

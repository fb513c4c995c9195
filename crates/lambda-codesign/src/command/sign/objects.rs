//! Code in S3: fetched, signed, and put beside the object under a key of its own.

use lambda_codesign_aws::object::{self, Destination, ObjectError};
use lambda_codesign_core::archive::{Archive, Limits};
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::text::Hex;

use super::{Arguments, How, Signatory};
use crate::artifacts::Object;
use crate::aws::Services;
use crate::fault::{Fault, escaped};

/// An object, what took its place, and how.
pub(super) struct Moved {
    pub(super) from: Object,
    /// Nothing where it was signed already.
    pub(super) to: Option<Object>,
    pub(super) how: How,
}

impl Arguments {
    /// Signs objects; each signed package is written under a key that its hash is part of, so that nothing else changes.
    pub(super) fn sign_objects(
        &self,
        objects: Vec<Object>,
        signatory: &Signatory,
    ) -> Result<Vec<Moved>, Fault> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let services = self.signer.services()?;
        objects.into_iter().map(|from| self.sign_object(from, &services, signatory)).collect()
    }

    fn sign_object(&self, from: Object, services: &Services, signatory: &Signatory) -> Result<Moved, Fault> {
        let what = format!("could not sign {}", shown(&from));
        let interrupted =
            || Fault::new(&*what, "it was interrupted; no template was changed", "run it again");
        let fault = |error: ObjectError| Fault::of(&*what, &error, error.remedy());
        let limit = usize::try_from(Limits::default().package_size).unwrap_or(usize::MAX);
        let fetching = async {
            let place = (from.bucket.as_str(), from.key.as_str());
            object::fetch(&services.connection.s3, place, from.version.as_deref(), limit).await.map_err(fault)
        };
        let (package, _) = services.run(fetching, interrupted)?;
        if is_signed(&package) {
            signatory.trusted()?.check(&package, &[], &what)?;
            return Ok(Moved { from, to: None, how: How::PassedOn });
        }
        let done = signatory.seal(&self.signer.desk, package, self.expires_in, &what)?;
        let folder = from.key.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
        let key = format!("{folder}{}.zip", Hex(CodeSha256::of(&done.bytes).as_bytes()));
        let putting = async {
            let to = Destination { bucket: from.bucket.clone(), key: key.clone(), ..Destination::default() };
            match object::ensure(&services.connection.s3, &to, &done.bytes).await {
                Ok(object) => Ok(Some(object.version)),
                // Its key tells it from any other.
                Err(ObjectError::Unversioned) => Ok(None),
                Err(error) => Err(fault(error)),
            }
        };
        let version = services.run(putting, interrupted)?;
        let to = Object { bucket: from.bucket.clone(), key, version };
        Ok(Moved { from, to: Some(to), how: done.how })
    }
}

pub(super) fn shown(object: &Object) -> String {
    escaped(&format!("s3://{}/{}", object.bucket, object.key))
}

fn is_signed(package: &[u8]) -> bool {
    Archive::parse(package, &Limits::default()).is_ok_and(|archive| archive.signature_entry().is_some())
}

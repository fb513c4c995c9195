//! A deployment: what is judged together, what is said of it, and what is recorded.

use super::call::Call;
use super::error::LambdaError;
use super::judge::{Judge, Judged, MAX_UNZIPPED, Refusal};
use super::name::{function_arn, layer_version, padded};
use super::outside;
use super::record::{AttachedLayer, CONFIGS, Code, Config, LAYER_VERSIONS};
use super::source::{self, Source};
use crate::records::{JudgementRecord, SignatureStatus};

/// The most layers of a function.
pub(super) const MAX_LAYERS: usize = 5;

/// What CloudTrail calls the operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Create,
    UpdateCode,
    UpdateConfiguration,
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::Create => "CreateFunction20150331",
            Self::UpdateCode => "UpdateFunctionCode20150331v2",
            Self::UpdateConfiguration => "UpdateFunctionConfiguration20150331v2",
        }
    }
}

/// A deployment that is being judged. [`Deployment::record`] is what is to be kept once all of it passed.
pub(super) struct Deployment<'a> {
    call: &'a Call<'a>,
    event: Event,
    function: &'a str,
    judge: Judge,
    /// What speaks loudest so far: the first that is not valid, else the first.
    told: Option<Judged>,
}

impl<'a> Deployment<'a> {
    /// Begins one, under the config that is attached.
    pub(super) fn begin(
        call: &'a Call<'a>,
        event: Event,
        function: &'a str,
        config: Option<&str>,
    ) -> Result<Self, LambdaError> {
        let config = config.map(|arn| attached(call, arn)).transpose()?;
        let judge = Judge::new(call.world, config.as_ref(), outside::revocations(call.world)?)?;
        Ok(Self { call, event, function, judge, told: None })
    }

    /// Reads and judges a function's code.
    pub(super) fn code(&mut self, source: Source) -> Result<Code, LambdaError> {
        let zip = source::zip(self.call, source)?;
        let judged = self.judge.judge(&zip.bytes)?;
        // CreateFunction names the function, the others its ARN (BEHAVIOUR.md "Lambda").
        let about = match self.event {
            Event::Create => self.function.to_owned(),
            Event::UpdateCode | Event::UpdateConfiguration => function_arn(self.call, self.function, None),
        };
        let (sha256, unzipped) = (judged.sha256.clone(), judged.unzipped);
        let signed = judged.signed.clone();
        self.settle(judged, &about)?;
        let blob = zip.stored(self.call.world)?;
        Ok(Code { blob, token: String::new(), sha256, unzipped, signed })
    }

    /// Judges layers that are attached.
    pub(super) fn layers<'l>(
        &mut self,
        layers: impl IntoIterator<Item = &'l AttachedLayer>,
    ) -> Result<(), LambdaError> {
        for layer in layers {
            let judged = self.judge.judge(&self.call.world.store.blob_bytes(layer.blob)?)?;
            self.settle(judged, &layer.arn)?;
        }
        Ok(())
    }

    fn settle(&mut self, judged: Judged, about: &str) -> Result<(), LambdaError> {
        if let Some(refusal) = judged.refusal() {
            let error = LambdaError::CodeVerificationFailed(sentence(refusal, about));
            let refused = JudgementRecord {
                error_code: Some(error.code().to_owned()),
                error_message: Some(error.to_string()),
                check: judged.failed_check(),
                ..self.blank()
            };
            self.call.world.keep_judgement(&refused)?;
            return Err(error);
        }
        let is_louder = |told: &Judged| told.failed_check().is_none() && judged.failed_check().is_some();
        if self.told.as_ref().is_none_or(is_louder) {
            self.told = Some(judged);
        }
        Ok(())
    }

    /// The record of a deployment that passed.
    pub(super) fn record(&self) -> JudgementRecord {
        let told = self.told.as_ref();
        let status = told.and_then(|judged| {
            let signed = judged.signed.as_ref();
            Some(SignatureStatus {
                signature_status: judged.status()?.to_owned(),
                signing_profile_version_arn: signed.map(|signed| signed.profile_version.clone()),
                signing_job_arn: signed.map(|signed| signed.job.clone()),
            })
        });
        JudgementRecord {
            additional_event_data: status,
            check: told.and_then(Judged::failed_check),
            ..self.blank()
        }
    }

    fn blank(&self) -> JudgementRecord {
        JudgementRecord {
            event_time: self.call.world.now(),
            event_name: self.event.name().to_owned(),
            aws_region: self.call.caller.region.clone(),
            recipient_account_id: self.call.caller.account.clone(),
            function_arn: function_arn(self.call, self.function, None),
            error_code: None,
            error_message: None,
            additional_event_data: None,
            check: None,
        }
    }
}

/// Lambda's sentences, which say little (BEHAVIOUR.md "Lambda").
fn sentence(refusal: Refusal, about: &str) -> String {
    let why = match refusal {
        Refusal::NotProperlySigned => {
            "The function or layer code is not properly signed. This can mean that the code was signed incorrectly or \
             modified after it was signed."
        }
        Refusal::NotAccepted => {
            "The function or layer might be signed using a signature that the client is not configured to accept."
        }
    };
    format!("Lambda cannot deploy the function. {why} Check the provided signature for {about}.")
}

fn attached(call: &Call<'_>, arn: &str) -> Result<Config, LambdaError> {
    let id = super::name::config_id(call, arn);
    let config =
        id.map(|id| call.world.store.read(|read| read.get(&CONFIGS, &call.key(&[id])))).transpose()?;
    config.flatten().ok_or_else(|| LambdaError::CodeSigningConfigNotFound(arn.to_owned()))
}

/// The layers that a request names, which must exist.
pub(super) fn named_layers(call: &Call<'_>, arns: &[String]) -> Result<Vec<AttachedLayer>, LambdaError> {
    if arns.len() > MAX_LAYERS {
        return Err(LambdaError::InvalidParameter(format!(
            "Cannot reference more than {MAX_LAYERS} layers."
        )));
    }
    arns.iter().map(|arn| named_layer(call, arn)).collect()
}

fn named_layer(call: &Call<'_>, arn: &str) -> Result<AttachedLayer, LambdaError> {
    let absent = || LambdaError::InvalidParameter(format!("Layer version {arn} does not exist."));
    let (name, version) = layer_version(call, arn).ok_or_else(absent)?;
    let key = call.key(&[name, &padded(version)]);
    let found = call.world.store.read(|read| read.get(&LAYER_VERSIONS, &key))?;
    let layer = found.ok_or_else(absent)?;
    Ok(AttachedLayer {
        arn: arn.to_owned(),
        blob: layer.code.blob,
        unzipped: layer.code.unzipped,
        signed: layer.code.signed,
    })
}

/// That code and layers together are no larger than Lambda unzips.
pub(super) fn fits(code: Option<&Code>, layers: &[AttachedLayer]) -> Result<(), LambdaError> {
    let own = code.map_or(0, |code| code.unzipped);
    let size = layers.iter().fold(own, |sum, layer| sum.saturating_add(layer.unzipped));
    if size <= MAX_UNZIPPED {
        return Ok(());
    }
    Err(LambdaError::InvalidParameter(format!(
        "Function code combined with layers exceeds the maximum allowed size of {MAX_UNZIPPED} bytes. The actual \
         size is {size} bytes."
    )))
}

//! One function: its code, the versions behind its aliases, and their layers.

use jiff::Timestamp;
use lambda_codesign_core::archive::Limits;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::policy::{Evidence, JobState};
use lambda_codesign_policy::{ResourceName, Subject, Target};

use super::jobs::Job;
use super::overview::{only_warns, takes};
use super::{Problem, Region, Row, behind};
use crate::config::Config;
use crate::deployed::{self, Function, Package, ShownSignature};
use crate::download::CodeLocation;
use crate::inventory::{self, Alias};
use crate::job::DescribedJob;
use crate::profile::{self, Status};
use crate::service::ServiceError;
use crate::wait::Deadline;

/// A download takes so long at most.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// A package that is deployed.
struct Deployed<'f> {
    function: &'f Function,
    name: ResourceName,
    kind: fn(ResourceName) -> Subject,
    signature: Option<&'f ShownSignature>,
    code_sha256: Option<CodeSha256>,
}

impl Region<'_> {
    /// The rows of a function: one for each version that can be called and for each of its layers.
    pub(super) async fn function(&mut self, latest: Function) -> Result<Vec<Row>, ServiceError> {
        let config = self.overview.config(&latest.arn).cloned();
        let name = latest.arn.name().as_str().to_owned();
        let aliases = match inventory::aliases(&self.connection.lambda, self.pace, &name).await {
            Ok(aliases) => aliases,
            Err(error) if error.is_unanswered() => return Err(error),
            Err(error) => {
                let row = self.row(&latest, config.as_ref(), &[]);
                return Ok(vec![row.with(Problem::Unknown { why: error.to_string() })]);
            }
        };
        let mut rows = Vec::new();
        for version in behind(&aliases) {
            self.pace.turn().await;
            match deployed::function(&self.connection.lambda, &name, Some(version)).await {
                Ok(code) => rows.extend(self.version(&code.function, config.as_ref(), &aliases).await?),
                Err(error) if error.is_unanswered() => return Err(error),
                Err(error) => {
                    let row =
                        Row { version: Some(version.to_owned()), ..self.row(&latest, config.as_ref(), &[]) };
                    rows.push(row.with(Problem::Unknown { why: error.to_string() }));
                }
            }
        }
        let mut of_latest = self.version(&latest, config.as_ref(), &aliases).await?;
        of_latest.append(&mut rows);
        Ok(of_latest)
    }

    async fn version(
        &mut self,
        function: &Function,
        config: Option<&Config>,
        aliases: &[Alias],
    ) -> Result<Vec<Row>, ServiceError> {
        let mut row = self.row(function, config, aliases);
        if function.package == Package::Image {
            return Ok(vec![row.with(Problem::Image)]);
        }
        match config {
            None => row.add(Problem::NoConfig),
            Some(config) if only_warns(config) => row.add(Problem::WarnOnly),
            Some(_) => {}
        }
        let code = Deployed {
            function,
            name: function.arn.name().clone(),
            kind: Subject::Function,
            signature: function.signature.as_ref(),
            code_sha256: function.code_sha256,
        };
        self.judge(&mut row, &code, config).await?;
        if self.questions.deep.is_some() {
            self.fetch_function(&mut row, function).await?;
        }
        let mut rows = vec![row];
        for layer in &function.layers {
            let mut row = Row { layer: Some(layer.arn.to_string()), ..self.row(function, config, aliases) };
            let code = Deployed {
                function,
                name: layer.arn.name().clone(),
                kind: Subject::Layer,
                signature: layer.signature.as_ref(),
                code_sha256: None,
            };
            row.code_sha256 = None;
            self.judge(&mut row, &code, config).await?;
            if self.questions.deep.is_some() {
                self.fetch_layer(&mut row, layer).await?;
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn row(&self, function: &Function, config: Option<&Config>, aliases: &[Alias]) -> Row {
        let stands = |alias: &&Alias| alias.versions.contains(&function.version);
        Row {
            function: Some(function.arn.name().as_str().to_owned()),
            version: Some(function.version.clone()),
            aliases: aliases.iter().filter(stands).map(|alias| alias.name.clone()).collect(),
            config: config.map(|config| config.arn.to_string()),
            code_sha256: function.code_sha256.map(|hash| hash.to_string()),
            ..Row::of_region(self.connection.region())
        }
    }

    /// What Lambda and Signer say of a package.
    async fn judge(
        &mut self,
        row: &mut Row,
        code: &Deployed<'_>,
        config: Option<&Config>,
    ) -> Result<(), ServiceError> {
        let listed =
            self.questions.lock.zip(code.code_sha256).is_none_or(|(lock, hash)| lock.lists_file(&hash));
        if !listed {
            row.add(Problem::NotInLock);
        }
        let Some(signature) = code.signature else {
            row.add(Problem::Unsigned);
            return Ok(());
        };
        row.signing_profile_version_arn = Some(signature.publisher.to_string());
        row.signing_job_arn = Some(signature.job.to_string());
        if config.is_some_and(|config| !takes(config, &signature.publisher)) {
            row.add(Problem::NotInConfig);
        }
        let target = Target {
            subject: Some((code.kind)(code.name.clone())),
            region: Some(code.function.arn.region().clone()),
            account: Some(code.function.arn.account().clone()),
        };
        if !(self.questions.allows)(&target, &signature.publisher) {
            row.add(Problem::NotInPolicy);
        }
        self.ask_signer(row, code.function, signature).await
    }

    /// Expiry and revocation, of the job and of its profile.
    async fn ask_signer(
        &mut self,
        row: &mut Row,
        function: &Function,
        signature: &ShownSignature,
    ) -> Result<(), ServiceError> {
        let job = self.jobs.get(self.connection, function.arn.account(), &signature.job).await?;
        let (completed, expires, state) = match job {
            Job::Known(DescribedJob { completed, expires, state, .. }) => (completed, expires, state),
            Job::Unknown(why) => {
                row.add(Problem::Unknown { why });
                return Ok(());
            }
        };
        row.expires = expires.map(|at| at.to_string());
        let now = self.questions.now;
        match expires {
            Some(at) if at <= now => row.add(Problem::Expired { at }),
            Some(at) if at.duration_since(now) <= self.questions.soon => row.add(Problem::Expiring { at }),
            Some(_) | None => {}
        }
        let by_profile = self.profile_revokes(row, signature, completed).await?;
        if state == JobState::Revoked || by_profile {
            row.add(Problem::Revoked);
        }
        Ok(())
    }

    /// Whether the profile was revoked from before this signature on; that it was canceled is a finding of its own.
    async fn profile_revokes(
        &self,
        row: &mut Row,
        signature: &ShownSignature,
        signed: Option<Timestamp>,
    ) -> Result<bool, ServiceError> {
        let Some(profile) = self.overview.profile(&signature.publisher) else { return Ok(false) };
        match profile.status {
            Status::Active => Ok(false),
            Status::Canceled => {
                row.add(Problem::ProfileCanceled);
                Ok(false)
            }
            Status::Revoked => {
                let found = profile::get(&self.connection.signer, &profile.name, None).await?;
                // Where either time is not known, the signature is taken for revoked.
                let before = signed.zip(found.revoked_from).is_some_and(|(signed, from)| signed < from);
                Ok(!before)
            }
        }
    }

    async fn fetch_function(&self, row: &mut Row, function: &Function) -> Result<(), ServiceError> {
        let qualifier = Some(function.version.as_str()).filter(|version| *version != "$LATEST");
        self.pace.turn().await;
        match deployed::function(&self.connection.lambda, function.arn.name().as_str(), qualifier).await {
            Ok(code) => self.verify(row, code.location, code.function.code_sha256).await,
            Err(error) if error.is_unanswered() => return Err(error),
            Err(error) => row.add(Problem::Unknown { why: error.to_string() }),
        }
        Ok(())
    }

    async fn fetch_layer(&self, row: &mut Row, layer: &deployed::AttachedLayer) -> Result<(), ServiceError> {
        self.pace.turn().await;
        match deployed::layer(&self.connection.lambda, &layer.arn).await {
            Ok(code) => {
                row.code_sha256 = Some(code.code_sha256.to_string());
                self.verify(row, code.location, Some(code.code_sha256)).await;
            }
            Err(error) if error.is_unanswered() => return Err(error),
            Err(error) => row.add(Problem::Unknown { why: error.to_string() }),
        }
        Ok(())
    }

    /// Fetches a package and verifies it: one at a time is in memory.
    async fn verify(&self, row: &mut Row, location: Option<CodeLocation>, expected: Option<CodeSha256>) {
        let Some(verifier) = self.questions.deep else { return };
        let Some(location) = location else {
            return row.add(Problem::Unknown { why: "Lambda gives no address for its code".to_owned() });
        };
        let limit = Limits::default().package_size;
        let fetched = self.connection.downloads.fetch(&location, limit, Deadline::after(PATIENCE)).await;
        let bytes = match fetched {
            Ok(bytes) => bytes,
            Err(error) => return row.add(Problem::Unknown { why: error.to_string() }),
        };
        if expected.is_some_and(|expected| expected != CodeSha256::of(&bytes)) {
            return row.add(Problem::Unknown { why: "what was fetched is not what Lambda names".to_owned() });
        }
        let verdict = verifier.verify(&bytes, Evidence { now: self.questions.now, revocations: None });
        let integrity = &verdict.checks().integrity;
        if let (true, Some(code), Some(message)) =
            (integrity.is_fail(), integrity.code(), integrity.message())
        {
            row.add(Problem::Invalid { code: code.as_str(), message });
        }
    }
}

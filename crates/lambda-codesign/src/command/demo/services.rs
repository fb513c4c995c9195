//! The services that the demonstration speaks to: the sandbox in this process, over its own wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use lambda_codesign_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpStream;

const BUCKET: &str = "builds";
const FUNCTION: &str = "demo";

/// An answer of a service.
pub(super) struct Answer {
    status: u16,
    version: Option<String>,
    body: Vec<u8>,
}

/// A sandbox with a bucket and a signing profile.
pub(super) struct Services {
    sandbox: Sandbox,
    pub(super) profile: String,
}

/// What became of a deployment.
pub(super) enum Deployment {
    Taken,
    /// The service's own sentence.
    Refused(String),
}

/// A package as Signer signed it, and its job.
pub(super) struct SignedByJob {
    pub(super) job: String,
    pub(super) bytes: Vec<u8>,
}

impl Services {
    pub(super) async fn start() -> Result<Self, String> {
        let sandbox = Sandbox::start(Options::default()).await.map_err(|error| error.to_string())?;
        let mut services = Self { sandbox, profile: String::new() };
        services.call("PUT", &format!("/{BUCKET}"), Vec::new()).await?.succeeded()?;
        let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        services.call("PUT", &format!("/{BUCKET}?versioning"), versioned.into()).await?.succeeded()?;
        let platform = json!({"platformId": "AWSLambda-SHA384-ECDSA"});
        services.profile =
            services.json("PUT", "/signing-profiles/demo", &platform).await?.field("profileVersionArn")?;
        Ok(services)
    }

    pub(super) fn trust_root(&self) -> &[u8] {
        self.sandbox.trust_root_pem().as_bytes()
    }

    /// Signs a package as Signer does: through S3 and a job.
    pub(super) async fn sign(&self, package: &[u8]) -> Result<SignedByJob, String> {
        let put = self.call("PUT", &format!("/{BUCKET}/app.zip"), package.to_vec()).await?.succeeded()?;
        let source = json!({"s3": {"bucketName": BUCKET, "key": "app.zip", "version": put.version}});
        let destination = json!({"s3": {"bucketName": BUCKET, "prefix": "signed/"}});
        let request = json!({"profileName": "demo", "source": source, "destination": destination,
            "clientRequestToken": put.version});
        let job = self.json("POST", "/signing-jobs", &request).await?.field("jobId")?;
        let bytes =
            self.call("GET", &format!("/{BUCKET}/signed/{job}.zip"), Vec::new()).await?.succeeded()?.body;
        Ok(SignedByJob { job, bytes })
    }

    pub(super) async fn revoke(&self, job: &str) -> Result<(), String> {
        let reason = json!({"reason": "the demonstration revokes it"});
        self.json("PUT", &format!("/signing-jobs/{job}/revoke"), &reason).await?.succeeded()?;
        Ok(())
    }

    /// Makes a config that enforces the profile, and answers its ARN.
    pub(super) async fn enforce(&self) -> Result<String, String> {
        let request = json!({
            "AllowedPublishers": {"SigningProfileVersionArns": [self.profile]},
            "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Enforce"}});
        let answer = self.json("POST", "/2020-04-22/code-signing-configs/", &request).await?.succeeded()?;
        answer
            .value()?
            .pointer("/CodeSigningConfig/CodeSigningConfigArn")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| "the config has no ARN".to_owned())
    }

    pub(super) async fn create(&self, package: &[u8], config: &str) -> Result<Deployment, String> {
        let request = json!({
            "FunctionName": FUNCTION, "Role": "arn:aws:iam::123456789012:role/demo", "Runtime": "python3.12",
            "Handler": "app.handler", "Code": {"ZipFile": STANDARD.encode(package)}, "CodeSigningConfigArn": config});
        self.json("POST", "/2015-03-31/functions", &request).await?.deployment()
    }

    pub(super) async fn update(&self, package: &[u8]) -> Result<Deployment, String> {
        let request = json!({"ZipFile": STANDARD.encode(package)});
        self.json("PUT", &format!("/2015-03-31/functions/{FUNCTION}/code"), &request).await?.deployment()
    }

    /// Publishes a layer and attaches it.
    pub(super) async fn attach(&self, layer: &[u8]) -> Result<Deployment, String> {
        let content = json!({"Content": {"ZipFile": STANDARD.encode(layer)}});
        let arn = self
            .json("POST", "/2018-10-31/layers/demo/versions", &content)
            .await?
            .field("LayerVersionArn")?;
        let path = format!("/2015-03-31/functions/{FUNCTION}/configuration");
        self.json("PUT", &path, &json!({"Layers": [arn]})).await?.deployment()
    }

    pub(super) async fn stop(self) {
        self.sandbox.stop().await;
    }

    async fn json(&self, method: &str, path: &str, body: &Value) -> Result<Answer, String> {
        self.call(method, path, body.to_string().into_bytes()).await
    }

    async fn call(&self, method: &str, path: &str, body: Vec<u8>) -> Result<Answer, String> {
        let failed = |error: &dyn std::error::Error| format!("{method} {path}: {error}");
        let address = self.sandbox.address();
        let stream = TcpStream::connect(address).await.map_err(|error| failed(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| failed(&error))?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", address.to_string())
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| failed(&error))?;
        let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let version = response.headers().get("x-amz-version-id");
        let version = version.and_then(|version| version.to_str().ok()).map(str::to_owned);
        let body = response.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes().to_vec();
        Ok(Answer { status, version, body })
    }
}

impl Answer {
    fn succeeded(self) -> Result<Self, String> {
        match self.status {
            200..=299 => Ok(self),
            status => Err(format!("a service answered {status}: {}", String::from_utf8_lossy(&self.body))),
        }
    }

    fn value(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|error| format!("a service answered no JSON: {error}"))
    }

    fn field(self, name: &str) -> Result<String, String> {
        let value = self.succeeded()?.value()?;
        value
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| format!("an answer has no {name}"))
    }

    fn deployment(self) -> Result<Deployment, String> {
        if self.status != 400 {
            return self.succeeded().map(|_| Deployment::Taken);
        }
        let value = self.value()?;
        let message = value.get("Message").or_else(|| value.get("message")).and_then(Value::as_str);
        message
            .map(|message| Deployment::Refused(message.to_owned()))
            .ok_or_else(|| "a refusal says nothing".to_owned())
    }
}

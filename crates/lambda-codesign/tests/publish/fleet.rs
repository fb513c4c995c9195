//! `audit` of many functions in five regions, with faults, interrupted and gone on with.
//!
//! `FLEET=2000` makes it as large as the figures in docs/guides/audit.md; the default is a tenth of that.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_codesign_sandbox::Faults;
use serde_json::{Value, json};

use crate::stand::Stand;

const REGIONS: [&str; 5] = ["us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-south-1"];
const ROLE: &str = "arn:aws:iam::123456789012:role/any";

/// How many functions there are in all; each tenth of that is a layer.
fn size() -> usize {
    std::env::var("FLEET").ok().and_then(|size| size.parse().ok()).unwrap_or(200)
}

/// Requests by hand, many at a time.
struct Requests<'s> {
    stand: &'s Stand,
    region: &'static str,
    text: String,
    count: usize,
}

impl<'s> Requests<'s> {
    fn new(stand: &'s Stand, region: &'static str) -> Self {
        Self { stand, region, text: String::new(), count: 0 }
    }

    fn add(&mut self, service: &str, method: &str, path: &str, body: &str) {
        let file = self.stand.path(&format!("request-{}", self.count));
        fs::write(&file, body).unwrap();
        let scope = format!("123456789012/20261101/{}/{service}/aws4_request", self.region);
        writeln!(
            self.text,
            "next\nurl = \"{}{path}\"\nrequest = \"{method}\"\nfail\nsilent\nshow-error\noutput = \"/dev/null\"\n\
             header = \"Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\"\n\
             data-binary = \"@{}\"",
            self.stand.sandbox.endpoint_url(),
            file.display()
        )
        .unwrap();
        self.count += 1;
    }

    fn lambda(&mut self, method: &str, path: &str, body: &Value) {
        self.add("lambda", method, &format!("/2015-03-31{path}"), &body.to_string());
    }

    /// Sends what was added, in any order.
    fn send(&mut self) {
        let text = std::mem::take(&mut self.text);
        fs::write(self.stand.path("requests"), text.trim_start_matches("next\n")).unwrap();
        let sent = Command::new("curl").arg("-K").arg(self.stand.path("requests")).output().unwrap();
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    }
}

/// What one region has.
struct Fleet {
    functions: usize,
    layers: usize,
    aliases: usize,
    jobs: usize,
}

/// Packages of a region: signed ones, and an unsigned one.
fn packages(stand: &Stand, region: &str, count: usize) -> Vec<String> {
    let mut sign = vec!["sign".to_owned()];
    for number in 0..count {
        let name = format!("{region}-{number}");
        fs::create_dir(stand.path(&name)).unwrap();
        fs::write(stand.path(&name).join("app.py"), format!("print('{name}')")).unwrap();
        stand.succeeds(&["pack", &name, "-o", &format!("{name}.zip"), "-q"]);
        sign.push(format!("{name}.zip"));
    }
    let (bucket, out) = (format!("builds-{region}"), format!("signed-{region}"));
    let by = ["--signing-profile", "release", "--bucket", &bucket, "--trust-root", "root.pem"];
    sign.extend(by.map(str::to_owned));
    sign.extend(["--region", region, "--out-dir", &out, "-q"].map(str::to_owned));
    stand.succeeds(&sign.iter().map(String::as_str).collect::<Vec<_>>());
    let read =
        |number| STANDARD.encode(fs::read(stand.path(&out).join(format!("{region}-{number}.zip"))).unwrap());
    (0..count).map(read).collect()
}

/// The profile and the bucket of a region.
fn prepare(requests: &mut Requests<'_>) {
    let region = requests.region;
    if region != "us-east-1" {
        requests.stand.succeeds(&["profile", "create", "release", "--region", region, "-q"]);
    }
    let place = format!(
        "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
    );
    let place = if region == "us-east-1" { String::new() } else { place };
    requests.add("s3", "PUT", &format!("/builds-{region}"), &place);
    requests.send();
    let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    requests.add("s3", "PUT", &format!("/builds-{region}?versioning"), versioned);
    requests.send();
}

/// Functions of a region, a third of them under each of two configs, a tenth unsigned, a fifth with a layer, a quarter with
/// an alias.
fn people(stand: &Stand, region: &'static str, functions: usize, layers: usize) -> Fleet {
    let mut requests = Requests::new(stand, region);
    prepare(&mut requests);
    let shared = 8;
    let signed = packages(stand, region, shared + layers);
    let unsigned = STANDARD.encode(fs::read(stand.path("unsigned-first.zip")).unwrap());

    for number in 0..layers {
        let content = json!({ "ZipFile": signed[shared + number] });
        let path = format!("/layers/l{number}/versions");
        requests.add(
            "lambda",
            "POST",
            &format!("/2018-10-31{path}"),
            &json!({ "Content": content }).to_string(),
        );
    }
    requests.send();
    let configs = ["enforce", "warn"].map(|mode| {
        let arguments = ["config", "create", "--publisher", "release", "--mode", mode, "--region", region];
        stand.json(&arguments)["configs"][0]["arn"].as_str().unwrap().to_owned()
    });
    for number in 0..functions {
        let code = if number % 10 == 9 { &unsigned } else { &signed[number % shared] };
        let layer = format!("arn:aws:lambda:{region}:123456789012:layer:l{}:1", number / 5 % layers);
        let attached = if number % 5 == 0 { vec![layer] } else { Vec::new() };
        requests.lambda(
            "POST",
            "/functions",
            &json!({
                "FunctionName": format!("f{number:04}"), "Role": ROLE, "Runtime": "python3.12",
                "Handler": "app.handler", "Code": { "ZipFile": code }, "Layers": attached,
            }),
        );
    }
    requests.send();
    let mut aliases = 0;
    for number in (0..functions).step_by(4) {
        requests.lambda("POST", &format!("/functions/f{number:04}/versions"), &json!({}));
        aliases += 1;
    }
    requests.send();
    for number in 0..functions {
        if number % 4 == 0 {
            let alias = json!({ "Name": "live", "FunctionVersion": "1" });
            requests.lambda("POST", &format!("/functions/f{number:04}/aliases"), &alias);
        }
        if let Some(config) = configs.get(number % 3) {
            let path = format!("/2020-06-30/functions/f{number:04}/code-signing-config");
            requests.add("lambda", "PUT", &path, &json!({ "CodeSigningConfigArn": config }).to_string());
        }
    }
    requests.send();
    Fleet { functions, layers, aliases, jobs: shared + layers.min(functions.div_ceil(5)) }
}

#[test]
fn an_audit_that_is_disturbed_comes_to_the_same() {
    let stand = Stand::new();
    let (each, layers) = (size() / 5, size() / 50);
    let fleets = REGIONS.map(|region| people(&stand, region, each, layers));
    let sum = |count: fn(&Fleet) -> usize| fleets.iter().map(count).sum::<usize>();
    assert_eq!((sum(|fleet| fleet.functions), sum(|fleet| fleet.layers)), (each * 5, layers * 5));

    let mut audit = vec!["audit", "--rate", "1000000", "--trust-root", "root.pem", "--output", "json"];
    audit.extend(REGIONS.iter().flat_map(|region| ["--region", region]));
    stand.sandbox.set_faults(Faults::default());
    let (code, undisturbed, stderr) = stand.run(&audit);
    assert_eq!((code, stderr.as_str()), (Some(1), ""));
    let calls = usize::try_from(stand.sandbox.requests_met()).unwrap();
    let (functions, rest) =
        (sum(|fleet| fleet.functions), sum(|fleet| fleet.aliases) + sum(|fleet| fleet.jobs));
    assert!(
        calls * 10 <= functions * 12 + rest * 10,
        "{calls} calls, {functions} functions, {rest} aliases and jobs"
    );
    let undisturbed: Value = serde_json::from_str(&undisturbed).unwrap();
    // Each function, each version behind an alias, their layers, and the configs that nothing is said of are no rows.
    assert!(undisturbed["rows"].as_array().unwrap().len() > functions + sum(|fleet| fleet.aliases));

    let kept = [&audit[..], &["--state", "state.jsonl"]].concat();
    let mut interrupted = 0;
    // Some nine tenths of it are spread over these runs, each ended where it happens to be.
    for seed in 0..6 {
        stand.sandbox.set_faults(Faults { seed, throttle: 10, cut_after: 2, cut: 2, ..Faults::default() });
        let mut child = stand.start(&kept);
        let until = u64::try_from(calls).unwrap() / 6 + seed * 7;
        while stand.sandbox.requests_met() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        child.kill().unwrap();
        interrupted += u8::from(child.wait().unwrap().code().is_none());
    }
    assert!(interrupted >= 4, "{interrupted} of 6 were interrupted");
    let (_, finished, stderr) = stand.run(&kept);
    assert!(!finished.is_empty(), "{stderr}");
    let finished: Value = serde_json::from_str(&finished).unwrap();
    assert_eq!(finished["rows"], undisturbed["rows"]);
}

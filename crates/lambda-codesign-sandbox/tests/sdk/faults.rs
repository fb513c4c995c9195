//! Faults on purpose, signatures that are asked for, and requests that are not answered.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use lambda_codesign_sandbox::{Faults, Options, Sandbox, Signatures};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::stand::{BUCKET, Stand, package, refusal};

async fn raw(stand: &Stand, request: &str) -> String {
    let mut stream = TcpStream::connect(stand.sandbox.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_meets_the_fault_that_was_set() {
    let stand = Stand::new(Options::default()).await;
    stand.sandbox.set_faults(Faults { throttle: 100, ..Faults::default() });
    assert!(refusal(stand.lambda.list_functions().send().await).contains("TooManyRequestsException"));
    assert!(refusal(stand.signer.list_signing_profiles().send().await).contains("ThrottlingException"));
    assert!(refusal(stand.s3.list_buckets().send().await).contains("SlowDown"));
    stand.sandbox.set_faults(Faults { cut: 100, ..Faults::default() });
    assert!(refusal(stand.lambda.list_functions().send().await).contains("DispatchFailure"));
    stand.sandbox.set_faults(Faults { cut_request: Some(0), ..Faults::default() });
    let made = stand.s3.create_bucket().bucket("cut-off").send().await;
    assert!(refusal(made).contains("DispatchFailure"));
    let buckets = stand.s3.list_buckets().send().await.unwrap().buckets.unwrap();
    assert_eq!(buckets.len(), 1, "what was cut after it was carried out is there");
    assert_eq!(stand.sandbox.requests_met(), 2);
}

#[tokio::test]
async fn signatures_that_are_asked_for_are_checked() {
    let options = Options { signatures: Signatures::Required, ..Options::default() };
    let stand = Stand::new(options.clone()).await;
    stand.lambda.list_functions().send().await.unwrap();
    stand.signer.list_signing_profiles().send().await.unwrap();
    stand
        .signer
        .list_tags_for_resource()
        .resource_arn("arn:aws:signer:us-east-1:123456789012:/signing-profiles/a")
        .send()
        .await
        .expect_err("there is no such profile, but the signature over its encoded path holds");
    stand.make_bucket().await;
    stand.put("a key with spaces+and/slashes", b"body".to_vec()).await;
    let forged = Stand::with_secret(Sandbox::start(options).await.unwrap(), "another").await;
    assert!(refusal(forged.lambda.list_functions().send().await).contains("InvalidSignatureException"));
    assert!(refusal(forged.s3.list_buckets().send().await).contains("SignatureDoesNotMatch"));
    let answer =
        raw(&forged, "GET /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[tokio::test]
async fn presigned_queries_and_locations_of_code_are_taken_where_they_hold() {
    let options = Options { signatures: Signatures::Required, ..Options::default() };
    let stand = Stand::new(options.clone()).await;
    stand.make_bucket().await;
    stand.put("a key", b"body".to_vec()).await;
    let presign = async |stand: &Stand, seconds| {
        let lives = PresigningConfig::expires_in(Duration::from_secs(seconds)).unwrap();
        let get = stand.s3.get_object().bucket(BUCKET).key("a key").presigned(lives).await.unwrap();
        get.uri().strip_prefix(stand.sandbox.endpoint_url()).unwrap().to_owned()
    };
    let get = async |path: &str| {
        let host = stand.sandbox.address();
        raw(&stand, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await
    };
    let signed = presign(&stand, 600).await;
    let answer = get(&signed).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("body"), "{answer}");
    for (changed, expected) in [
        (signed.replace("a%20key", "b%20key"), "SignatureDoesNotMatch"),
        (signed.replace("X-Amz-Expires=600", "X-Amz-Expires=601"), "SignatureDoesNotMatch"),
        (signed.replace("X-Amz-Expires=600", "X-Amz-Expires=700000"), "AccessDenied"),
        (signed.replace("X-Amz-Signature=", "X-Amz-Signature=0"), "SignatureDoesNotMatch"),
        (format!("{signed}&versionId=x"), "SignatureDoesNotMatch"),
        (signed.split("&X-Amz-Signature").next().unwrap().to_owned(), "AccessDenied"),
    ] {
        let answer = get(&changed).await;
        assert!(answer.starts_with("HTTP/1.1 403") && answer.contains(expected), "{changed}: {answer}");
    }
    let brief = presign(&stand, 1).await;
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let answer = get(&brief).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("Request has expired"), "{answer}");
    let forged = Stand::with_secret(Sandbox::start(options).await.unwrap(), "another").await;
    assert!(get(&presign(&forged, 600).await).await.contains("SignatureDoesNotMatch"));

    let code = package("code");
    stand.create("f", code.clone()).send().await.unwrap();
    let location =
        stand.lambda.get_function().function_name("f").send().await.unwrap().code.unwrap().location;
    let path = location.unwrap().strip_prefix(stand.sandbox.endpoint_url()).unwrap().to_owned();
    assert!(get(&path).await.starts_with("HTTP/1.1 200"));
    assert!(!get(&format!("{path}0")).await.starts_with("HTTP/1.1 200"), "only its token opens it");
}

#[tokio::test]
async fn pages_and_foreign_hosts_are_not_answered() {
    let stand = Stand::new(Options::default()).await;
    for header in ["Host: localhost\r\nOrigin: http://example.com", "Host: rebound.example.com"] {
        let answer =
            raw(&stand, &format!("GET /_sandbox/health HTTP/1.1\r\n{header}\r\nConnection: close\r\n\r\n"))
                .await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    let answer =
        raw(&stand, "GET /_sandbox/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn no_request_ends_the_process() {
    let stand = Stand::new(Options::default()).await;
    let bad = [
        "GET / HTTP/1.1\r\n\r\n",
        "\0\0\0\0",
        "PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nConnection: close\r\n\r\nab",
        "POST /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{",
        "POST /signing-jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        "GET /2015-03-31/functions/%2e%2e%2f%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /2015-03-31/functions/a%3ab%2fc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "PATCH /signing-profiles/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ];
    for request in bad {
        let mut stream = TcpStream::connect(stand.sandbox.address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // A connection that is cut is an answer too.
        let _cut = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || !answer.starts_with("HTTP/1.1 2"), "{request:?}: {answer}");
    }
    stand.lambda.list_functions().send().await.unwrap();
}

/// A client that waits for `100 Continue` and is refused sends no body: its next request is none either.
#[tokio::test]
async fn a_refusal_instead_of_continue_ends_the_connection() {
    let stand = Stand::new(Options::default()).await;
    let next = "GET /absent HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for _ in 0..20 {
        let mut stream = TcpStream::connect(stand.sandbox.address()).await.unwrap();
        let put = "PUT /absent/key HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
        stream.write_all(put.as_bytes()).await.unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        if head.starts_with(b"HTTP/1.1 100") {
            // It is asked for after all.
            continue;
        }
        // It may be closed already.
        let _late = stream.write_all(next.as_bytes()).await;
        let mut answer = Vec::new();
        let _cut = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
        assert!(!answer.contains("HTTP/1.1"), "a second answer: {answer}");
    }
}

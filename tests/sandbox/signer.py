"""Signer of a sandbox, as boto3 sees it: `signer.py ENDPOINT [LAMBDA_CODESIGN]`.

Each step asserts; the script ends in silence where all hold. With the path of the `lambda-codesign` binary, what was
signed is held against the sandbox's own trust root too.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
import shapes
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]
BINARY = sys.argv[2] if len(sys.argv) > 2 else None
OWNER, OTHER = "123456789012", "210987654321"
RUN = uuid.uuid4().hex[:8]
PLATFORM = "AWSLambda-SHA384-ECDSA"


def client(service, account=OWNER, region="us-east-1"):
    made = boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="sandbox",
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    return shapes.hold(made) if service == "signer" else made


signer, s3, other = client("signer"), client("s3"), client("signer", OTHER)


def refused(exception, call, *words, code=None, **arguments):
    """The call is refused with this exception, and its message has these words."""
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == exception, error.response
        assert all(word in error.response["Error"]["Message"] for word in words), error.response
        assert code is None or error.response.get("code", code) == code, error.response
        return error.response
    raise AssertionError(f"{exception} was expected")


def package(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def put(bucket, key, body, **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more)["VersionId"]


def platforms():
    listed = signer.list_signing_platforms()["platforms"]
    assert [platform["platformId"] for platform in listed] == [PLATFORM]
    one = signer.get_signing_platform(platformId=PLATFORM)
    assert (one["displayName"], one["maxSizeInMB"], one["revocationSupported"]) == ("AWS Lambda", 250, True)
    assert signer.list_signing_platforms(partner="Nobody")["platforms"] == []
    refused("ResourceNotFoundException", signer.get_signing_platform, platformId="Nothing")


def profiles():
    name = f"profile_{RUN}"
    made = signer.put_signing_profile(
        profileName=name,
        platformId=PLATFORM,
        signatureValidityPeriod={"value": 3, "type": "MONTHS"},
        tags={"team": "one"},
    )
    assert made["arn"] == f"arn:aws:signer:us-east-1:{OWNER}:/signing-profiles/{name}"
    assert made["profileVersionArn"] == f"{made['arn']}/{made['profileVersion']}" and len(made["profileVersion"]) == 10
    exists = f"Profile with name {name} already exists"
    again = dict(profileName=name, platformId=PLATFORM)
    refused("ValidationException", signer.put_signing_profile, exists, **again)
    refused("ValidationException", signer.put_signing_profile, profileName="xx-yy", platformId=PLATFORM)
    refused("ValidationException", signer.put_signing_profile, profileName="xx", platformId="Nothing")
    for value, unit in [(136, "MONTHS"), (12, "YEARS"), (0, "DAYS"), (-1, "DAYS"), (70000, "DAYS")]:
        period = {"value": value, "type": unit}
        refused(
            "ValidationException",
            signer.put_signing_profile,
            profileName=f"bad_{RUN}",
            platformId=PLATFORM,
            signatureValidityPeriod=period,
        )
    got = signer.get_signing_profile(profileName=name)
    assert got["status"] == "Active" and got["tags"] == {"team": "one"}
    # The tags' ARN arrives percent-encoded.
    signer.tag_resource(resourceArn=made["arn"], tags={"stage": "two"})
    assert signer.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"team": "one", "stage": "two"}
    signer.untag_resource(resourceArn=made["arn"], tagKeys=["team", "absent"])
    assert signer.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"stage": "two"}
    refused("NotFoundException", signer.list_tags_for_resource, resourceArn=made["arn"] + "x")
    refused("BadRequestException", signer.tag_resource, resourceArn=made["arn"], tags={"aws:x": "y"})
    signer.cancel_signing_profile(profileName=name)
    assert signer.get_signing_profile(profileName=name)["status"] == "Canceled"
    refused("ValidationException", signer.put_signing_profile, exists, **again)
    refused("ResourceNotFoundException", signer.get_signing_profile, profileName=f"absent_{RUN}")


def pages_of_profiles():
    here = client("signer", region="eu-west-3", account=str(int(RUN, 16)).zfill(12))
    names = [f"page_{number:02}" for number in range(30)]
    for name in names:
        here.put_signing_profile(profileName=name, platformId=PLATFORM)
    here.cancel_signing_profile(profileName=names[3])
    seen, token = [], {}
    while True:
        page = here.list_signing_profiles(maxResults=7, **token)
        assert len(page["profiles"]) <= 7
        seen += [profile["profileName"] for profile in page["profiles"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert seen == names[:3] + names[4:], seen
    canceled = here.list_signing_profiles(statuses=["Canceled", "Revoked"])["profiles"]
    assert [profile["profileName"] for profile in canceled] == names[3:4]
    every = here.get_paginator("list_signing_profiles").paginate(includeCanceled=True)
    assert sum(len(page["profiles"]) for page in every) == 30
    refused("ValidationException", here.list_signing_profiles, nextToken="%%")


def permissions():
    name = f"shared_{RUN}"
    signer.put_signing_profile(profileName=name, platformId=PLATFORM)
    look = dict(profileName=name, profileOwner=OWNER)
    refused("AccessDeniedException", other.get_signing_profile, **look)
    grant = dict(profileName=name, action="signer:GetSigningProfile", principal=OTHER, statementId="look")
    revision = signer.add_profile_permission(**grant)["revisionId"]
    assert other.get_signing_profile(**look)["profileName"] == name
    refused("ConflictException", signer.add_profile_permission, **grant)
    refused("ConflictException", signer.add_profile_permission, revisionId="old", **{**grant, "statementId": "two"})
    listed = signer.list_profile_permissions(profileName=name)
    assert listed["revisionId"] == revision and listed["policySizeBytes"] > 0
    assert [permission["statementId"] for permission in listed["permissions"]] == ["look"]
    remove = dict(profileName=name, statementId="look")
    refused("ConflictException", signer.remove_profile_permission, revisionId="old", **remove)
    signer.remove_profile_permission(revisionId=revision, **remove)
    refused("AccessDeniedException", other.get_signing_profile, **look)


class Bench:
    """A profile and two buckets."""

    def __init__(self):
        self.profile, self.source, self.signed = f"jobs_{RUN}", f"source-{RUN}", f"signed-{RUN}"
        self.version = signer.put_signing_profile(profileName=self.profile, platformId=PLATFORM)["profileVersion"]
        for bucket in (self.source, self.signed):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=self.source, VersioningConfiguration={"Status": "Enabled"})

    def request(self, version, key="code.zip", token=None, **more):
        request = dict(
            source={"s3": {"bucketName": self.source, "key": key, "version": version}},
            destination={"s3": {"bucketName": self.signed, "prefix": "out/"}},
            profileName=self.profile,
            clientRequestToken=token or str(uuid.uuid4()),
        )
        return {**request, **more}

    def start(self, version, by=signer, **more):
        return self.settled(by.start_signing_job(**self.request(version, **more))["jobId"], by)

    @staticmethod
    def settled(job, by=signer):
        for _ in range(200):
            described = by.describe_signing_job(jobId=job)
            if described["status"] != "InProgress":
                return described
            assert "signedObject" not in described and "completedAt" not in described
            time.sleep(0.05)
        raise AssertionError("the job stays in progress")


def jobs(bench):
    version = put(bench.source, "code.zip", package({"app.py": "x = 1\n"}), Metadata={"own": "metadata"})
    job = bench.start(version)
    assert job["status"] == "Succeeded" and job["profileVersion"] == bench.version and job["jobOwner"] == OWNER
    months = job["signatureExpiresAt"] - job["createdAt"]
    assert timedelta(days=134 * 30) < months < timedelta(days=136 * 31)
    key = job["signedObject"]["s3"]["key"]
    assert job["signedObject"]["s3"]["bucketName"] == bench.signed and key == f"out/{job['jobId']}.zip"
    stored = s3.get_object(Bucket=bench.signed, Key=key)
    assert stored["Metadata"] == {}
    signed = stored["Body"].read()
    names = zipfile.ZipFile(io.BytesIO(signed)).namelist()
    assert names == ["app.py", "META_INF/", "META_INF/aws_signer_signature_v1.0.SF"], names
    hold(signed)
    failures(bench, signed)
    revoke(bench, job)


def hold(signed):
    """What the sandbox signed holds against its root, and changed bytes do not."""
    if BINARY is None:
        return
    root = urllib.request.urlopen(f"{ENDPOINT}/_sandbox/trust-root.pem").read()
    with tempfile.TemporaryDirectory() as folder:
        anchor, whole, bent = (Path(folder, name) for name in ("root.pem", "whole.zip", "bent.zip"))
        anchor.write_bytes(root)
        whole.write_bytes(signed)
        bent.write_bytes(signed.replace(b"app.py", b"apq.py"))
        verify = lambda file: subprocess.run(
            [BINARY, "verify", "--trust-root", anchor, file], capture_output=True, text=True
        )
        good, bad = verify(whole), verify(bent)
        assert good.returncode in (0, 3), (good.returncode, good.stdout, good.stderr)
        assert bad.returncode not in (0, good.returncode), (bad.returncode, bad.stdout, bad.stderr)


def failures(bench, signed):
    cases = {
        "empty.zip": (b"", "empty"),
        "malformed.zip": (b"this is no zip", "not a valid zip"),
        "cut.zip": (signed[:-30], "not a valid zip"),
        "signed.zip": (signed, "already signed"),
        "large.zip": (bytes((250 << 20) + 1), "250 MB"),
    }
    for key, (body, words) in cases.items():
        job = bench.start(put(bench.source, key, body), key=key)
        assert job["status"] == "Failed" and words in job["statusReason"], job
        assert "signedObject" not in job and "signatureExpiresAt" not in job
        refused("ValidationException", signer.revoke_signature, jobId=job["jobId"], reason="none")


def parameters(bench):
    version = put(bench.source, "code.zip", package({"app.py": "x = 2\n"}))
    wrong = [
        bench.request(""),
        bench.request("absent"),
        bench.request(version, source={"s3": {"bucketName": f"absent-{RUN}", "key": "a", "version": "b"}}),
        bench.request(version, source={"s3": {"bucketName": bench.signed, "key": "a", "version": "b"}}),
        bench.request(version, destination={"s3": {"bucketName": f"absent-{RUN}"}}),
    ]
    for request in wrong:
        answer = refused("ValidationException", signer.start_signing_job, **request)
        assert answer["code"] == "InvalidJobParameters", answer
    refused("ResourceNotFoundException", signer.start_signing_job, **bench.request(version, profileName="absent"))
    far = client("signer", region="eu-west-1")
    far.put_signing_profile(profileName=bench.profile, platformId=PLATFORM)
    refused("ValidationException", far.start_signing_job, "eu-west-1", **bench.request(version))
    refused("ResourceNotFoundException", signer.describe_signing_job, jobId=str(uuid.uuid4()))
    # The same token and the same parameters: the same job; others are refused.
    token = str(uuid.uuid4())
    first = signer.start_signing_job(**bench.request(version, token=token))
    assert signer.start_signing_job(**bench.request(version, token=token))["jobId"] == first["jobId"]
    changed = bench.request(version, token=token, destination={"s3": {"bucketName": bench.signed}})
    refused("ValidationException", signer.start_signing_job, "token", **changed)


def revoke(bench, job):
    signer.revoke_signature(jobId=job["jobId"], reason="a test")
    record = signer.describe_signing_job(jobId=job["jobId"])["revocationRecord"]
    assert (record["reason"], record["revokedBy"]) == ("a test", OWNER)
    revoked = signer.list_signing_jobs(isRevoked=True)["jobs"]
    assert job["jobId"] in [one["jobId"] for one in revoked] and all(one["isRevoked"] for one in revoked)
    refused("ResourceNotFoundException", signer.revoke_signature, jobId=str(uuid.uuid4()), reason="none")


def lists_of_jobs(bench):
    every = [job for page in signer.get_paginator("list_signing_jobs").paginate() for job in page["jobs"]]
    assert len({job["jobId"] for job in every}) == len(every)
    created = [job["createdAt"] for job in every]
    assert created == sorted(created, reverse=True)
    failed = signer.list_signing_jobs(status="Failed")["jobs"]
    assert failed and all(job["status"] == "Failed" for job in failed)
    now = datetime.now(timezone.utc)
    assert signer.list_signing_jobs(signatureExpiresBefore=now)["jobs"] == []
    after = signer.list_signing_jobs(signatureExpiresAfter=now)["jobs"]
    assert after and all(job["signatureExpiresAt"] > now for job in after)
    assert signer.list_signing_jobs(platformId="Nothing")["jobs"] == []
    assert signer.list_signing_jobs(jobInvoker=OTHER, maxResults=1)["jobs"] == []


def across_accounts(bench):
    version = put(bench.source, "code.zip", package({"app.py": "x = 3\n"}))
    request = bench.request(version, profileOwner=OWNER)
    refused("AccessDeniedException", other.start_signing_job, **request)
    may = dict(profileName=bench.profile, principal=OTHER)
    signer.add_profile_permission(action="signer:StartSigningJob", statementId="start", **may)
    job = bench.settled(other.start_signing_job(**request)["jobId"], other)
    assert (job["status"], job["jobOwner"], job["jobInvoker"]) == ("Succeeded", OWNER, OTHER)
    stop = dict(jobId=job["jobId"], jobOwner=OWNER, reason="theirs")
    refused("AccessDeniedException", other.revoke_signature, **stop)
    signer.add_profile_permission(action="signer:RevokeSignature", statementId="revoke", **may)
    other.revoke_signature(**stop)
    assert signer.describe_signing_job(jobId=job["jobId"])["revocationRecord"]["revokedBy"] == OTHER


def revoked_profile(bench):
    now = datetime.now(timezone.utc)
    ask = dict(profileName=bench.profile, profileVersion=bench.version, reason="a test")
    refused("ValidationException", signer.revoke_signing_profile, effectiveTime=now + timedelta(days=1), **ask)
    signer.revoke_signing_profile(effectiveTime=now - timedelta(days=1), **ask)
    refused("ValidationException", signer.revoke_signing_profile, effectiveTime=now, **ask)
    signer.revoke_signing_profile(effectiveTime=now - timedelta(days=2), **ask)
    got = signer.get_signing_profile(profileName=bench.profile)
    effective = got["revocationRecord"]["revocationEffectiveFrom"]
    assert got["status"] == "Revoked" and abs(effective - (now - timedelta(days=2))) < timedelta(seconds=2)
    refused(
        "ValidationException",
        signer.cancel_signing_profile,
        f"Signing Profile {bench.profile} cannot be canceled because it has been revoked. "
        "A revoked profile cannot be canceled.",
        profileName=bench.profile,
    )
    refused("ValidationException", signer.start_signing_job, "revoked", **bench.request("any"))


def absent():
    payload = dict(profileName="xx", payload=b"x", payloadFormat="y")
    try:
        signer.sign_payload(**payload)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 501, error.response
        assert "SignPayload" in error.response["Error"]["Message"]
    else:
        raise AssertionError("SignPayload is not there")


platforms()
profiles()
pages_of_profiles()
permissions()
BENCH = Bench()
jobs(BENCH)
parameters(BENCH)
lists_of_jobs(BENCH)
across_accounts(BENCH)
revoked_profile(BENCH)
absent()

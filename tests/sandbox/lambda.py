"""Plays boto3 against a sandbox's Lambda and says what differs from BEHAVIOUR.md.

python3 lambda.py ENDPOINT TESTDATA, where TESTDATA is the repository's testdata folder.
"""

import base64
import hashlib
import io
import json
import pathlib
import sys
import urllib.request
import zipfile

import boto3
import shapes
import botocore.config
import botocore.exceptions

ENDPOINT, TESTDATA = sys.argv[1], pathlib.Path(sys.argv[2])
ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
PUBLISHER = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/release_builds/AbCdEf1234"
NOT_ACCEPTED = (
    "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is "
    "not configured to accept. Check the provided signature for {}."
)
NOT_SIGNED_PROPERLY = (
    "Lambda cannot deploy the function. The function or layer code is not properly signed. This can mean that the "
    "code was signed incorrectly or modified after it was signed. Check the provided signature for {}."
)


def client(region=REGION):
    made = boto3.client(
        "lambda",
        endpoint_url=ENDPOINT,
        region_name=region,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="sandbox",
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )
    return shapes.hold(made)


LAMBDA = client()


def package(text="x"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("main.py"), text)
    return file.getvalue()


def arn(name, qualifier=None):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" + (f":{qualifier}" if qualifier else "")


def refused(error_code, status, message, operation, **arguments):
    try:
        operation(**arguments)
    except botocore.exceptions.ClientError as error:
        found = error.response
        assert found["Error"]["Code"] == error_code, found
        assert found["ResponseMetadata"]["HTTPStatusCode"] == status, found
        assert message is None or found["Error"]["Message"] == message, found
        return found
    raise AssertionError(f"{operation.__name__} succeeded where {code} was due")


def create(name, code, **more):
    base = {"Runtime": "python3.13", "Handler": "main.handler", "Role": ROLE, "Code": {"ZipFile": code}}
    return LAMBDA.create_function(FunctionName=name, **{**base, **more})


def config(policy=None, publishers=(PUBLISHER,)):
    policies = {"CodeSigningPolicies": {"UntrustedArtifactOnDeployment": policy}} if policy else {}
    made = LAMBDA.create_code_signing_config(
        AllowedPublishers={"SigningProfileVersionArns": list(publishers)}, **policies
    )
    return made["CodeSigningConfig"]


def judgements():
    with urllib.request.urlopen(f"{ENDPOINT}/_sandbox/judgements") as answer:
        return json.load(answer)


def plain_function():
    code = package()
    made = create("plain", code, Environment={"Variables": {"A": "1"}}, Tags={"team": "a"})
    assert made["State"] == "Pending" and made["FunctionArn"] == arn("plain"), made
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode(), made
    assert made["CodeSize"] == len(code) and made["Version"] == "$LATEST", made
    for name in ["plain", arn("plain"), f"{ACCOUNT}:function:plain", "plain:$LATEST", f"{ACCOUNT}:function:plain:$LATEST"]:
        got = LAMBDA.get_function(FunctionName=name)
        assert got["Configuration"]["State"] == "Active", got
        assert got["Configuration"]["LastUpdateStatus"] == "Successful", got
    assert got["Tags"] == {"team": "a"}
    with urllib.request.urlopen(got["Code"]["Location"]) as answer:
        assert answer.read() == code
    assert LAMBDA.get_function_configuration(FunctionName="plain")["Environment"] == {"Variables": {"A": "1"}}
    refused("ResourceConflictException", 409, "Function already exist: plain", create, name="plain", code=code)
    refused("ResourceNotFoundException", 404, f"Function not found: {arn('none')}", LAMBDA.get_function, FunctionName="none")
    far = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:plain"
    message = f"Functions from 'eu-west-1' are not reachable in this region ('{REGION}')"
    refused("ResourceNotFoundException", 404, message, LAMBDA.get_function, FunctionName=far)
    refused("InvalidParameterValueException", 400, None, create, name="broken", code=b"not a zip")
    LAMBDA.get_waiter("function_active_v2").wait(FunctionName="plain")


def code_is_updated():
    before = LAMBDA.get_function_configuration(FunctionName="plain")
    dry = LAMBDA.update_function_code(FunctionName="plain", ZipFile=package("dry"), DryRun=True)
    assert dry["CodeSha256"] == base64.b64encode(hashlib.sha256(package("dry")).digest()).decode(), dry
    assert LAMBDA.get_function_configuration(FunctionName="plain")["RevisionId"] == before["RevisionId"]
    refused(
        "PreconditionFailedException", 412, None, LAMBDA.update_function_code,
        FunctionName="plain", ZipFile=package("y"), RevisionId="00000000-0000-0000-0000-000000000000",
    )
    changed = LAMBDA.update_function_code(
        FunctionName="plain", ZipFile=package("y"), RevisionId=before["RevisionId"], Publish=True
    )
    assert changed["Version"] == "1" and changed["FunctionArn"] == arn("plain", "1"), changed
    assert changed["LastUpdateStatus"] == "InProgress", changed
    after = LAMBDA.get_function_configuration(FunctionName="plain")
    assert after["RevisionId"] != before["RevisionId"] and after["LastUpdateStatus"] == "Successful", after
    LAMBDA.get_waiter("function_updated_v2").wait(FunctionName="plain")


def versions_and_aliases():
    again = LAMBDA.publish_version(FunctionName="plain")
    assert again["Version"] == "1", again
    LAMBDA.update_function_configuration(FunctionName="plain", Description="two", Timeout=9)
    refused("InvalidParameterValueException", 400, None, LAMBDA.publish_version, FunctionName="plain", CodeSha256="no")
    two = LAMBDA.publish_version(FunctionName="plain", Description="second")
    assert two["Version"] == "2" and two["Description"] == "second" and two["Timeout"] == 9, two
    assert [v["Version"] for v in LAMBDA.list_versions_by_function(FunctionName="plain")["Versions"]] == ["$LATEST", "1", "2"]
    made = LAMBDA.create_alias(FunctionName="plain", Name="live", FunctionVersion="1")
    assert made["AliasArn"] == arn("plain", "live"), made
    refused("ResourceConflictException", 409, None, LAMBDA.create_alias, FunctionName="plain", Name="live", FunctionVersion="1")
    refused("ResourceNotFoundException", 404, None, LAMBDA.create_alias, FunctionName="plain", Name="x", FunctionVersion="9")
    got = LAMBDA.get_function(FunctionName="plain", Qualifier="live")["Configuration"]
    assert got["Version"] == "1" and got["FunctionArn"] == arn("plain", "live"), got
    refused(
        "PreconditionFailedException", 412, None, LAMBDA.update_alias,
        FunctionName="plain", Name="live", FunctionVersion="2", RevisionId="no",
    )
    moved = LAMBDA.update_alias(
        FunctionName="plain", Name="live", FunctionVersion="2", RevisionId=made["RevisionId"],
        RoutingConfig={"AdditionalVersionWeights": {"1": 0.25}},
    )
    assert moved["RoutingConfig"]["AdditionalVersionWeights"] == {"1": 0.25}, moved
    assert moved["RevisionId"] != made["RevisionId"]
    assert len(LAMBDA.list_aliases(FunctionName="plain")["Aliases"]) == 1
    refused("ResourceConflictException", 409, None, LAMBDA.delete_function, FunctionName="plain", Qualifier="2")
    LAMBDA.delete_alias(FunctionName="plain", Name="live")
    refused("ResourceNotFoundException", 404, f"Cannot find alias arn: {arn('plain', 'live')}", LAMBDA.get_alias, FunctionName="plain", Name="live")
    LAMBDA.delete_function(FunctionName="plain", Qualifier="2")


def configs():
    made = config(publishers=[f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/any"])
    assert made["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}, made
    assert made["CodeSigningConfigArn"].endswith(":code-signing-config:" + made["CodeSigningConfigId"])
    refused("ValidationException", 400, None, config, publishers=[PUBLISHER] * 21)
    own = made["CodeSigningConfigArn"]
    kept = LAMBDA.update_code_signing_config(CodeSigningConfigArn=own, CodeSigningPolicies={}, Description="d")
    assert kept["CodeSigningConfig"]["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}, kept
    assert LAMBDA.get_code_signing_config(CodeSigningConfigArn=own)["CodeSigningConfig"]["Description"] == "d"
    empty = LAMBDA.get_function_code_signing_config(FunctionName="plain")
    assert "CodeSigningConfigArn" not in empty, empty
    unknown = own[:-17] + "0" * 17
    refused("ResourceNotFoundException", 404, f"The Lambda code signing configuration {unknown} can not be found.", LAMBDA.get_code_signing_config, CodeSigningConfigArn=unknown)
    refused("CodeSigningConfigNotFoundException", 404, None, LAMBDA.put_function_code_signing_config, FunctionName="none", CodeSigningConfigArn=unknown)
    refused("ResourceNotFoundException", 404, f"Function not found: {arn('none')}", LAMBDA.get_function_code_signing_config, FunctionName="none")
    refused("InvalidParameterValueException", 400, None, LAMBDA.get_function_code_signing_config, FunctionName=arn("plain", "1"))
    LAMBDA.put_function_code_signing_config(FunctionName="plain", CodeSigningConfigArn=own)
    assert LAMBDA.list_functions_by_code_signing_config(CodeSigningConfigArn=own)["FunctionArns"] == [arn("plain")]
    refused(
        "ResourceConflictException", 409,
        "Lambda cannot delete the code signing configuration at this time \u2014 another operation is in progress. Try again later.",
        LAMBDA.delete_code_signing_config, CodeSigningConfigArn=own,
    )
    LAMBDA.delete_function_code_signing_config(FunctionName="plain")
    LAMBDA.tag_resource(Resource=own, Tags={"a": "b", "c": "d"})
    LAMBDA.untag_resource(Resource=own, TagKeys=["a"])
    assert LAMBDA.list_tags(Resource=own)["Tags"] == {"c": "d"}
    assert own in [c["CodeSigningConfigArn"] for c in LAMBDA.list_code_signing_configs()["CodeSigningConfigs"]]
    LAMBDA.delete_code_signing_config(CodeSigningConfigArn=own)


def unsigned_code_under_a_config():
    enforce, warn = config("Enforce")["CodeSigningConfigArn"], config("Warn")["CodeSigningConfigArn"]
    refused("CodeVerificationFailedException", 400, NOT_ACCEPTED.format("strict"), create, name="strict", code=package(), CodeSigningConfigArn=enforce)
    refused("ResourceNotFoundException", 404, None, LAMBDA.get_function, FunctionName="strict")
    assert judgements()[-1]["errorCode"] == "CodeVerificationFailedException", judgements()[-1]
    assert judgements()[-1]["check"] == "unsigned" and not judgements()[-1]["additionalEventData"], judgements()[-1]
    create("strict", package())
    LAMBDA.put_function_code_signing_config(FunctionName="strict", CodeSigningConfigArn=enforce)
    before = LAMBDA.get_function_configuration(FunctionName="strict")
    for dry in [False, True]:
        refused(
            "CodeVerificationFailedException", 400, NOT_ACCEPTED.format(arn("strict")), LAMBDA.update_function_code,
            FunctionName="strict", ZipFile=package("z"), DryRun=dry,
        )
    assert LAMBDA.get_function_configuration(FunctionName="strict") | {"ResponseMetadata": 0} == before | {"ResponseMetadata": 0}
    loose = create("loose", package(), CodeSigningConfigArn=warn)
    assert "SigningJobArn" not in loose, loose
    assert judgements()[-1]["additionalEventData"] == {"signatureStatus": "MISMATCH"}, judgements()[-1]
    return enforce, warn


def tampered_code(enforce, warn):
    for case in ["digest-mismatch--name", "digest-mismatch--body", "digest-mismatch--order", "chain-untrusted--foreign-root"]:
        code = (TESTDATA / "rejected" / case / "package.zip").read_bytes()
        for attached in [enforce, warn]:
            refused("CodeVerificationFailedException", 400, NOT_SIGNED_PROPERLY.format("tampered"), create, name="tampered", code=code, CodeSigningConfigArn=attached)
    made = create("tampered", code)
    assert "SigningJobArn" not in made, made
    assert not judgements()[-1]["additionalEventData"] and not judgements()[-1]["errorCode"], judgements()[-1]


def layers(enforce, warn):
    def publish(name, code):
        return LAMBDA.publish_layer_version(LayerName=name, Content={"ZipFile": code}, CompatibleRuntimes=["python3.13"])

    first = publish("deps", package("layer"))
    tampered = publish("deps", (TESTDATA / "rejected/digest-mismatch--body/package.zip").read_bytes())
    assert (first["Version"], tampered["Version"]) == (1, 2)
    assert "SigningJobArn" not in tampered["Content"], tampered
    got = LAMBDA.get_layer_version(LayerName="deps", VersionNumber=1)
    with urllib.request.urlopen(got["Content"]["Location"]) as answer:
        assert answer.read() == package("layer")
    assert LAMBDA.get_layer_version_by_arn(Arn=first["LayerVersionArn"])["Version"] == 1
    assert LAMBDA.get_layer_version(LayerName=first["LayerArn"], VersionNumber=1)["Version"] == 1
    assert [v["Version"] for v in LAMBDA.list_layer_versions(LayerName="deps")["LayerVersions"]] == [2, 1]
    assert [v["LatestMatchingVersion"]["Version"] for v in LAMBDA.list_layers()["Layers"]] == [2]
    refused("ResourceNotFoundException", 404, "The resource you requested does not exist.", LAMBDA.get_layer_version, LayerName="deps", VersionNumber=9)
    update = LAMBDA.update_function_configuration
    refused(
        "CodeVerificationFailedException", 400, NOT_ACCEPTED.format(first["LayerVersionArn"]), update,
        FunctionName="strict", Layers=[first["LayerVersionArn"]],
    )
    refused(
        "CodeVerificationFailedException", 400, NOT_SIGNED_PROPERLY.format(tampered["LayerVersionArn"]), update,
        FunctionName="loose", Layers=[tampered["LayerVersionArn"]],
    )
    refused(
        "InvalidParameterValueException", 400, "Cannot reference more than 5 layers.", update,
        FunctionName="plain", Layers=[first["LayerVersionArn"]] * 6,
    )
    taken = update(FunctionName="loose", Layers=[first["LayerVersionArn"]])
    assert [layer["Arn"] for layer in taken["Layers"]] == [first["LayerVersionArn"]], taken
    assert judgements()[-1]["eventName"] == "UpdateFunctionConfiguration20150331v2"
    assert judgements()[-1]["additionalEventData"] == {"signatureStatus": "MISMATCH"}
    LAMBDA.delete_layer_version(LayerName="deps", VersionNumber=1)
    assert publish("deps", package("third"))["Version"] == 3
    LAMBDA.update_function_code(FunctionName="loose", ZipFile=package("after the layer was deleted"))
    update(FunctionName="loose", Layers=[])


def lists_come_in_pages():
    names = [f"page{number}" for number in range(5)]
    for name in names:
        create(name, package())
    pages = LAMBDA.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    found = [function["FunctionName"] for page in pages for function in page["Functions"]]
    assert found == sorted(found) and set(names) <= set(found), found


def the_rest():
    refused("NotImplementedException", 501, "The sandbox does not have Invoke.", LAMBDA.invoke, FunctionName="plain")
    refused("ValidationException", 400, None, LAMBDA.get_function, FunctionName="a b")
    refused(
        "InvalidParameterValueException", 400, None, LAMBDA.update_function_code,
        FunctionName="plain", S3Bucket="no-such-bucket", S3Key="k",
    )
    image = LAMBDA.create_function(FunctionName="image", Role=ROLE, PackageType="Image", Code={"ImageUri": "x.dkr.ecr/y:z"})
    assert image["PackageType"] == "Image", image
    assert LAMBDA.get_function(FunctionName="image")["Code"]["ImageUri"] == "x.dkr.ecr/y:z"
    LAMBDA.delete_function(FunctionName="plain")
    refused("ResourceNotFoundException", 404, None, LAMBDA.delete_function, FunctionName="plain")


plain_function()
code_is_updated()
versions_and_aliases()
configs()
both = unsigned_code_under_a_config()
tampered_code(*both)
layers(*both)
lists_come_in_pages()
the_rest()
print("lambda.py: all held")

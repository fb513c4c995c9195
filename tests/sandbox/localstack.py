"""Answers that AWS itself gave, as LocalStack's tests recorded them, against those of a sandbox: `localstack.py ENDPOINT CORPUS`.

Every recorded answer but one is played; values that AWS chose (ids, times) are compared by the placeholders that
the recording has for them.
"""

import io
import json
import sys
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, CORPUS = sys.argv[1:3]
ACCOUNT, REGION = "111111111111", "us-east-1"
ABSENT = "csc-test-doesnotexist"
RECORDED = json.load(open(CORPUS))

client = boto3.client(
    "lambda",
    endpoint_url=ENDPOINT,
    region_name=REGION,
    aws_access_key_id=ACCOUNT,
    aws_secret_access_key="sandbox",
    config=Config(retries={"max_attempts": 0}),
)
played = 0


def recording(name):
    (found,) = [value for key, value in RECORDED.items() if key.endswith(name)]
    return found["recorded-content"]


def answer(operation, **arguments):
    try:
        found = operation(**arguments)
    except ClientError as error:
        found = error.response
    return found


def compare(name, expected, found, places):
    """The recorded members must be there and alike, and no others."""
    global played
    text = json.dumps(expected)
    for place, value in places.items():
        text = text.replace(place, value)
    expected = json.loads(text)
    status = expected.pop("ResponseMetadata", {}).get("HTTPStatusCode")
    found = dict(found)
    metadata = found.pop("ResponseMetadata")
    for config in [found.get("CodeSigningConfig"), expected.get("CodeSigningConfig")]:
        if config is not None:
            assert config.pop("LastModified"), name
    for text in [expected, found]:
        # Where boto3 has no model for an error's shape it leaves these out.
        text.pop("Message", None)
        text.pop("Type", None)
    assert found == expected, (name, found, expected)
    assert status is None or metadata["HTTPStatusCode"] == status, (name, metadata["HTTPStatusCode"], status)
    played += 1


def package():
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass\n")
    return body.getvalue()


def function(name):
    client.create_function(
        FunctionName=name,
        Role=f"arn:aws:iam::{ACCOUNT}:role/any",
        Runtime="python3.12",
        Handler="app.handler",
        Code={"ZipFile": package()},
    )


def config():
    return client.create_code_signing_config(
        Description="Testing CodeSigning Config",
        AllowedPublishers={"SigningProfileVersionArns": [f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/test"]},
        CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"},
    )


def places(made, **more):
    arn = made["CodeSigningConfig"]["CodeSigningConfigArn"]
    known = {"<partition>": "aws", "<region>": REGION, "<resource:1>": made["CodeSigningConfig"]["CodeSigningConfigId"]}
    return arn, known | more


def whole_life():
    recorded = recording("test_function_code_signing_config")
    function("life")
    made = config()
    arn, known = places(made, **{"<function-name:1>": "life"})
    compare("create", recorded["create_code_signing_config"], made, known)
    by_arn = {"CodeSigningConfigArn": arn}
    warn = {"UntrustedArtifactOnDeployment": "Warn"}
    for name, call in [
        ("update_code_signing_config", lambda: client.update_code_signing_config(**by_arn, CodeSigningPolicies=warn)),
        ("get_code_signing_config", lambda: client.get_code_signing_config(**by_arn)),
        ("put_function_code_signing_config", lambda: client.put_function_code_signing_config(**by_arn, FunctionName="life")),
        ("get_function_code_signing_config", lambda: client.get_function_code_signing_config(FunctionName="life")),
        ("list_functions_by_code_signing_config", lambda: client.list_functions_by_code_signing_config(**by_arn)),
        ("delete_function_code_signing_config", lambda: client.delete_function_code_signing_config(FunctionName="life")),
        ("delete_code_signing_config", lambda: client.delete_code_signing_config(**by_arn)),
    ]:
        compare(name, recorded[name], answer(call), known)


def what_is_absent():
    recorded = recording("test_code_signing_not_found_excs")
    function("bare")
    made = config()
    arn, known = places(made)
    invalid = arn[:-17] + "00000000000000000"
    known["<csc_arn_invalid>"] = invalid
    compare("create", recorded["create_code_signing_config"], made, known)
    enforce = {"UntrustedArtifactOnDeployment": "Enforce"}
    for name, operation, arguments in [
        ("delete_csc_notfound", client.delete_code_signing_config, {"CodeSigningConfigArn": invalid}),
        ("nothing_to_delete_response", client.delete_function_code_signing_config, {"FunctionName": "bare"}),
        ("delete_function_csc_fnnotfound", client.delete_function_code_signing_config, {"FunctionName": ABSENT}),
        ("put_function_csc_invalid_fnname", client.put_function_code_signing_config,
         {"CodeSigningConfigArn": arn, "FunctionName": ABSENT}),
        ("put_function_csc_invalid_csc_arn", client.put_function_code_signing_config,
         {"CodeSigningConfigArn": invalid, "FunctionName": "bare"}),
        ("put_function_csc_invalid_both", client.put_function_code_signing_config,
         {"CodeSigningConfigArn": invalid, "FunctionName": ABSENT}),
        ("update_csc_invalid_csc_arn", client.update_code_signing_config,
         {"CodeSigningConfigArn": invalid, "Description": "new"}),
        ("update_csc_noupdates", client.update_code_signing_config, {"CodeSigningConfigArn": invalid}),
        ("update_csc_noupdate_response", client.update_code_signing_config,
         {"CodeSigningConfigArn": arn, "CodeSigningPolicies": enforce}),
        ("get_csc_invalid", client.get_code_signing_config, {"CodeSigningConfigArn": invalid}),
        ("get_function_csc_fnwithoutcsc", client.get_function_code_signing_config, {"FunctionName": "bare"}),
        ("get_function_csc_nonexistingfn", client.get_function_code_signing_config, {"FunctionName": ABSENT}),
        ("list_functions_by_csc_fnwithoutcsc", client.list_functions_by_code_signing_config, {"CodeSigningConfigArn": arn}),
        ("list_functions_by_csc_invalid_cscarn", client.list_functions_by_code_signing_config,
         {"CodeSigningConfigArn": invalid}),
    ]:
        compare(name, recorded[name], answer(operation, **arguments), known)


def elsewhere():
    (recorded,) = recording("test_ops_on_nonexisting_fn[get_function_code_signing_config]").values()
    known = {"<partition>": "aws", "<region>": REGION, "<nonexisting-fn-name>": "nobody"}
    compare("nonexisting", recorded, answer(client.get_function_code_signing_config, FunctionName="nobody"), known)
    (recorded,) = recording("test_get_function_wrong_region[get_function_code_signing_config]").values()
    foreign = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:life"
    known = {"<wrong-region>": "eu-west-1", "<region>": REGION}
    compare("wrong region", recorded, answer(client.get_function_code_signing_config, FunctionName=foreign), known)


whole_life()
what_is_absent()
elsewhere()
print(f"localstack.py: {played} recorded answers are given alike")

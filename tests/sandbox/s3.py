"""Drives the sandbox's S3 with boto3: `s3.py ENDPOINT`. Ends in an assertion where an answer is not S3's."""

import base64
import concurrent.futures
import hashlib
import http.client
import sys
import urllib.parse
import zlib

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]


def client(**config):
    return boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="any",
        config=Config(retries={"max_attempts": 0}, max_pool_connections=8, **config),
    )


s3 = client()


def refused(code, status, call, **arguments):
    """The error of a call that must be refused."""
    try:
        answer = call(**arguments)
    except ClientError as error:
        found = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert found == (code, status), (found, code, status)
        return error.response
    raise AssertionError(f"{call} was not refused with {code}: {answer}")


def raw(method, path, body, headers):
    """A request that no SDK would send."""
    url = urllib.parse.urlsplit(ENDPOINT)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def buckets():
    refused("NoSuchBucket", 404, s3.get_bucket_versioning, Bucket="absent")
    refused("404", 404, s3.head_bucket, Bucket="absent")
    s3.create_bucket(Bucket="plain")
    s3.create_bucket(Bucket="versioned")
    assert s3.get_bucket_location(Bucket="plain")["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket="versioned")
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="versioned")["Status"] == "Enabled"
    assert [found["Name"] for found in s3.list_buckets()["Buckets"]] == ["plain", "versioned"]
    s3.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert s3.get_bucket_location(Bucket="far")["LocationConstraint"] == "eu-west-1"
    assert s3.head_bucket(Bucket="far")["BucketRegion"] == "eu-west-1"
    s3.delete_bucket(Bucket="far")
    refused("404", 404, s3.head_bucket, Bucket="far")


def objects():
    put = s3.put_object(Bucket="plain", Key="a b/ü+%2F", Body=b"hello", Metadata={"Who": "me"}, ContentType="text/x")
    assert put["ETag"] == '"' + hashlib.md5(b"hello").hexdigest() + '"' and "VersionId" not in put
    assert put["ChecksumCRC32"] == base64.b64encode(zlib.crc32(b"hello").to_bytes(4)).decode()
    got = s3.get_object(Bucket="plain", Key="a b/ü+%2F", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello" and got["Metadata"] == {"who": "me"} and got["ContentType"] == "text/x"
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    head = s3.head_object(Bucket="plain", Key="a b/ü+%2F")
    assert head["ContentLength"] == 5 and "ChecksumCRC32" not in head
    part = s3.get_object(Bucket="plain", Key="a b/ü+%2F", Range="bytes=1-3")
    assert part["Body"].read() == b"ell" and part["ContentRange"] == "bytes 1-3/5"
    refused("InvalidRange", 416, s3.get_object, Bucket="plain", Key="a b/ü+%2F", Range="bytes=9-")
    refused("304", 304, s3.get_object, Bucket="plain", Key="a b/ü+%2F", IfNoneMatch=put["ETag"])
    refused("PreconditionFailed", 412, s3.get_object, Bucket="plain", Key="a b/ü+%2F", IfMatch='"x"')
    refused("PreconditionFailed", 412, s3.put_object, Bucket="plain", Key="a b/ü+%2F", Body=b"", IfNoneMatch="*")
    refused("NoSuchKey", 404, s3.get_object, Bucket="plain", Key="absent")
    refused("NoSuchBucket", 404, s3.put_object, Bucket="absent", Key="x", Body=b"x")
    s3.put_object(Bucket="plain", Key="empty", Body=b"")
    assert s3.get_object(Bucket="plain", Key="empty")["Body"].read() == b""
    refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket="plain")


def versions():
    ids = [s3.put_object(Bucket="versioned", Key="k", Body=body)["VersionId"] for body in (b"1", b"2")]
    assert s3.get_object(Bucket="versioned", Key="k", VersionId=ids[0])["Body"].read() == b"1"
    refused("NoSuchVersion", 404, s3.get_object, Bucket="versioned", Key="k", VersionId="nope")
    marker = s3.delete_object(Bucket="versioned", Key="k")
    assert marker["DeleteMarker"] is True
    refused("NoSuchKey", 404, s3.get_object, Bucket="versioned", Key="k")
    refused("MethodNotAllowed", 405, s3.get_object, Bucket="versioned", Key="k", VersionId=marker["VersionId"])
    listed = s3.list_object_versions(Bucket="versioned")
    assert [found["VersionId"] for found in listed["Versions"]] == ids[::-1]
    assert [found["IsLatest"] for found in listed["DeleteMarkers"]] == [True]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket="versioned", PaginationConfig={"PageSize": 1})
    assert sum(len(page.get("Versions", []) + page.get("DeleteMarkers", [])) for page in pages) == 3
    s3.delete_object(Bucket="versioned", Key="k", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket="versioned", Key="k")["VersionId"] == ids[1]
    s3.put_object_tagging(Bucket="versioned", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    tags = s3.get_object_tagging(Bucket="versioned", Key="k")
    assert tags["VersionId"] == ids[1] and tags["TagSet"] == [{"Key": "a", "Value": "b"}]
    copied = s3.copy_object(
        Bucket="plain", Key="copy", CopySource={"Bucket": "versioned", "Key": "k", "VersionId": ids[0]}
    )
    assert copied["CopySourceVersionId"] == ids[0]
    assert s3.get_object(Bucket="plain", Key="copy")["Body"].read() == b"1"
    gone = s3.delete_objects(Bucket="versioned", Delete={"Objects": [{"Key": "k", "VersionId": id} for id in ids]})
    assert len(gone["Deleted"]) == 2 and "Versions" not in s3.list_object_versions(Bucket="versioned")
    assert s3.get_object(Bucket="plain", Key="copy")["Body"].read() == b"1"


def lists():
    s3.create_bucket(Bucket="lists")
    keys = ["a/1", "a/2", "b", "c d", "e/1"]
    for key in keys:
        s3.put_object(Bucket="lists", Key=key, Body=b"x")
    for name in ("list_objects", "list_objects_v2"):
        pages = list(s3.get_paginator(name).paginate(Bucket="lists", PaginationConfig={"PageSize": 2}))
        assert [found["Key"] for page in pages for found in page["Contents"]] == keys, name
        folded = s3.get_paginator(name).paginate(Bucket="lists", Delimiter="/", PaginationConfig={"PageSize": 1})
        folded = list(folded)
        assert [found["Prefix"] for page in folded for found in page.get("CommonPrefixes", [])] == ["a/", "e/"], name
        assert [found["Key"] for page in folded for found in page.get("Contents", [])] == ["b", "c d"], name
    assert s3.list_objects_v2(Bucket="lists", Prefix="a/")["KeyCount"] == 2
    assert s3.list_objects_v2(Bucket="lists", StartAfter="b")["KeyCount"] == 2


def parts():
    body = bytes(range(256)) * (20 * 4096)
    size = 8 << 20
    for name, settings in (("plain", {}), ("versioned", {"ChecksumAlgorithm": "SHA256"})):
        upload = s3.create_multipart_upload(Bucket=name, Key="big", Metadata={"a": "b"}, **settings)["UploadId"]
        named = []
        for number, start in enumerate(range(0, len(body), size), 1):
            part = s3.upload_part(
                Bucket=name, Key="big", UploadId=upload, PartNumber=number, Body=body[start : start + size], **settings
            )
            kept = {key: value for key, value in part.items() if key == "ETag" or key.startswith("Checksum")}
            named.append({"PartNumber": number, **kept})
        assert len(s3.list_parts(Bucket=name, Key="big", UploadId=upload)["Parts"]) == 3
        target = {"Bucket": name, "Key": "big", "UploadId": upload}
        wrong = [named[1], named[0]]
        refused("InvalidPartOrder", 400, s3.complete_multipart_upload, MultipartUpload={"Parts": wrong}, **target)
        wrong = [{**named[0], "ETag": '"x"'}]
        refused("InvalidPart", 400, s3.complete_multipart_upload, MultipartUpload={"Parts": wrong}, **target)
        done = s3.complete_multipart_upload(MultipartUpload={"Parts": named}, **target)
        md5s = b"".join(hashlib.md5(body[start : start + size]).digest() for start in range(0, len(body), size))
        assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-3"', done
        assert ("VersionId" in done) == (name == "versioned")
        got = s3.get_object(Bucket=name, Key="big")
        assert got["Body"].read() == body and got["Metadata"] == {"a": "b"}
        refused("NoSuchUpload", 404, s3.list_parts, **target)
    upload = s3.create_multipart_upload(Bucket="plain", Key="never")["UploadId"]
    s3.abort_multipart_upload(Bucket="plain", Key="never", UploadId=upload)
    refused("NoSuchUpload", 404, s3.abort_multipart_upload, Bucket="plain", Key="never", UploadId=upload)


def checksums():
    for name in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket="plain", Key="sum", Body=b"sum", ChecksumAlgorithm=name)
        wrong = base64.b64encode(bytes({"CRC32": 4, "SHA1": 20, "SHA256": 32}[name])).decode()
        refused("BadDigest", 400, s3.put_object, Bucket="plain", Key="bad", Body=b"x", **{"Checksum" + name: wrong})
    wrong = base64.b64encode(bytes(16)).decode()
    refused("BadDigest", 400, s3.put_object, Bucket="plain", Key="bad", Body=b"x", ContentMD5=wrong)
    refused("404", 404, s3.head_object, Bucket="plain", Key="bad")
    status, body = raw("PUT", "/plain/bad", b"x", {"x-amz-content-sha256": "0" * 64})
    assert status == 400 and b"XAmzContentSHA256Mismatch" in body, body


def chunks():
    crc = base64.b64encode(zlib.crc32(b"hello world").to_bytes(4)).decode()
    head = {
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-decoded-content-length": "11",
    }
    good = f"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:{crc}\r\n\r\n".encode()
    status, body = raw("PUT", "/plain/chunked", good, head)
    assert status == 200, body
    got = s3.get_object(Bucket="plain", Key="chunked", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello world" and got["ChecksumCRC32"] == crc and "ContentEncoding" not in got
    status, body = raw("PUT", "/plain/bad", good.replace(crc.encode(), b"AAAAAA=="), head)
    assert status == 400 and b"<Code>BadDigest</Code>" in body, body
    status, body = raw("PUT", "/plain/bad", good[:-20], head)
    assert status == 400 and b"<Code>IncompleteBody</Code>" in body, body
    status, body = raw("PUT", "/plain/bad", good, {**head, "x-amz-decoded-content-length": "12"})
    assert status == 400 and b"<Code>IncompleteBody</Code>" in body, body
    signed = {**head, "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    del signed["x-amz-trailer"]
    body = b"b;chunk-signature=00\r\nhello world\r\n0;chunk-signature=00\r\n\r\n"
    status, body = raw("PUT", "/plain/signed", body, signed)
    assert status == 200, body
    refused("404", 404, s3.head_object, Bucket="plain", Key="bad")


def subresources():
    assert s3.get_bucket_encryption(Bucket="plain")["ServerSideEncryptionConfiguration"]["Rules"]
    assert s3.get_bucket_acl(Bucket="plain")["Grants"] and s3.get_public_access_block(Bucket="plain")
    for name in ("logging", "accelerate_configuration", "notification_configuration", "ownership_controls"):
        getattr(s3, "get_bucket_" + name)(Bucket="plain")
    assert s3.get_bucket_request_payment(Bucket="plain")["Payer"] == "BucketOwner"
    for name, code in {
        "bucket_policy": "NoSuchBucketPolicy",
        "bucket_cors": "NoSuchCORSConfiguration",
        "bucket_website": "NoSuchWebsiteConfiguration",
        "bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
        "bucket_replication": "ReplicationConfigurationNotFoundError",
        "bucket_tagging": "NoSuchTagSet",
        "object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    }.items():
        refused(code, 404, getattr(s3, "get_" + name), Bucket="plain")
    error = refused("NotImplemented", 501, s3.put_bucket_policy, Bucket="plain", Policy="{}")
    assert "PutBucketPolicy" in error["Error"]["Message"]


def presigned():
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "plain", "Key": "chunked"})
    parts = urllib.parse.urlsplit(url)
    assert raw("GET", f"{parts.path}?{parts.query}", None, {})[1] == b"hello world"


def many():
    def one(number):
        own = client()
        body = str(number).encode() * 50_000
        version = own.put_object(Bucket="versioned", Key=f"many/{number % 10}", Body=body)["VersionId"]
        got = own.get_object(Bucket="versioned", Key=f"many/{number % 10}", VersionId=version)
        return got["Body"].read() == body

    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        assert all(pool.map(one, range(100)))
    assert len(s3.list_object_versions(Bucket="versioned", Prefix="many/")["Versions"]) == 100


for step in (buckets, objects, versions, lists, parts, checksums, chunks, subresources, presigned, many):
    step()
    print(step.__name__, "ok")

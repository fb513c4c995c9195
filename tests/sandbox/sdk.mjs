// Drives the sandbox with AWS's SDK for JavaScript: `node sdk.mjs PACKAGES UNSIGNED.zip`, where PACKAGES is a folder in which npm installed
// the clients. Ends in an assertion where an answer is not the service's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import path from "node:path";

const [packages, unsigned] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(packages), "package.json"));
const s3sdk = require("@aws-sdk/client-s3");
const lambdasdk = require("@aws-sdk/client-lambda");
const signersdk = require("@aws-sdk/client-signer");

// The address, the region and the credentials come from the environment.
const s3 = new s3sdk.S3Client({ forcePathStyle: true });
const lambda = new lambdasdk.LambdaClient({});
const signer = new signersdk.SignerClient({});

async function refused(name, status, call) {
    try {
        await call;
    } catch (error) {
        assert.deepEqual([error.name, error.$metadata.httpStatusCode], [name, status]);
        return error;
    }
    assert.fail(`it was not refused with ${name}`);
}

const Bucket = "javascript";
await s3.send(new s3sdk.CreateBucketCommand({ Bucket }));
await s3.send(new s3sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));

// A stream goes up aws-chunked, with a CRC in its trailer.
const chunks = Array.from({ length: 40 }, (_, at) => Buffer.alloc(65536, at));
const sent = Buffer.concat(chunks);
const put = await s3.send(new s3sdk.PutObjectCommand({
    Bucket, Key: "stream", Body: Readable.from(chunks), ContentLength: sent.length, ChecksumAlgorithm: "CRC32" }));
assert.ok(put.VersionId && put.ChecksumCRC32, JSON.stringify(put));
const got = await s3.send(new s3sdk.GetObjectCommand({ Bucket, Key: "stream", VersionId: put.VersionId, ChecksumMode: "ENABLED" }));
assert.deepEqual(Buffer.from(await got.Body.transformToByteArray()), sent);
const some = await s3.send(new s3sdk.GetObjectCommand({ Bucket, Key: "stream", Range: "bytes=65535-65536" }));
assert.deepEqual([...await some.Body.transformToByteArray()], [0, 1]);
await refused("NoSuchKey", 404, s3.send(new s3sdk.GetObjectCommand({ Bucket, Key: "absent" })));
const listed = await s3.send(new s3sdk.ListObjectsV2Command({ Bucket }));
assert.equal(listed.KeyCount, 1);

// A package is signed as a pipeline does it.
const profile = await signer.send(new signersdk.PutSigningProfileCommand({
    profileName: "javascript", platformId: "AWSLambda-SHA384-ECDSA" }));
await refused("ValidationException", 400, signer.send(new signersdk.PutSigningProfileCommand({
    profileName: "javascript", platformId: "AWSLambda-SHA384-ECDSA" })));
const zip = readFileSync(unsigned);
const source = await s3.send(new s3sdk.PutObjectCommand({ Bucket, Key: "unsigned.zip", Body: zip }));
const job = await signer.send(new signersdk.StartSigningJobCommand({
    profileName: "javascript", clientRequestToken: "once",
    source: { s3: { bucketName: Bucket, key: "unsigned.zip", version: source.VersionId } },
    destination: { s3: { bucketName: Bucket, prefix: "signed/" } } }));
const done = await signersdk.waitUntilSuccessfulSigningJob({ client: signer, minDelay: 1, maxWaitTime: 10 }, { jobId: job.jobId });
assert.equal(done.state, "SUCCESS");
const object = await s3.send(new s3sdk.GetObjectCommand({ Bucket, Key: `signed/${job.jobId}.zip` }));
const signed = await object.Body.transformToByteArray();

// A config in Enforce takes it, and takes nothing that is unsigned.
const { CodeSigningConfig: config } = await lambda.send(new lambdasdk.CreateCodeSigningConfigCommand({
    AllowedPublishers: { SigningProfileVersionArns: [profile.profileVersionArn] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: "Enforce" } }));
const create = (ZipFile) => lambda.send(new lambdasdk.CreateFunctionCommand({
    FunctionName: "javascript", Role: "arn:aws:iam::123456789012:role/any", Runtime: "python3.12", Handler: "app.handler",
    Code: { ZipFile }, CodeSigningConfigArn: config.CodeSigningConfigArn }));
const refusal = await refused("CodeVerificationFailedException", 400, create(zip));
assert.match(refusal.message, /not configured to accept/);
const created = await create(signed);
assert.equal(created.SigningProfileVersionArn, profile.profileVersionArn);
await lambdasdk.waitUntilFunctionActiveV2({ client: lambda, minDelay: 1, maxWaitTime: 10 }, { FunctionName: "javascript" });
const { Code: code } = await lambda.send(new lambdasdk.GetFunctionCommand({ FunctionName: "javascript" }));
const fetched = Buffer.from(await (await fetch(code.Location)).arrayBuffer());
assert.deepEqual(fetched, Buffer.from(signed));
await signer.send(new signersdk.RevokeSignatureCommand({ jobId: job.jobId, reason: "test" }));
await refused("CodeVerificationFailedException", 400, lambda.send(new lambdasdk.UpdateFunctionCodeCommand({
    FunctionName: "javascript", ZipFile: signed })));
console.log("the SDK for JavaScript was answered as by the services");

"""S3: buckets, and their settings that Pulumi has as resources of their own."""

from __future__ import annotations

import base64
from typing import Any

from local.deployment.mapping import DESTROYED, Created, Resource, maps
from local.deployment.values import as_json, content


@maps("aws:s3/bucket:Bucket", leaves={"forceDestroy": DESTROYED})
def bucket(r: Resource) -> Created:
    """Create a bucket."""
    name = r.physical_name("bucket").lower()
    asked = {"bucket": name, "objectLockEnabledForBucket": r.take("objectLockEnabled")}
    r.aws.attempt(
        "s3", "CreateBucket", asked, unless="BucketAlreadyOwnedByYou"
    )  # after a kill: objects are kept at once
    if tags := r.take("tags"):
        r.aws.call("s3", "PutBucketTagging", {"bucket": name, "tagging": {"tagSet": tags}})
    domain = f"{name}.s3.amazonaws.com"
    regional = f"{name}.s3.{r.aws.region}.amazonaws.com"
    outputs = {"bucket": name, "arn": f"arn:aws:s3:::{name}", "region": r.aws.region, "bucketDomainName": domain}
    return Created(name, {**outputs, "bucketRegionalDomainName": regional})


def _side(r: Resource, operation: str, **inputs: Any) -> Created:
    """Put one side resource of a bucket; its id is the bucket's name."""
    name = r.require("bucket")
    r.aws.call("s3", operation, {"bucket": name, "expectedBucketOwner": r.take("expectedBucketOwner"), **inputs})
    return Created(name)


@maps("aws:s3/bucketVersioning:BucketVersioning")
def versioning(r: Resource) -> Created:
    """Set a bucket's versioning."""
    return _side(
        r, "PutBucketVersioning", versioningConfiguration=r.require("versioningConfiguration"), mfa=r.take("mfa")
    )


@maps("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
def encryption(r: Resource) -> Created:
    """Set how a bucket encrypts."""
    return _side(r, "PutBucketEncryption", serverSideEncryptionConfiguration={"rules": r.require("rules")})


@maps(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    leaves={"timeouts": "how long Pulumi waits for AWS to settle; here it settles at once"},
)
def lifecycle(r: Resource) -> Created:
    """Set when a bucket's objects expire."""
    size = r.take("transitionDefaultMinimumObjectSize")
    return _side(
        r,
        "PutBucketLifecycleConfiguration",
        lifecycleConfiguration={"rules": r.require("rules")},
        transitionDefaultMinimumObjectSize=size,
    )


@maps("aws:s3/bucketPolicy:BucketPolicy")
def policy(r: Resource) -> Created:
    """Set a bucket's policy."""
    return _side(r, "PutBucketPolicy", policy=as_json(r.require("policy")))


@maps("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", leaves={"skipDestroy": DESTROYED})
def public_access_block(r: Resource) -> Created:
    """Close a bucket to the public."""
    block = {
        key: r.take(key)
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    }
    return _side(r, "PutPublicAccessBlock", publicAccessBlockConfiguration=block)


@maps("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
def ownership(r: Resource) -> Created:
    """Set who owns a bucket's objects."""
    return _side(r, "PutBucketOwnershipControls", ownershipControls={"rules": [r.require("rule")]})


@maps("aws:s3/bucketLogging:BucketLogging")
def logging(r: Resource) -> Created:
    """Set where a bucket's access is logged."""
    enabled = {key: r.take(key) for key in ("targetBucket", "targetPrefix", "targetObjectKeyFormat")}
    return _side(r, "PutBucketLogging", bucketLoggingStatus={"loggingEnabled": enabled})


@maps("aws:s3/bucketNotification:BucketNotification")
def notification(r: Resource) -> Created:
    """Send a bucket's events to EventBridge; the program uses no other receiver."""
    bridge: dict[str, Any] = {"eventBridgeConfiguration": {}} if r.take("eventbridge") else {}
    return _side(r, "PutBucketNotificationConfiguration", notificationConfiguration=bridge)


@maps(
    "aws:s3/bucketObjectv2:BucketObjectv2",
    leaves={"forceDestroy": DESTROYED, "sourceHash": "it tells Pulumi of changes"},
)
def bucket_object(r: Resource) -> Created:
    """Write one object."""
    name, key = r.require("bucket"), r.require("key")
    body = _body(r)
    answer = r.aws.call("s3", "PutObject", {"bucket": name, "key": key, "body": body, **r.rest()})
    outputs = {"arn": f"arn:aws:s3:::{name}/{key}", "etag": answer["ETag"].strip('"')}
    return Created(key, {**outputs, "versionId": answer.get("VersionId", "")})


def _body(r: Resource) -> bytes:
    text, encoded, source = r.take("content"), r.take("contentBase64"), r.take("source")
    if text is not None:
        return str(text).encode()
    return base64.b64decode(encoded) if encoded is not None else content(source)

"""Role, action and resource are read from each service's message about a denial."""

from __future__ import annotations

import json

import pytest

from ops.rehearsal.denials import Known, denials, role_of
from ops.rehearsal.proof import Denial

SESSION = "arn:aws:sts::111122223333:assumed-role/lake-extract-0a1b/lake-extract"
KNOWN = Known("lake-transform-0a1b", "Transform")
KEY = "arn:aws:kms:eu-west-1:111122223333:key/0a1b"

# Each text has the service's wording with invented names; the ID names its source.
TEXTS = {
    "lambda, from step functions": (
        (
            f"User: {SESSION} is not authorized to perform: lambda:InvokeFunction on resource: "
            "arn:aws:lambda:eu-west-1:111122223333:function:lake-freeze because no identity-based policy allows the "
            "lambda:InvokeFunction action (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; "
            "Request ID: 0a; Proxy: null)"
        ),
        ("lake-extract-0a1b", "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:lake-freeze"),
    ),
    "s3, with its details": (
        (
            f"An error occurred (AccessDenied) when calling the GetObject operation: User: {SESSION} is not "
            'authorized to perform: s3:GetObject on resource: "arn:aws:s3:::lake-raw/state/watchlist.json" because no '
            "identity-based policy allows the s3:GetObject action"
        ),
        ("lake-extract-0a1b", "s3:GetObject", "arn:aws:s3:::lake-raw/state/watchlist.json"),
    ),
    "an explicit deny": (
        (
            f"User: {SESSION} is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::lake-raw/x with an "
            "explicit deny in a resource-based policy"
        ),
        ("lake-extract-0a1b", "s3:PutObject", "arn:aws:s3:::lake-raw/x"),
    ),
    "athena": (
        (
            "PERMISSION_DENIED: User: arn:aws:sts::111122223333:assumed-role/lake-pipeline-0a1b/AthenaSession is not "
            'authorized to perform: s3:GetObject on resource: "arn:aws:s3:::lake-curated/albums/x.parquet" because no '
            "identity-based policy allows the s3:GetObject action (Service: S3, Status Code: 403, Request ID: 0A)"
        ),
        ("lake-pipeline-0a1b", "s3:GetObject", "arn:aws:s3:::lake-curated/albums/x.parquet"),
    ),
    "athena, by its path": (
        "Permission denied on S3 path: s3://lake-curated/albums/x.parquet, Message: provide proper permission",
        ("lake-transform-0a1b", "s3:GetObject", "arn:aws:s3:::lake-curated/albums/x.parquet"),
    ),
    "athena, writing its result": (
        "Access denied when writing output to url: s3://lake-results/athena/0a1b.csv . Please ensure you are allowed",
        ("lake-transform-0a1b", "s3:PutObject", "arn:aws:s3:::lake-results/athena/0a1b.csv"),
    ),
    "glue": (
        (
            "User: arn:aws:sts::111122223333:assumed-role/lake-crawler-0a1b/AWS-Crawler is not authorized to perform: "
            "glue:GetTable on resource: arn:aws:glue:eu-west-1:111122223333:catalog (Service: AmazonDataCatalog; "
            "Status Code: 400; Error Code: AccessDeniedException; Request ID: 0a)"
        ),
        ("lake-crawler-0a1b", "glue:GetTable", "arn:aws:glue:eu-west-1:111122223333:catalog"),
    ),
    "a service principal": (
        (
            "Service Principal: glue.amazonaws.com is not authorized to perform: logs:PutLogEvents on resource: "
            "arn:aws:logs:eu-west-1:111122223333:log-group:/aws-glue/crawlers:log-stream:lake because no "
            "identity-based policy allows the logs:PutLogEvents action"
        ),
        (
            "glue.amazonaws.com",
            "logs:PutLogEvents",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/aws-glue/crawlers:log-stream:lake",
        ),
    ),
    "kms": (
        (
            f"User: {SESSION} is not authorized to perform: kms:GenerateDataKey on resource: {KEY} because no "
            "identity-based policy allows the kms:GenerateDataKey action"
        ),
        ("lake-extract-0a1b", "kms:GenerateDataKey", KEY),
    ),
    "kms, without the key": (
        (
            f"User: {SESSION} is not authorized to perform: kms:Decrypt on the resource associated with this "
            "ciphertext because the resource does not exist in this Region, no resource-based policies allow access, "
            "or a resource-based policy explicitly denies access"
        ),
        ("lake-extract-0a1b", "kms:Decrypt", "Transform"),
    ),
    "a function, of older s3": (
        (
            "Could not write s3://lake-curated/albums/x.parquet: AWS refused PutObject (AccessDenied): Access Denied. "
            "Check the function's role, the bucket's policy and the key's policy."
        ),
        ("lake-transform-0a1b", "s3:PutObject", "arn:aws:s3:::lake-curated/albums/x.parquet"),
    ),
    "a function's listing": (
        "Could not list s3://lake-raw/raw/: AWS refused ListObjectsV2 (AccessDenied): Access Denied.",
        ("lake-transform-0a1b", "s3:ListBucket", "arn:aws:s3:::lake-raw/raw/"),
    ),
    "step functions, assuming": (
        (
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to "
            "assume the provided role. (arn:aws:iam::111122223333:role/lake-pipeline-0a1b)"
        ),
        ("the service", "sts:AssumeRole", "arn:aws:iam::111122223333:role/lake-pipeline-0a1b"),
    ),
}


def decode(encoded: str) -> str:
    """Decode as STS does."""
    assert encoded == "4Ai9q"
    context = {"principal": {"arn": SESSION}, "action": "ec2:RunInstances", "resource": "arn:aws:ec2:eu-west-1:1:x"}
    return json.dumps({"allowed": False, "explicitDeny": True, "context": context})


@pytest.mark.parametrize("name", TEXTS)
def test_a_denial_is_read_from_its_text(name: str) -> None:
    text, (role, action, resource) = TEXTS[name]
    (found,) = denials(f"AccessDenied: {text}", KNOWN, decode)
    assert (found.role, found.action, found.resource) == (role, action, resource)


def test_an_encoded_message_is_decoded() -> None:
    found = denials("You are not authorized. Encoded authorization failure message: 4Ai9q", KNOWN, decode)
    assert found == [Denial("lake-extract-0a1b", "ec2:RunInstances", "arn:aws:ec2:eu-west-1:1:x", "a policy denies it")]


def test_why_is_what_the_text_says() -> None:
    (found,) = denials(TEXTS["an explicit deny"][0], KNOWN, decode)
    assert found.why == "with an explicit deny in a resource-based policy"


@pytest.mark.parametrize("text", ["Nothing to transform for 2000-01-01: no object.", "", "Access to data was slow."])
def test_what_is_about_something_else_names_nobody(text: str) -> None:
    assert denials(text, KNOWN, decode) == []


def test_a_denial_that_is_told_twice_is_one() -> None:
    text = TEXTS["glue"][0]
    assert len(denials(f"{text}\n{text}", KNOWN, decode)) == 1


@pytest.mark.parametrize(
    ("principal", "name"),
    [
        (SESSION, "lake-extract-0a1b"),
        ("arn:aws:iam::1:role/service/lake-extract-0a1b", "lake-extract-0a1b"),
        ("arn:aws:iam::1:user/me", "arn:aws:iam::1:user/me"),
        ("events.amazonaws.com", "events.amazonaws.com"),
    ],
)
def test_a_role_is_named_by_its_name(principal: str, name: str) -> None:
    assert role_of(principal) == name

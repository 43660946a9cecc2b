"""The handler on the embedded S3 and Secrets Manager, against the simulated Spotify over HTTP."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.extract.api.client import SLOWEST_RESPONSE_S, VERSION
from functions.extract.api.config import GROUPS
from functions.extract.handler import RESERVE_S, _credentials, handler
from functions.shared import keys
from functions.shared.errors import CredentialsRejected, WatchListInvalid
from functions.shared.json_objects import LostRace, S3Bucket
from local.spotify.config import CatalogueSize, Config
from local.spotify.process import SimulatedSpotify
from tests.functions.context import CONTEXT, Context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.extract.context import SliceContext
    from functions.shared.events import Run
    from tests.functions.conftest import Lake

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def spotify() -> Iterator[SimulatedSpotify]:
    running = SimulatedSpotify.start(Config(size=CatalogueSize(artists=1, albums_per_artist=2)))
    yield running
    running.stop()


@pytest.fixture
def stack(lake: Lake, spotify: SimulatedSpotify, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake with a configured extract function, credentials and a watch-list."""
    secret = {"client_id": spotify.client_id, "client_secret": spotify.client_secret}
    name = f"spotify-{uuid4().hex[:8]}"
    arn = lake.aws.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(secret))["ARN"]
    environment = {
        "SPOTIFY_SECRET_ARN": arn,
        "SPOTIFY_API_URL": spotify.api_url,
        "SPOTIFY_TOKEN_URL": spotify.token_url,
        "MARKET": "US",
        "PROFILE": "development",
        "BUDGETS": json.dumps(dict.fromkeys(GROUPS, 30)),
        "REFRESH_DAYS": "21",
        "RETENTION_DAYS": "30",
        "MAX_WAIT_MINUTES": "20",
        "CALLS_PER_30_SECONDS": "100",
    }
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    lake.put(lake.raw, keys.WATCHLIST, json.dumps(spotify.control("watchlist")))
    return lake


@pytest.fixture
def endless(run: Run) -> Run:
    """A run whose day never ends, whenever the test runs."""
    return {**run, "ends_at": "2999-01-01T00:00:00.000Z"}


def test_a_day_lands_with_its_manifest_last(stack: Lake, endless: Run) -> None:
    result = handler({"run": endless}, CONTEXT)
    assert result["status"] in {"DONE", "PARTIAL"}
    written = set(stack.keys(stack.raw))
    manifest = json.loads(stack.text(stack.raw, keys.manifest("2026-11-23")))
    assert {entry["key"] for entry in manifest["objects"]} == {key for key in written if key.endswith(".ndjson.gz")}
    assert {keys.FRONTIER, keys.QUOTA} <= written
    assert manifest["complete"] is (result["status"] == "DONE")
    assert len(json.dumps(result)) < 10_000


def test_an_empty_secret_is_an_error_that_says_what_to_do(
    stack: Lake, endless: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = stack.aws.client("secretsmanager")
    monkeypatch.setenv("SPOTIFY_SECRET_ARN", secrets.create_secret(Name=f"empty-{uuid4().hex[:8]}")["ARN"])
    with pytest.raises(CredentialsRejected, match="ops credentials"):
        handler({"run": endless}, CONTEXT)


@pytest.mark.parametrize(
    ("code", "error"),
    [("ResourceNotFoundException", CredentialsRejected), ("InvalidRequestException", ClientError)],
    ids=["never set", "being deleted"],
)
def test_only_a_secret_without_a_value_is_read_as_one_without_credentials(
    code: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Secrets:
        def get_secret_value(self, **_: object) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetSecretValue")

    monkeypatch.setattr(boto3, "client", lambda _: Secrets())
    with pytest.raises(error):
        _credentials("arn")


def test_a_missing_watch_list_is_an_error_that_says_what_to_do(stack: Lake, endless: Run) -> None:
    stack.s3.delete_object(Bucket=stack.raw, Key=keys.WATCHLIST)
    with pytest.raises(WatchListInvalid, match="ops watch add"):
        handler({"run": endless}, CONTEXT)


def test_the_bucket_keeps_the_first_of_two_writers(lake: Lake) -> None:
    """Conditional writes: neither a new object nor a replaced one is lost."""
    bucket = S3Bucket(lake.s3, lake.raw)
    etag = bucket.put("state/x", b"one", replaces=None)
    with pytest.raises(LostRace):
        bucket.put("state/x", b"two", replaces=None)
    bucket.put("state/x", b"three", replaces=etag)
    with pytest.raises(LostRace):
        bucket.put("state/x", b"four", replaces=etag)
    found = bucket.get("state/x")
    assert found is not None
    assert found[0] == b"three"
    assert bucket.get("state/none") is None
    with pytest.raises(LostRace):
        bucket.put("state/none", b"five", replaces=etag)


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "409", "412"])
def test_a_write_that_another_one_preceded_is_a_lost_race_and_any_other_refusal_is_not(code: str) -> None:
    """S3 responds 409 while another conditional write is in progress, and 404 if the object to replace is gone."""
    refusal: Any = {"Error": {"Code": code, "Message": "no"}}

    class S3:
        def put_object(self, **_: object) -> None:
            raise ClientError(refusal, "PutObject")

    bucket = S3Bucket(S3(), "raw")  # type: ignore[arg-type]  # all that is called
    with pytest.raises(LostRace):
        bucket.put("state/x", b"", replaces='"read"')
    refusal["Error"]["Code"] = "InvalidRequest"
    with pytest.raises(ClientError, match="InvalidRequest"):
        bucket.put("state/x", b"", replaces='"read"')


@pytest.mark.usefixtures("two_keys_a_page")
def test_the_listing_goes_past_its_first_page(lake: Lake) -> None:
    for number in range(5):
        lake.put(lake.raw, f"raw/snapshot_date=2026-11-23/albums/{number:05d}.ndjson.gz")
    s3 = boto3.client("s3")
    assert s3.list_objects_v2(Bucket=lake.raw)["IsTruncated"]
    assert len(S3Bucket(s3, lake.raw).keys("raw/snapshot_date=2026-11-23/")) == 5


def test_only_the_handler_touches_aws_or_the_environment() -> None:
    """House rule 3: only the handler imports boto3 and os."""
    for module in sorted((ROOT / "functions" / "extract").glob("*.py")):
        tree = ast.parse(module.read_text())
        named = {
            alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        named |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert module.name == "handler.py" or not named & {"boto3", "botocore", "os"}, module.name


def test_the_user_agent_names_the_project_as_it_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["version"]) == ("spotify-lake", VERSION)


def test_the_handler_imports_without_boto3() -> None:
    """Importing boto3 costs time in a cold start only when clients are made."""
    code = "import sys, functions.extract.handler; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("whole_ms", "left_ms", "time_left"),
    [(900_000, 900_000, 860.0), (900_000, 40_000, 0.0), (900_000, 39_000, -1.0), (20_000, 20_000, 10.0)],
)
def test_time_is_kept_for_the_slowest_answer_and_for_writing_down_what_was_learned(
    stack: Lake, endless: Run, monkeypatch: pytest.MonkeyPatch, whole_ms: int, left_ms: int, time_left: float
) -> None:
    """For a Lambda shorter than twice that time, half of it is kept."""
    left = iter([whole_ms])
    context: Any = Context()
    context.get_remaining_time_in_millis = lambda: next(left, left_ms)
    told: list[float] = []

    def extract(context: SliceContext, _connect: object) -> dict[str, object]:
        told.append(context.time_left())
        return {}

    monkeypatch.setattr("functions.extract.handler.extract", extract)
    handler({"run": endless}, context)
    assert told == [time_left]


def test_the_reserve_is_longer_than_the_slowest_answer() -> None:
    assert RESERVE_S > SLOWEST_RESPONSE_S

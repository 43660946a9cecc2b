"""The shifted clock reaches every process that the tests start, those of the embedded AWS among them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from local.aws import EmbeddedAws
from tests.local.cloud import function
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAYS = 5_000
NOW = "import datetime; print(datetime.datetime.now(datetime.UTC).isoformat())"
TELL_NOW = "import datetime\ndef handler(event, context): return str(datetime.datetime.now(datetime.UTC).date())"


@pytest.fixture(scope="module")
def shifted() -> Iterator[None]:
    """Let processes that start from now on be many days ahead."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHIFTED_CLOCK", str(DAYS * 86_400 + float(os.environ.get("SHIFTED_CLOCK", "0"))))
        yield


def ahead() -> date:
    """Return the date of the shifted clock."""
    return (datetime.now(UTC) + timedelta(days=DAYS)).date()


@pytest.mark.usefixtures("shifted")
@pytest.mark.parametrize(
    "alone", one_in(3, [[], ["-I"], ["-P", "-s"]]), ids=["plain", "isolated", "without the folder"]
)
def test_a_python_process_starts_shifted_and_ticks(alone: list[str]) -> None:
    command = [sys.executable, *alone, "-c", f"{NOW}; import time; time.sleep(0.2); {NOW}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    first, second = (datetime.fromisoformat(each) for each in told)
    assert abs(first - datetime.now(UTC) - timedelta(days=DAYS)) < timedelta(minutes=1)
    assert timedelta(seconds=0.2) <= second - first < timedelta(minutes=1)


@pytest.mark.slow
@pytest.mark.embedded
@pytest.mark.usefixtures("shifted")
def test_the_embedded_aws_its_lambdas_and_its_athena_are_shifted(tmp_path: Path) -> None:
    with EmbeddedAws.start(tmp_path) as aws:
        told = aws.client("lambda").invoke(FunctionName=function(aws, TELL_NOW))["Payload"].read()
        s3, athena = aws.client("s3"), aws.client("athena")
        s3.create_bucket(Bucket="results")
        s3.put_object(Bucket="results", Key="x", Body=b"")
        written = s3.head_object(Bucket="results", Key="x")["LastModified"]
        query = athena.start_query_execution(
            QueryString="SELECT current_date", ResultConfiguration={"OutputLocation": "s3://results/"}
        )["QueryExecutionId"]
        while athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"] != "SUCCEEDED":
            time.sleep(0.05)
        rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    dates = [json.loads(told), str(written.date()), rows[1]["Data"][0]["VarCharValue"]]
    assert all(abs(date.fromisoformat(each) - ahead()) <= timedelta(days=1) for each in dates), dates

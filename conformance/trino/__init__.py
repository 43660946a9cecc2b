"""Trino, which Athena engine 3 is built on: all SQL of the repository, and the recorded statements.

Two executions and a date of edge data fill a lake on the embedded AWS. A real Trino reads the same Glue and S3. Each
statement has to give the same names, types and rows on both, and Trino's plan of it fewer than 100 of the 150 stages
that Athena allows. Of the recorded answers, a sample that the commit chooses is asked of Trino again.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.execution import daily
from conformance.part import Disagreement, Part
from conformance.trino import edges, recorded
from conformance.trino.comparison import compare, embedded
from conformance.trino.statements import Lake
from local.aws import EmbeddedAws
from local.aws.athena.trino.installation import VERSION, NotInstalled, installed
from local.aws.athena.trino.server import Trino
from local.session import started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.trino.comparison import Compared
    from local.session import Session

AT_ONCE = 3


def missing() -> str | None:
    """Return why Trino cannot run here, or None; fetch it if it is not there."""
    try:
        installed()
    except NotInstalled as exc:
        return str(exc)
    return None


def agree() -> str:
    """Run all SQL of the repository on both engines, and a sample of the recorded statements on Trino."""
    with lake() as (session, trino):
        sql = all_sql(session, trino)
        sample = recorded.chosen(recorded.commit())
        recorded.require_same(trino, sample)
    return f"{VERSION}: {sql}; {len(sample)} of {recorded.count()} recorded answers are given again"


def agree_on_every_answer() -> str:
    """Run every recorded statement on Trino."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedAws.start(Path(folder) / "aws") as aws,
        Trino.start(installed(), Path(folder) / "trino", aws.endpoint) as trino,
    ):
        trino.wait_until_ready()
        recorded.require_same(trino.url, recorded.all_answers())
    return f"{VERSION}: all {recorded.count()} recorded answers are given again"


@contextmanager
def lake() -> Iterator[tuple[Session, str]]:
    """Return a local stack with two days and the edge data, and the address of a Trino that reads it."""
    today = datetime.now(UTC).date()
    with (
        tempfile.TemporaryDirectory() as folder,
        started(date=today.isoformat(), local=Path(folder)) as session,
        Trino.start(installed(), Path(folder) / "trino", session.endpoint) as trino,
    ):
        for date in (today, today + timedelta(days=1)):
            daily(session, date.isoformat())
        edges.write(session)
        trino.wait_until_ready()
        yield session, trino.url


def all_sql(session: Session, trino: str) -> str:
    """Compare each statement of the repository and return what agreed.

    Raises:
        Disagreement: one differs, is refused, or has too many stages.
    """
    tables, views = session.outputs["lake_database"], session.outputs["views_database"]
    rows = embedded(session, "SELECT snapshot_date, run_id FROM published", (), tables).rows
    runs = {str(date): str(run) for date, run in rows}
    asked_of = (max(runs.keys() - edges.RUNS.keys()), min(edges.RUNS))
    names = Lake(tables, views, {date: runs[date] for date in asked_of})
    with ThreadPoolExecutor(AT_ONCE) as asked:
        found = list(asked.map(lambda each: compare(each, trino, session), names.statements()))
    if differ := [each for each in found if each.differences]:
        lines = [f"{each.statement}: {'; '.join(each.differences)}" for each in differ]
        raise Disagreement("\n".join([f"{len(differ)} of {len(found)} statements differ", *lines]))
    return summary(found)


def summary(found: list[Compared]) -> str:
    """Return a summary of the comparison of all statements."""
    most = max(found, key=lambda each: each.stages)
    read, reported = (sum(getattr(each, name) for each in found) for name in ("read", "reported"))
    return (
        f"{len(found)} statements have the same names, types and rows; at most {most.stages} stages "
        f"({most.statement.place}); {read / 1e6:.1f} MB read, {reported / 1e6:.1f} MB reported"
    )


PART = Part("trino", missing, agree)
EVERY_ANSWER = Part("trino-answers", missing, agree_on_every_answer, long=True)

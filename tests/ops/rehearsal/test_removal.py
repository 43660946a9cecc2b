"""After a rehearsal, everything of its date is removed, partitions first; the lock of a run that still runs stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from functions.shared import keys
from ops.errors import OpsError
from ops.executions import Execution
from ops.rehearsal import executions, policies, reading, removal, rights
from ops.rehearsal.rehearse import rehearse
from tests.ops.fakes import EXECUTION
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from ops.rehearsal.proof import Proof
    from ops.stack import Stack

LOCK = {"lock_id": {"S": f"date#{keys.REHEARSAL_DATE}"}, "holder": {"S": EXECUTION}}


def lake(status: str = "ABORTED", **more: Any) -> Noted:
    """Return an AWS with an object per prefix, 26 partitions per table, and a lock whose holder has this status."""
    values = [{"Values": [keys.REHEARSAL_DATE, str(number)]} for number in range(26)]
    return Noted(
        list_objects_v2=lambda asked: {"Contents": [{"Key": f"{asked['Prefix']}x"}]},
        get_partitions={"Partitions": values},
        get_item={"Item": LOCK},
        describe_execution={"status": status},
        **more,
    )


def test_only_what_lies_under_the_date_of_rehearsals_is_found() -> None:
    aws = lake()
    found = removal.find(aws.stack)
    assert {each["Expression"] for each in aws.of("get_partitions")} == {f"snapshot_date = '{keys.REHEARSAL_DATE}'"}
    under = (f"snapshot_date={keys.REHEARSAL_DATE}/", keys.REHEARSED_INPUTS)
    assert all(any(place in each["Prefix"] for place in under) for each in aws.of("list_objects_v2"))
    assert len(found.objects["curated"]) == len(keys.TABLES)


def test_partitions_go_before_objects_in_pieces_that_aws_takes_and_the_lock_last() -> None:
    aws = lake()
    removal.remove(aws.stack, removal.find(aws.stack))
    deletes = {"batch_delete_partition", "delete_objects", "delete_item"}
    order = [name for name, _ in aws.requests if name in deletes]
    assert order == ["batch_delete_partition"] * 2 * len(keys.TABLES) + ["delete_objects"] * 2 + ["delete_item"]
    assert [len(each["PartitionsToDelete"]) for each in aws.of("batch_delete_partition")][:2] == [25, 1]


def test_a_lock_whose_holder_works_is_left_to_it() -> None:
    aws = lake("RUNNING")
    removal.remove(aws.stack, removal.find(aws.stack))
    assert aws.of("delete_item") == []


@pytest.mark.parametrize("call", ["batch_delete_partition", "delete_objects"])
def test_what_aws_kept_is_told(call: str) -> None:
    kept: Any = {call: {"Errors": [{"Code": "Busy"}]}}
    aws = lake(**kept)
    with pytest.raises(OpsError, match=r"AWS did not delete everything that a rehearsal wrote: .*Busy"):
        removal.remove(aws.stack, removal.find(aws.stack))


def test_it_is_cleaned_up_before_a_rehearsal_and_after_it_even_where_a_proof_breaks_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    def nothing(_stack: Stack) -> list[Proof]:
        return []

    def broken(*_: object) -> list[Proof]:
        done.append("proofs")
        raise OpsError("Athena is away.")

    for module in (reading, rights, policies):
        monkeypatch.setattr(module, "proofs", nothing)
    monkeypatch.setattr(executions, "clean_up", lambda _: done.append("clean up"))

    def run(*_: object) -> executions.Pair:
        done.append("run")
        ended = Execution(EXECUTION, "SUCCEEDED", datetime.now(UTC), None, None, None, None)
        return executions.Pair(ended, ended, 0.0, second_waited=True, second_worked=False)

    monkeypatch.setattr(executions, "run", run)
    monkeypatch.setattr(executions, "proofs", broken)
    with pytest.raises(OpsError, match="Athena is away"):
        list(rehearse(lake().stack, 0))
    assert done == ["clean up", "run", "proofs", "clean up"]

"""A full disk is named with its path, and leaves what was written before."""

from __future__ import annotations

import errno
import io
import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from local import session
from local.aws.process import kept_port
from local.deployment.mapping import Created
from local.deployment.memory import Memory
from local.error_messages import told_plainly
from local.files import named, replace
from local.last_deployment import LastDeployment
from local.os_errors import of_this_machine
from local.source import Source
from ops import report
from ops.athena import QueryResult
from ops.commands.report import keep
from ops.demo import days
from ops.terminal import export

if TYPE_CHECKING:
    from collections.abc import Callable

UP = session.Session("dev", "http://127.0.0.1:9", "state", {}, Source("api", "token", "id", "hidden"), 1)
ANSWER = QueryResult(["name"], ["varchar"], [("x",)], 0, 0.0, "id")


def remembered(file: Path) -> None:
    memory = Memory(file, "one")
    memory.keep("urn", Created("id", {}), {}, "digest")
    memory.save()


WRITERS: dict[str, Callable[[Path], Any]] = {
    "session.json": lambda file: session._remember(UP, file.parent),
    "exports-dev.json": lambda file: LastDeployment(file).keep("digest", "one", {}),
    "deployed-dev.json": remembered,
    "summary.json": lambda file: days._write({"name": "caf\u00e9"}, file),
    "run.html": lambda file: keep(report.Page("run", "key", "<p>"), file),
    "rows.csv": lambda file: export.write(ANSWER, file),
    "rows.json": lambda file: export.write(ANSWER, file),
    "rows.parquet": lambda file: export.write(ANSWER, file),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_told_with_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / name
    WRITERS[name](file)
    before = file.read_bytes()
    read = Path.open
    monkeypatch.setattr(Path, "write_text", full)
    monkeypatch.setattr(Path, "open", lambda *given, **more: (full if "w" in given[1:] else read)(*given, **more))
    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="No space left") as refused:
        WRITERS[name](file)
    monkeypatch.undo()
    assert of_this_machine(refused.value) == (
        f"This machine refused {file}: No space left on device. Free space there, then run the command again."
    )
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_real_full_disk_is_named() -> None:
    with pytest.raises(OSError, match="No space left") as refused, named(Path("/some/file")):
        Path("/dev/full").write_text("x", encoding="utf-8")
    assert refused.value.filename == "/some/file"


def test_only_a_full_disk_is_named_and_only_if_it_has_no_name() -> None:
    for error, filename in ((OSError(errno.ENOSPC, "x", "its own"), "its own"), (OSError("a network"), None)):
        with pytest.raises(OSError, match=r"x|a network") as refused, named(Path("/some/file")):
            raise error
        assert refused.value.filename == filename


def test_a_full_disk_without_a_path_says_where_to_look() -> None:
    told = of_this_machine(OSError(errno.ENOSPC, "No space left on device"))
    assert told.startswith("This machine refused: No space left on device. Free space where standard output")
    assert of_this_machine(PermissionError(errno.EACCES, "Permission denied", "x")).endswith("and the free space.")


@pytest.mark.parametrize(("kept", "port"), [("8080", 8080), ("", 0), ("half a", 0), (None, 0)])
def test_a_port_that_a_full_disk_cut_off_is_none(tmp_path: Path, kept: str | None, port: int) -> None:
    if kept is not None:
        (tmp_path / "port").write_text(kept, encoding="utf-8")
    assert kept_port(tmp_path / "port") == port


def failed(status: int) -> ClientError:
    """Return the answer of an embedded AWS that met a full disk."""
    answer: Any = {
        "Error": {"Code": "InternalError", "Message": "[Errno 28] No space left on device"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "CreateFunction")


def test_a_full_disk_of_the_embedded_aws_is_a_sentence() -> None:
    out = io.StringIO()
    with told_plainly(Console(file=out, width=1000)) as outcome:
        raise failed(500)
    assert outcome.exit_code == 1  # type: ignore[unreachable]  # the error is told, not raised
    assert out.getvalue() == (
        "The embedded AWS failed at CreateFunction: [Errno 28] No space left on device. Check the free space of its "
        "state; server.log there says more.\n"
    )


def test_what_the_embedded_aws_refuses_stays_a_defect() -> None:
    with pytest.raises(ClientError), told_plainly(Console(file=io.StringIO())):
        raise failed(400)


def test_what_is_replaced_is_whole_and_may_be_private(tmp_path: Path) -> None:
    for private, mode in ((False, 0o644), (True, 0o600)):
        file = tmp_path / f"{private}.json"
        replace(file, json.dumps({}), private=private)
        assert file.read_text(encoding="utf-8") == "{}"
        assert stat.S_IMODE(file.stat().st_mode) & mode == stat.S_IMODE(file.stat().st_mode)

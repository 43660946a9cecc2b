"""A command changes only what it read, showed and asked about; no other person's change is lost."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import typer

from functions.shared.watchlist import Artist, WatchList
from ops.commands import inbox, watch, watch_import
from ops.commands import state as state_commands
from ops.errors import OpsError, WrongUsage
from ops.executions import Execution
from ops.inbox import objects
from ops.inbox.check import Check, Rejected
from ops.repair.state import Rebuilt, Version
from ops.spotify.search import Candidate
from ops.watch import watchlist
from ops.watch.imports.preview import Preview
from tests.ops.fakes import EXECUTION, refusal
from tests.ops.test_races import Body, Noted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE, OTHER = "0A00000000000000000001", "0A00000000000000000002"
DAY = "2026-11-23"


class Following(Body):
    """A watch-list of one artist."""

    def read(self) -> bytes:
        return f'{{"artists": [{{"id": "{ONE}"}}]}}'.encode()


def followed() -> Noted:
    """Return an AWS whose watch-list has another ETag at each request, as if another person were changing it."""
    looks = iter("abc")
    return Noted(get_object=lambda _: {"Body": Following(), "ETag": next(looks)})


def add(stack: Any, monkeypatch: pytest.MonkeyPatch, _folder: Path) -> None:
    monkeypatch.setattr(watch, "open_stack", lambda *_, **__: nullcontext(stack))
    watch.add([OTHER], check=False)


def take_in(stack: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    before, after = WatchList((Artist(ONE),)), WatchList((Artist(ONE), Artist(OTHER)))
    for place, found in (
        ("ops.watch.imports.preview.preview", lambda *_, **__: Preview(before, after)),
        ("ops.doctor.diagnosis.ahead", lambda *_: None),
        ("ops.spotify.extraction.Deployed.of", lambda _: SimpleNamespace(config=None)),
    ):
        monkeypatch.setattr(place, found)
    monkeypatch.setattr(watch_import, "drawn", lambda *_: [])
    monkeypatch.setattr(watch_import, "as_told", lambda *_: {})
    monkeypatch.setattr(watch_import, "open_stack", lambda *_, **__: nullcontext(stack))
    writes: list[int] = []
    monkeypatch.setattr(
        watch_import, "confirm", lambda *_, **__: writes.append(len(stack.client("s3").of("put_object")))
    )
    (folder / "artists.txt").write_text(OTHER)
    with pytest.raises(typer.Exit):
        watch_import.import_([folder / "artists.txt"])
    assert writes == [0], "asked before anything is written"


@pytest.mark.parametrize("change", [add, take_in])
def test_the_watch_list_is_written_over_the_one_that_was_shown(
    change: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An entry that another person added between the question and the answer stays: S3 rejects the older ETag."""
    aws = followed()
    change(aws.stack, monkeypatch, tmp_path)
    (put,) = aws.of("put_object")
    assert put["IfMatch"] == "a"


def test_a_first_watch_list_replaces_none_that_somebody_else_made_meanwhile() -> None:
    aws = Noted()
    watchlist.save(aws.stack, WatchList(), None)
    (put,) = aws.of("put_object")
    assert (put["IfNoneMatch"], "IfMatch" in put) == ("*", False)


@pytest.mark.parametrize(("length", "told"), [(100, False), (101, True)])
def test_a_search_of_a_hundred_characters_is_followed_without_a_word(
    length: int, told: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = followed()
    monkeypatch.setattr(watch, "open_stack", lambda *_, **__: nullcontext(aws.stack))
    watch.add(searches=["x" * length], check=False)
    assert ("if Spotify rejects it" in capsys.readouterr().err) is told
    assert len(aws.of("put_object")) == 1


def test_an_import_shows_fifty_lines_of_what_it_leaves_out_and_five_candidates_of_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch_import, "costs", lambda _: [])
    view = Preview(WatchList(), WatchList(), left_out=[f"nobody {number}" for number in range(52)])
    view.candidates = {"Name": [Candidate(str(number), "Name", [], None) for number in range(7)]}
    *lines, table = watch_import.drawn(view, None)  # type: ignore[arg-type]  # its costs are not drawn
    told = [line.plain for line in lines if "Left out" in line.plain]
    assert told == [*(f"Left out: nobody {number}" for number in range(50)), "Left out: 2 more; --json lists all."]
    assert [str(each) for each in table.columns[0].cells] == ["0", "1", "2", "3", "4"]


def test_what_an_import_found_by_name_is_told_in_order() -> None:
    ids = [f"{number:022}" for number in range(9)]
    cost = SimpleNamespace(calls_a_day={}, budgets={}, round_days=1, release_groups=())
    told = watch_import.as_told(Preview(WatchList(), WatchList(), by_name=set(ids)), cost)  # type: ignore[arg-type]
    assert told["by_name"] == ids


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
def test_a_watch_list_that_was_changed_meanwhile_is_left_as_it_is(code: str) -> None:
    """The second is S3's response to two conditional writes at once."""

    def refused(_asked: dict[str, Any]) -> None:
        raise refusal(code)

    with pytest.raises(OpsError, match="in the meantime; nothing was written"):
        watchlist.save(Noted(put_object=refused).stack, WatchList(), "a")


def test_the_executions_from_before_a_marker_are_listed_before_it_is_put(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise an execution that the marker started at once would count as an earlier one."""
    done: list[str] = []

    def noted(name: str, answer: Any) -> Any:
        def call(*_: object) -> Any:
            done.append(name)
            return answer

        return call

    ended = Execution(EXECUTION, "SUCCEEDED", datetime.now(UTC), None, {"outcome": "published"}, None, None)
    monkeypatch.setattr(objects, "executions", noted("executions", set()))
    monkeypatch.setattr(objects, "put", noted("put", "marker"))
    monkeypatch.setattr(objects, "started_by", noted("started by", EXECUTION))
    monkeypatch.setattr(inbox, "watch", noted("watch", ended))
    monkeypatch.setattr(inbox, "summary", lambda _: [])
    with pytest.raises(typer.Exit) as told:
        inbox._upload(Noted().stack, [], DAY, Check({}, [Rejected("x.json", 1, ["no"])]), as_json=False)
    assert told.value.exit_code == 3, "records were rejected"
    assert done == ["executions", "put", "started by", "watch"]


def test_of_many_rejected_records_the_first_are_shown_and_the_rest_counted() -> None:
    found = Check({}, [Rejected("x.json", line, ["no"]) for line in range(1, 23)], more_rejected=5)
    drawn = inbox.drawn(found)
    assert [str(each) for each in drawn[2].columns[1].cells] == [str(line) for line in range(1, 21)]
    assert drawn[3].plain == "and 7 more"


def test_of_each_object_of_state_the_newest_versions_are_shown(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    written = datetime(2026, 11, 23, tzinfo=UTC)
    found = [
        Version(name, f"{name}-{number}", written, 5, current=number == 0)
        for number in range(12)
        for name in ("quota", "frontier")
    ]
    monkeypatch.setattr("ops.repair.state.history", lambda _: found)
    monkeypatch.setattr(state_commands, "open_stack", lambda *_, **__: nullcontext(None))
    state_commands.history()
    shown = [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]]
    assert shown == [f"{name}-{number}" for name in ("frontier", "quota") for number in range(10)]


@pytest.mark.parametrize(
    ("place", "asked_for", "before"),
    [
        ("frontier.reset_after", lambda: state_commands.reset(after=DAY), []),
        (
            "state.restore",
            lambda: state_commands.restore("quota"),
            ["told"],
        ),
        ("state.rebuild", state_commands.rebuild, []),
    ],
    ids=["reset", "restore", "rebuild"],
)
def test_state_is_changed_once_that_is_confirmed_and_what_it_will_be_is_told_before(
    place: str, asked_for: Callable[[], None], before: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def changed(*_: object) -> Any:
        done.append("changed")
        return 1 if "frontier" in place else Rebuilt([], 0, 0, watchlist=False)

    version = Version("quota", "1", datetime(2026, 11, 23, tzinfo=UTC), 5, current=False)
    monkeypatch.setattr("ops.repair.state.version_of", lambda *_: version)
    monkeypatch.setattr(state_commands, "open_stack", lambda *_, **__: nullcontext(None))
    monkeypatch.setattr(state_commands, "note", lambda _: done.append("told"))
    monkeypatch.setattr(state_commands, "confirm", lambda *_, **__: done.append("asked"))
    monkeypatch.setattr(f"ops.repair.{place}", changed)
    asked_for()
    assert done == [*before, "asked", "changed"]


def test_an_artist_and_a_search_that_are_named_twice_are_followed_once() -> None:
    assert watchlist.with_artists(WatchList(), [ONE, OTHER, f"spotify:artist:{ONE}"]).artists == (
        Artist(ONE),
        Artist(OTHER),
    )
    found = watchlist.with_searches(WatchList(), ["tag:new", " tag:new ", "a  b", "a b", " "])
    assert [each.query for each in found.searches] == ["tag:new", "a b"]


def test_an_argument_that_names_no_artist_is_told_by_its_position() -> None:
    with pytest.raises(WrongUsage, match="argument 2"):
        watchlist.with_artists(WatchList(), [ONE, "nobody", OTHER])

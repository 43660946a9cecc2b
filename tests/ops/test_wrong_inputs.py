"""A hundred wrong inputs, at each argument, option, file, date and prompt, give one sentence and the exit code."""

from __future__ import annotations

import importlib
import io
import pkgutil
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import ops.commands
import ops.stack
from ops.errors import FAILED, USAGE
from tests.often import one_in
from tests.ops.fakes import refusal, stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.stack import Stack
    from tests.ops.conftest import CommandLine

ID = "0A00000000000000000001"
DATES = {
    "no-date": "yesterday",
    "no-such-day": "2026-02-30",
    "another-order": "23.11.2026",
    "without-zeros": "2026-1-1",
    "a-time": "2026-11-23T06:00:00",
    "other-digits": "\uff12\uff10\uff12\uff16-11-23",
    "nothing": "",
    "compact": "20261123",
}
OF_A_DATE = {
    "run": ["run", "{}"],
    "replay": ["replay", "{}"],
    "backfill-from": ["backfill", "--from", "{}", "--to", "2026-11-23"],
    "backfill-to": ["backfill", "--from", "2026-11-23", "--to", "{}"],
    "undo": ["undo", "{}"],
    "unlock": ["unlock", "{}", "--yes"],
    "inbox-put": ["inbox", "put", "{}", "{good}"],
    "export-from": ["export", "{new}", "--from", "{}"],
}
AHEAD = {
    "run": ["run", "9999-12-31"],
    "replay": ["replay", "9999-12-31"],
    "backfill": ["backfill", "--from", "9999-12-30", "--to", "9999-12-31"],
    "inbox-put": ["inbox", "put", "9999-12-31", "{good}"],
}
A_DAY = ["backfill", "--from", "2026-11-23", "--to", "2026-11-23"]
USED_WRONG = {
    "no-such-command": (["nonsense"], "No such command"),
    "no-such-subcommand": (["watch", "nonsense"], "No such command"),
    "no-such-option": (["status", "--nonsense"], "No such option"),
    "an-option-without-its-value": (["status", "--local", "--days"], "valid integer|requires an argument"),
    "days-that-are-no-number": (["status", "--days", "x"], "valid integer"),
    "no-days": (["status", "--days", "0"], "(greater|less) than or equal"),
    "days-before-time": (["status", "--days", "99999999999"], "(greater|less) than or equal"),
    "a-stack-without-a-name": (["status", "--stack", ""], "Say which stack"),
    "too-many-arguments": (["status", "extra"], "unexpected extra argument"),
    "a-missing-argument": (["replay"], "Missing argument"),
    "a-missing-option": (["backfill", "--from", "2026-11-23"], "Missing option"),
    "no-concurrency": (
        [*A_DAY, "--concurrency", "0"],
        "(greater|less) than or equal",
    ),
    "too-much-concurrency": (
        [*A_DAY, "--concurrency", "99"],
        "(greater|less) than or equal",
    ),
    "a-range-the-wrong-way-round": (["backfill", "--from", "2026-11-23", "--to", "2026-11-22"], "is before --from"),
    "a-range-of-decades": (["backfill", "--from", "2000-01-02", "--to", "2026-11-23"], "at most"),
    "a-backfill-of-the-year-1": (["backfill", "--from", "0001-01-01", "--to", "2026-11-23"], "2000-01-01 or later"),
    "an-inbox-of-the-year-1": (["inbox", "put", "0001-01-01", "{good}"], "2000-01-01 or later"),
    "a-run-of-the-year-1026": (["run", "1026-11-23"], "2000-01-01 or later"),
    "an-export-the-wrong-way-round": (
        ["export", "{new}", "--from", "2026-11-23", "--to", "2026-11-22"],
        "is before --from",
    ),
    "an-export-into-a-file": (["export", "{good}"], "is a file"),
    "an-export-into-files-of-mine": (["export", "{folder}"], "contains other files"),
    "duckdb-of-nothing": (["duckdb"], "Give the folder of an export"),
    "duckdb-of-both": (["duckdb", "{folder}", "--live"], "Give the folder of an export"),
    "duckdb-of-another-folder": (["duckdb", "{folder}", "--query", "SELECT 1"], "is not an export"),
    "duckdb-of-no-folder": (["duckdb", "{new}", "--query", "SELECT 1"], "is not an export"),
    "nothing-to-follow": (["watch", "add"], "Give an artist's ID"),
    "a-blank-search": (["watch", "add", "--search", " "], "Give an artist's ID"),
    "a-name": (["watch", "add", "The Invented"], "expected an artist's id"),
    "an-id-too-short": (["watch", "add", ID[:-1]], "expected an artist's id"),
    "an-id-too-large": (["watch", "add", "z" * 22], "no Spotify ID is that large"),
    "an-album": (["watch", "add", f"spotify:album:{ID}"], "only artists can be followed"),
    "a-playlist": (["watch", "add", f"https://open.spotify.com/playlist/{ID}"], "only artists can be followed"),
    "another-site": (["watch", "add", f"https://example.com/artist/{ID}"], "expected an artist's id"),
    "a-short-link": (["watch", "add", "https://spotify.link/abc"], "a short link"),
    "a-broken-link": (["watch", "add", "http://[::1"], "expected an artist's id"),
    "an-id-with-a-control-character": (["watch", "add", f"{ID[:-1]}\x1b"], "expected an artist's id"),
    "nothing-to-remove": (["watch", "remove"], "Give an artist's ID"),
    "somebody-not-followed": (["watch", "remove", ID], "Not followed"),
    "a-search-not-followed": (["watch", "remove", "--search", "tag:new"], "No saved search"),
    "an-export-of-another-ending": (["watch", "export", "{new}.xlsx"], ".json or .txt"),
    "an-empty-name": (["watch", "search", ""], "Give the artist's name"),
    "a-blank-name": (["watch", "search", "  "], "Give the artist's name"),
    "a-name-of-control-characters": (["watch", "search", "\x1b[2J"], "Give the artist's name"),
    "no-file": (["watch", "import", "{new}"], "does not exist"),
    "a-folder": (["watch", "import", "{folder}"], "is a directory"),
    "an-empty-file": (["watch", "import", "{empty}"], "is empty"),
    "a-picture": (["watch", "import", "{picture}"], "is not UTF-8 text"),
    "half-a-document": (["watch", "import", "{half}"], "is not valid JSON"),
    "a-thousand-lists-in-lists": (["watch", "import", "{deep}"], "nested too deeply"),
    "other-json": (["watch", "import", "{other}"], "expected those of"),
    "other-csv": (["watch", "import", "{table}"], "has no column"),
    "a-broken-zip": (["watch", "import", "{zip}"], "cannot be read|is not UTF-8|zero bytes"),
    "a-minimum-of-nothing": (
        ["watch", "import", "{good}", "--min-tracks", "0"],
        "(greater|less) than or equal",
    ),
    "a-file-of-the-inbox-that-is-none": (["inbox", "put", "2026-11-23", "{new}"], "does not exist"),
    "a-folder-for-the-inbox": (["inbox", "put", "2026-11-23", "{folder}"], "is a directory"),
    "a-table-for-the-inbox": (["inbox", "put", "2026-11-23", "{table}"], "would not be read"),
    "no-file-for-the-inbox": (["inbox", "put", "2026-11-23"], "Missing argument"),
    "an-inbox-of-no-date": (["inbox", "list", "yesterday"], "expected a calendar date"),
    "a-digest-of-no-date": (["digest", "yesterday"], "expected a calendar date"),
    "a-quarantine-of-no-date": (["quarantine", "yesterday"], "is not a date written YYYY-MM-DD or a run's ID"),
    "a-quarantine-of-no-such-day": (["quarantine", "2026-02-30"], "2026-02 has 28 days"),
    "a-report-of-no-such-day": (["report", "2026-02-30"], "2026-02 has 28 days"),
    "a-timeline-of-another-order": (["history", "23.11.2026"], "expected a calendar date"),
    "a-timeline-of-nothing": (["history", ""], "expected a calendar date"),
    "a-lock-of-neither-a-date-nor-spotify": (["unlock", "nosuch"], "YYYY-MM-DD. For the lease around .* say spotify"),
    "nothing-to-forget": (["frontier", "reset", "", "--yes"], "is not an artist or an album"),
    "nothing-to-forget-after": (["frontier", "reset", "--after", "", "--yes"], "expected a calendar date"),
    "a-query-of-nothing": (["sql", ""], "is not a statement"),
    "a-query-of-blanks": (["sql", "   "], "is not a statement"),
    "a-misspelt-query": (["sql", "whats_knew"], "is not a statement"),
    "a-query-of-a-picture": (["sql", "{picture}"], "is not UTF-8 text"),
    "a-query-of-an-empty-file": (["sql", "{empty}"], "contains no SQL statement"),
    "a-query-of-comments": (["sql", "-- nothing else"], "contains no SQL statement|is not a statement"),
    "a-query-of-standard-input": (["sql", "-"], "contains no SQL statement|is not a statement"),
    "a-query-with-a-placeholder": (["sql", "{placeholder}"], "has the placeholder"),
    "rows-into-a-spreadsheet": (["sql", "SELECT 1 AS x", "--out", "{new}.xlsx"], "can be written to"),
    "rows-as-csv-and-json": (["sql", "SELECT 1 AS x", "--csv", "--json"], "not both"),
    "a-client-id-without-its-secret": (["credentials", "set"], "cannot be entered without a terminal"),
    "a-purge-that-nobody-confirms": (["purge"], "Confirm with --yes"),
    "bytes-that-are-no-text": (["watch", "search", "\udcff"], "UTF-8"),
    "a-query-of-bytes": (["sql", "SELECT '\udcff'"], "UTF-8"),
}
FAILS = {
    "no-stack-of-that-name": (["status", "--stack", "nonsense"], "pulumi"),
    "an-inbox-of-nothing": (["inbox", "put", "2026-11-23", "{other}"], "would get no row"),
}
PROMPTS = {
    "no-to-a-purge": (["purge"], "n\n", "Nothing was done", FAILED),
    "nonsense-then-no": (["purge"], "perhaps\nn\n", "Nothing was done", FAILED),
    "the-end-of-input": (["purge"], "", "Nothing was done|Aborted", FAILED),
}


class Keyboard(io.StringIO):
    """Standard input of a person who types this text."""

    def isatty(self) -> bool:
        return True


@contextmanager
def opened(name: str | None = None, *, local: bool = False) -> Iterator[Stack]:
    """Open a stack that has nothing, or the named one."""
    if name is not None or not local:
        with ops.stack.open_stack(name, local=local) as found:
            yield found
        return
    missing = refusal("NoSuchKey")
    yield stack(
        get_object=missing, get_item={}, list_executions={"executions": []}, list_object_versions={}, scan={"Items": []}
    )


@pytest.fixture
def wrong(command: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Return a function that runs a command with a file of each kind and checks its end."""
    for module in pkgutil.iter_modules(ops.commands.__path__, "ops.commands."):
        if hasattr(importlib.import_module(module.name), "open_stack"):
            monkeypatch.setattr(f"{module.name}.open_stack", opened)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("OPS_STACK", raising=False)
    files = {
        "good": ("good.json", b'{"type": "artist", "id": "0A00000000000000000001", "name": "x"}'),
        "empty": ("empty.txt", b""),
        "picture": ("picture", b"\x89PNG\xd0"),
        "half": ("half.json", b'{"artists": ['),
        "deep": ("deep.json", b"[" * 100_000),
        "other": ("other.json", b'{"songs": []}'),
        "table": ("table.csv", b"a,b\n1,2\n"),
        "zip": ("broken.zip", b"PK\x03\x04 and so on"),
        "placeholder": ("mine.sql", b"SELECT ${Mine} FROM albums"),
    }
    folder = tmp_path / "there"
    folder.mkdir()
    for name, content in files.values():
        (folder / name).write_bytes(content)
    places = {kind: str(folder / name) for kind, (name, _) in files.items()}
    places |= {"folder": str(folder), "new": str(tmp_path / "new")}

    def run(arguments: list[str], message: str, code: int, date: str = "") -> None:
        typed = [filled(each, places, date) for each in arguments]
        if not {"--stack", "--local", "nonsense"} & set(typed):
            typed.append("--local")
        told = command(*typed)
        assert "Traceback" not in told.err + told.out
        assert re.search(message, told.err), told.err
        assert told.code == code, told.err
        sentence = [line for line in told.err.splitlines() if line.strip()][-1]
        assert len([line for line in told.err.splitlines() if line.strip()]) <= 5, told.err
        assert not set(re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", told.err + told.out)), told.err
        assert sentence.startswith("Error: ") or sentence.rstrip().endswith((".", ")")), sentence

    return run


def filled(text: str, places: dict[str, str], date: str) -> str:
    for kind, place in places.items():
        text = text.replace("{" + kind + "}", place)
    return text.replace("{}", date)


@pytest.mark.parametrize("date", DATES.values(), ids=DATES)
@pytest.mark.parametrize("arguments", one_in(5, OF_A_DATE.values()), ids=OF_A_DATE)
def test_a_date_that_is_none(wrong: Any, arguments: list[str], date: str) -> None:
    wrong(arguments, "expected a calendar date written YYYY-MM-DD", USAGE, date)


@pytest.mark.parametrize("arguments", AHEAD.values(), ids=AHEAD)
def test_a_date_that_lies_ahead(wrong: Any, arguments: list[str]) -> None:
    wrong(arguments, "is in the future", USAGE)


@pytest.mark.parametrize(("arguments", "message"), USED_WRONG.values(), ids=USED_WRONG)
def test_a_command_that_is_used_wrong(wrong: Any, arguments: list[str], message: str) -> None:
    wrong(arguments, message, USAGE)


@pytest.mark.parametrize(("arguments", "message"), FAILS.values(), ids=FAILS)
def test_what_cannot_be_done(wrong: Any, arguments: list[str], message: str) -> None:
    wrong(arguments, message, FAILED)


@pytest.mark.parametrize(("arguments", "typed", "message", "code"), PROMPTS.values(), ids=PROMPTS)
def test_what_is_typed_at_a_prompt(
    wrong: Any, command: CommandLine, arguments: list[str], typed: str, message: str, code: int
) -> None:
    command.keyboard = Keyboard(typed)
    wrong(arguments, message, code)


def test_there_are_a_hundred() -> None:
    assert len(OF_A_DATE) * len(DATES) + len(AHEAD) + len(USED_WRONG) + len(FAILS) + len(PROMPTS) >= 100
    assert len(AHEAD) + len(USED_WRONG) + len(FAILS) + len(PROMPTS) >= 75

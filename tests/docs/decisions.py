"""The decision records, read from their one format, and the index made from them.

`python -m tests.docs.decisions` writes `docs/decisions/README.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "decisions"
INDEX = FOLDER / "README.md"
PARTS = {
    "architecture": "which functions there are, and what passes between them",
    "extract": "requests to Spotify, quotas, the frontier, raw data",
    "transform": "records, validation, Parquet",
    "lake": "tables, views, retention, what people query",
    "statemachine": "the definition: locks, crawl, gates, failures, retries",
    "report": "the page of a run and what it cost",
    "infra": "the Pulumi program: rights, keys, alarms, artifacts, configuration",
    "ops": "the command line",
    "local": "the embedded AWS, the simulated Spotify, the local deployment",
    "conformance": "comparison with the real parts",
    "tests": "how the tests work",
    "repository": "set-up, folders, dependencies",
}
SECTIONS = ("Context", "Decision", "Consequences", "What was tried")
ABOUT = """# Decisions

Why things are as they are. One record per decision, numbered; a number is never used again. A record is not rewritten when it is overruled: a
new one supersedes it, in whole or in part, and both say so.

Each record has a title, `Status`, `Date`, `Part` and the sections *Context*, *Decision*, *Consequences* and *What was tried*. Write this index
again with `python -m tests.docs.decisions`; a test compares it."""  # noqa: E501  # one paragraph
HEAD = re.compile(
    r"# (?P<number>\d{4}) (?P<title>[^\n]+)\n\n"
    r"- Status: (?P<status>accepted|superseded(?: in part)? by (?P<successors>\d{4}(?:, \d{4})*))\n"
    r"- Date: (?P<date>\d{4}-\d\d-\d\d)\n"
    r"- Part: (?P<part>\w+)\n"
    r"(?:- Supersedes: (?P<supersedes>\d{4}(?: \(in part\))?(?:, \d{4}(?: \(in part\))?)*)\n)?\n"
)


class NotADecision(Exception):
    """A file does not have the format of a decision record; the message says what it lacks."""


@dataclass(frozen=True)
class Decision:
    """One record. `successors` and `supersedes` are numbers; `sections` are texts by heading."""

    file: Path
    number: str
    title: str
    status: str
    date: str
    part: str
    successors: tuple[str, ...]
    supersedes: tuple[str, ...]
    sections: dict[str, str]


def read(file: Path) -> Decision:
    """Return a record.

    Raises:
        NotADecision: its head or its sections are not those of the format.
    """
    text = file.read_text(encoding="utf-8")
    head = HEAD.match(text)
    if head is None:
        raise NotADecision(f"{file.name} begins with {text[:160]!r}; expected title, Status, Date and Part (README.md)")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    if tuple(headings) != SECTIONS:
        raise NotADecision(f"{file.name} has the sections {headings}; expected {list(SECTIONS)}")
    bodies = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    numbers = {name: tuple(re.findall(r"\d{4}", head[name] or "")) for name in ("successors", "supersedes")}
    return Decision(
        file, head["number"], head["title"], head["status"], head["date"], head["part"],
        sections={name: body.strip() for name, body in zip(SECTIONS, bodies, strict=True)}, **numbers,
    )  # fmt: skip


def every() -> list[Decision]:
    """Return all records by number."""
    return [read(file) for file in sorted(FOLDER.glob("[0-9]*.md"))]


def index(decisions: list[Decision]) -> str:
    """Return the text of the index: what the format is, and each part's records."""
    lines = [ABOUT]
    for part, what in PARTS.items():
        found = [each for each in decisions if each.part == part]
        if found:
            lines += ["", f"## {part}", "", f"{what[0].upper()}{what[1:]}.", ""]
            lines += ["| | decision | status | date |", "|---|---|---|---|"]
            lines += [_row(each) for each in found]
    return "\n".join(lines) + "\n"


def _row(each: Decision) -> str:
    return f"| {each.number} | [{each.title}]({each.file.name}) | {each.status} | {each.date} |"


if __name__ == "__main__":
    INDEX.write_text(index(every()), encoding="utf-8")

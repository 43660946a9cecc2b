"""Render a `Report` as one self-contained HTML document."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from functions.report import figures
from functions.report.graph import draw
from functions.report.timeline import lanes
from functions.shared import partial
from functions.shared.prices import PRICES
from functions.shared.wording import counted, utc

if TYPE_CHECKING:
    from functions.report.model import Report
    from functions.shared.athena import QueryResults, Row

FOLDER = Path(__file__).parent
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
UNKNOWN = "\N{EN DASH}"
SHOWN_FIRST = 24  # albums shown before the fold
MOST_BYTES = 900_000
SHARES = (1, 0.5, 0.2, 0.05, 0)
LISTS = ("new_albums", "new_tracks", "changes", "refused")
LEAST_USD = 0.00001
LONGEST = 300  # characters of one text


def render(report: Report) -> str:
    """Return the page of a run, under a megabyte: if it would be larger, its lists are shorter and say so."""
    page = ""
    for share in SHARES:
        page = _drawn(report, report.answers.shortened(LISTS, share))
        if len(page.encode("utf-8", "backslashreplace")) < MOST_BYTES:
            break
    return page


def _drawn(report: Report, answers: QueryResults) -> str:
    """Return the page. Text from outside is escaped; the one script is allowed by its digest."""
    run, results = report.run, report.results
    failed_in = run.failure.state if run.failure else None
    not_extracted = partial.reasons(results.extract, results.freeze)
    completed_by = partial.completed_by(run.snapshot_date, not_extracted) if run.snapshot_date else ""
    shown_days = figures.days(answers, run.snapshot_date) if run.snapshot_date else []
    earlier = figures.earlier_run(answers, run.snapshot_date)
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = (
        _environment()
        .get_template("page.html")
        .render(
            run=run,
            extract=results.extract,
            not_extracted=not_extracted,
            completed_by=completed_by,
            transform=results.transform,
            gates=results.gates,
            gate_groups=figures.gate_groups(results.gates),
            console=report.console,
            earlier_run=earlier[0] if earlier else None,
            earlier_date=earlier[1] if earlier else None,
            sweep=results.sweep,
            graph=draw(report.definition, report.visits, failed_in),
            lanes=lanes(report.visits, report.definition["States"], report.written_at),
            albums=figures.new_albums(answers),
            album_total=figures.total(answers.of("new_albums")),
            track_total=figures.total(answers.of("new_tracks")),
            added=figures.changes(answers, "added"),
            changed=figures.changes(answers, "changed"),
            removed=figures.changes(answers, "removed"),
            asked="new_albums" in answers.rows and "changes" in answers.rows,
            refused=answers.of("refused"),
            refused_total=figures.total(answers.of("refused")),
            known=figures.known(answers),
            charts=figures.catalogue_charts(answers, run.snapshot_date),
            shown_first=SHOWN_FIRST,
            days=shown_days,
            day_charts=figures.day_charts(shown_days),
            published_run=next(
                (row["run_id"] for row in answers.of("days") if _is_shown(row, run.snapshot_date)), None
            ),
            silent=answers.silent,
            cost=report.cost,
            prices=PRICES,
            written_at=report.written_at,
            css=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),  # noqa: S704  our own file
            script=Markup(script),  # noqa: S704  our own file
            digest=digest,
        )
    )
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", page)


def _is_shown(row: Row, snapshot_date: str | None) -> bool:
    return bool(row["published"]) and row["snapshot_date"] == snapshot_date


@cache
def _environment() -> Environment:
    """Return Jinja2's environment: it escapes everything, and an undefined name is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": count,
        "day": day,
        "figure": figure,
        "blocked": lambda until: utc(datetime.fromisoformat(until)),
        "instant": utc,
        "minutes": minutes,
        "plural": plural,
        "price": price,
        "short": short,
        "size": size,
        "took": took,
        "used": used,
    }
    return environment


def count(number: float | None) -> str:
    """Return a number with thousands separated; a dash if there is none."""
    return UNKNOWN if number is None else f"{number:,}"


def plural(number: int, noun: str) -> str:
    """Return a number with its noun: 1 album, 1,148 albums, no albums."""
    return counted(number, noun) if number else counted(0, noun).replace("0", "no", 1)


def day(snapshot_date: str) -> str:
    """Return a date as people write it: Tuesday, 24 November 2026."""
    known = date.fromisoformat(snapshot_date)
    return f"{known:%A}, {known.day} {known:%B %Y}"


def took(seconds: float | None) -> str:
    """Return a duration in its shortest form."""
    if seconds is None:
        return UNKNOWN
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    whole, rest = divmod(round(seconds), 60)
    return f"{whole} min {rest:02d} s" if whole < 60 else f"{whole // 60} h {whole % 60:02d} min"


def minutes(milliseconds: int | None) -> str:
    """Return a track's length as minutes and seconds."""
    return UNKNOWN if milliseconds is None else f"{milliseconds // 60000}:{milliseconds // 1000 % 60:02d}"


def price(usd: float) -> str:
    """Return a price in dollars, to a thousandth of a cent; a smaller price reads "less than", not zero."""
    return f"${usd:.5f}" if usd >= LEAST_USD or not usd else f"under ${LEAST_USD:.5f}"


def used(amount: float) -> str:
    """Return an amount with few digits: 1,234 or 0.333."""
    return f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.3g}" if amount < 100 else f"{amount:,.1f}"


def size(number: int) -> str:
    """Return a number of bytes as people read it."""
    if number < 1000:
        return f"{number} B"
    return f"{number / 1000:,.1f} kB" if number < 1_000_000 else f"{number / 1e6:,.1f} MB"


def figure(value: str) -> str:
    """Return a gate's value; one that is a number alone has its thousands separated."""
    return f"{int(value):,}" if value.isascii() and value.isdigit() and len(value) < 16 else value


def short(value: object) -> str:
    """Return a text from outside, cut if it is too long."""
    told = str(value)
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"

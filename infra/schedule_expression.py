"""Schedule expressions of EventBridge Scheduler, checked before they are deployed."""

from __future__ import annotations

import re

RATE = re.compile(r"rate\(([1-9]\d*) (minutes?|hours?|days?)\)")
MONTHS, DAYS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC", "SUN|MON|TUE|WED|THU|FRI|SAT"
CRON_FIELDS = (  # name, lowest, highest, names, what else a term may be
    ("minutes", 0, 59, "", ""),
    ("hours", 0, 23, "", ""),
    ("day of month", 1, 31, "", r"\?|L|LW|\d{1,2}W"),
    ("month", 1, 12, MONTHS, ""),
    ("day of week", 1, 7, DAYS, rf"\?|L|(?:[1-7]|{DAYS})L|(?:[1-7]|{DAYS})#[1-5]"),
    ("year", 1970, 2199, "", ""),
)


def schedule_fault(expression: str) -> str:
    """Return what is wrong with a schedule expression of EventBridge Scheduler, or nothing."""
    if RATE.fullmatch(expression):
        return ""
    match = re.fullmatch(r"cron\((.*)\)", expression)
    parts = match[1].split() if match else []
    if len(parts) != len(CRON_FIELDS):
        return "it has no six fields"
    for part, (name, low, high, names, special) in zip(parts, CRON_FIELDS, strict=True):
        if not all(_is_term(term, low, high, names, special) for term in part.split(",")):
            return f"{part!r} is no {name}"
    if (parts[2] == "?") == (parts[4] == "?"):
        return "exactly one of day of month and day of week is ?"
    return ""


def _is_term(term: str, low: int, high: int, names: str, special: str) -> bool:
    if special and re.fullmatch(special, term):
        return True
    base, slash, step = term.partition("/")
    if slash and not re.fullmatch(r"[1-9]\d*", step):
        return False
    if base == "*":
        return True
    start, dash, end = base.partition("-")
    return all(_is_value(each, low, high, names) for each in ([start, end] if dash else [start]))


def _is_value(text: str, low: int, high: int, names: str) -> bool:
    return text in names.split("|") if not text.isdecimal() else low <= int(text) <= high

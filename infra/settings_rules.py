"""What a stack's settings must satisfy, one rule a line; each error says the key, what was found, what to do."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from functions.shared.keys import QUOTA_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.settings import Settings

LOG_RETENTION = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
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


def broken(settings: Settings) -> Iterator[str]:
    """Yield one sentence for each rule that the settings break."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", settings.stack):
        yield f"the stack's name is {settings.stack!r}. Use up to 20 of a-z, 0-9 and -, a letter first."
    fault = schedule_fault(settings.schedule)
    if fault:
        yield (
            f"schedule is {settings.schedule!r}: {fault}. "
            'Give cron(minutes hours day-of-month month day-of-week year), such as "cron(0 6 * * ? *)", or rate(1 day).'
        )
    if settings.time_zone not in available_timezones():
        yield f"timeZone is {settings.time_zone!r}. Give a name of the IANA database, such as Europe/Amsterdam or UTC."
    if not re.fullmatch(r"[A-Z]{2}", settings.market):
        yield f"market is {settings.market!r}. Give the two capital letters of a country, such as US."
    yield from _choices(settings)
    yield from _numbers(settings)
    yield from _budgets(settings.budgets)
    yield from _addresses(settings)


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


def _choices(settings: Settings) -> Iterator[str]:
    allowed = (
        ("profile", settings.profile, ("development", "extended")),
        ("architecture", settings.architecture, ("arm64", "x86_64")),
        ("logRetentionDays", settings.log_retention_days, LOG_RETENTION),
    )
    for key, found, choices in allowed:
        if found not in choices:
            yield f"{key} is {found!r}. Give one of {', '.join(map(str, choices))}."


def _numbers(settings: Settings) -> Iterator[str]:
    ranges = (
        ("retentionDays", settings.retention_days, 2, 3650),
        ("refreshDays", settings.refresh_days, 1, 3650),
        ("maxWaitMinutes", settings.max_wait_minutes, 0, 720),
        ("callsPer30Seconds", settings.calls_per_30_seconds, 5, 10_000),
        ("maxQuarantineRatio", settings.max_quarantine_ratio, 0, 1),
        ("rowDropTolerance", settings.row_drop_tolerance, 0, 1),
        ("supersededGraceMinutes", settings.superseded_grace_minutes, 0, 10080),
        ("queryScanLimitMb", settings.query_scan_limit_mb, 10, 1_000_000),
        ("crawlPollSeconds", settings.crawl_poll_seconds, 1, 300),
        ("lockPollSeconds", settings.lock_poll_seconds, 1, 300),
        ("monthlyBudgetUsd", settings.monthly_budget_usd, 1, 1_000_000),
    )
    for key, found, low, high in ranges:
        if not math.isfinite(found) or not low <= found <= high:
            yield f"{key} is {found}. Give a number from {low} to {high}."
    if settings.refresh_days >= settings.retention_days:
        yield (
            f"refreshDays is {settings.refresh_days} and retentionDays is {settings.retention_days}. "
            "Keep refreshDays below retentionDays: what is still followed must be read again before it expires."
        )


def _budgets(budgets: dict[str, int]) -> Iterator[str]:
    missing, unknown = set(QUOTA_GROUPS) - budgets.keys(), budgets.keys() - set(QUOTA_GROUPS)
    if missing:
        yield f"budgets lacks {', '.join(sorted(missing))}. Give every quota group its calls a run."
    if unknown:
        yield f"budgets has {', '.join(sorted(unknown))}. The quota groups are {', '.join(QUOTA_GROUPS)}."
    for group, calls in sorted(budgets.items()):
        if calls < 1 and group not in unknown:
            yield f"budgets.{group} is {calls}. Give at least 1 call a day: without, its data ages."


def _addresses(settings: Settings) -> Iterator[str]:
    for key, url in (("spotifyApiUrl", settings.spotify_api_url), ("spotifyTokenUrl", settings.spotify_token_url)):
        if not re.fullmatch(r"https://[^/\s]+\S*|http://(?:127\.0\.0\.1|localhost)(?::\d+)?(?:/\S*)?", url):
            yield f"{key} is {url!r}. Give an https address; http only for 127.0.0.1."
    if settings.kms_key_arn and not KEY_ARN.fullmatch(settings.kms_key_arn):
        yield f"kmsKeyArn is {settings.kms_key_arn!r}. Give the ARN of a key (not of an alias), or leave it empty."
    if settings.kms_key_arn and not settings.customer_managed_key:
        yield f"kmsKeyArn is {settings.kms_key_arn!r} and customerManagedKey is false. Set one of them only."
    if settings.log_bucket and not BUCKET.fullmatch(settings.log_bucket):
        yield f"logBucket is {settings.log_bucket!r}. Give the name of an existing bucket, or leave it empty."
    if settings.alert_email and not EMAIL.fullmatch(settings.alert_email):
        yield f"alertEmail is {settings.alert_email!r}. Give one address, or leave it empty."

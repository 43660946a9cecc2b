"""The stack's configuration: read once, when the program starts; all its errors are reported together."""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, get_type_hints
from zoneinfo import available_timezones

import pulumi
from pulumi.runtime import config as runtime_config

from functions.extract.api.config import LISTINGS, OCCASIONAL, RELEASE_GROUPS
from functions.shared.keys import QUOTA_GROUPS
from infra.packaging.artifacts import PYTHON
from infra.schedule_expression import schedule_fault, skipped_start, time_of_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

LOG_RETENTION = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180,
    365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
RUNTIMES = ("python3.12", "python3.13")
"""Lambda's runtimes of Amazon Linux 2023 for which every locked requirement has wheels."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

Value = str | bool | int | float | dict[str, int]


class SettingsInvalid(pulumi.RunError):
    """The stack's configuration is not valid; the message lists every error.

    Pulumi prints a RunError without a traceback.
    """


MOST_ROUNDS = 100


def _default_budgets() -> dict[str, int]:
    return {"artists": 100, "artist_albums": 90, "albums": 200, "album_tracks": 60, "tracks": 40, "search": 20}


@dataclass(frozen=True)
class Settings:
    """A stack's configuration. A field's name in camel case is its key; `Pulumi.yaml` describes each."""

    stack: str
    schedule: str = "cron(0 6 * * ? *)"
    time_zone: str = "UTC"
    schedule_enabled: bool = True
    market: str = "US"
    profile: str = "development"
    retention_days: int = 30
    refresh_days: int = 21
    max_wait_minutes: int = 20
    calls_per_30_seconds: int = 100
    max_quarantine_ratio: float = 0.05
    superseded_grace_minutes: int = 60
    row_drop_tolerance: float = 0.5
    budgets: dict[str, int] = field(default_factory=_default_budgets)
    release_groups: dict[str, int] = field(default_factory=RELEASE_GROUPS.copy)
    spotify_api_url: str = "https://api.spotify.com/v1"
    spotify_token_url: str = "https://accounts.spotify.com/api/token"  # noqa: S105  a public address, no secret
    alert_email: str = ""
    digest_email: str = ""
    digest_always: bool = False
    architecture: str = "arm64"
    runtime: str = f"python{PYTHON}"
    dependency_layers: bool = True
    reserve_concurrency: bool = False
    query_scan_limit_mb: int = 1024
    crawl_poll_seconds: int = 15
    lock_poll_seconds: int = 30
    customer_managed_key: bool = True
    kms_key_arn: str = ""
    log_bucket: str = ""
    log_retention_days: int = 30
    protect_data: bool = False
    monthly_budget_usd: int = 20

    @property
    def name(self) -> str:
        """The prefix of the names of all of this stack's resources."""
        return f"spotify-lake-{self.stack}"

    @property
    def python(self) -> str:
        """The minor version of the functions' Python, such as "3.13"."""
        return self.runtime.removeprefix("python")

    @property
    def daily_run(self) -> str:
        """The time of daily runs for a message: "06:00 UTC", or the schedule expression."""
        if not self.schedule_enabled:
            return "the schedule is off"
        at = time_of_day(self.schedule)
        return f"{at} {self.time_zone}" if at else f"schedule {self.schedule} in {self.time_zone}"

    @classmethod
    def load(cls) -> Settings:
        """Return the current stack's settings.

        Raises:
            SettingsInvalid: with one line per key that is wrong: the value found, and what to do.
        """
        config, errors = pulumi.Config(), list(_unknown_keys())
        values: dict[str, Value] = {"stack": pulumi.get_stack()}
        for name, kind in _fields():
            text = config.get(key(name))
            if text is None:
                continue
            try:
                values[name] = parse(text, kind)
            except ValueError:
                errors.append(f"{key(name)} is {text!r}. Give {EXPECTED[kind]}.")
        for retired, why in RETIRED.items():
            if config.get(retired) is not None:
                pulumi.log.warn(f"{retired} no longer has an effect: {why} Remove it with: pulumi config rm {retired}")
        settings = cls(**values)  # type: ignore[arg-type]  # each value was parsed by its field's own type
        errors += broken(settings)
        if errors:
            listed = "\n".join(f"  - {error}" for error in errors)
            msg = f"The configuration of stack {settings.stack!r} cannot be deployed:\n{listed}\n"
            # --plaintext, since Pulumi takes spotifyTokenUrl for a secret because of its name, and refuses to set it
            raise SettingsInvalid(f"{msg}Set a key with: pulumi config set --plaintext {config.name}:KEY VALUE")
        for notice in noticed(settings, datetime.now(UTC).date()):
            pulumi.log.warn(notice)
        return settings


RETIRED = {
    "logLevel": "functions log at INFO, since at other levels Lambda loses metrics or writes what libraries say.",
}
"""Keys of earlier versions that a stack may still have, and why they have no effect."""

EXPECTED: dict[object, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict[str, int]: 'a JSON object of whole numbers, such as {"artists": 100}',
}


def key(name: str) -> str:
    """Return the configuration key of a field: `time_zone` is `timeZone`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def defaults() -> dict[str, Value]:
    """Return every configuration key with its default."""
    settings = Settings(stack="dev")
    return {key(name): getattr(settings, name) for name, _ in _fields()}


def parse(text: str, kind: object) -> Value:
    """Return a configuration text as a value of a type; raise ValueError unless it is a valid one."""
    if kind is bool:
        if text not in {"true", "false"}:
            raise ValueError(text)
        return text == "true"
    if kind is int:
        return int(text)
    if kind is float:
        return float(text)
    if kind == dict[str, int]:
        found = json.loads(text)
        if not isinstance(found, dict) or not all(type(each) is int for each in found.values()):
            raise ValueError(text)
        return found
    return text


def _unknown_keys() -> Iterator[str]:
    """Yield one sentence per key of this project that `Settings` does not have."""
    namespace = f"{pulumi.get_project()}:"
    known = {key(name) for name, _ in _fields()}
    by_lower_case = {each.lower(): each for each in known}
    given = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}  # pulumi.Config reads these two
    for full in sorted(given):
        found = full.removeprefix(namespace)
        if found == full or found in known or found in RETIRED:
            continue
        close = difflib.get_close_matches(found.lower(), by_lower_case, n=1)
        meant = f"Did you mean {by_lower_case[close[0]]}?" if close else "Pulumi.yaml describes every key."
        yield f"{found} is not a key of this program. {meant} Remove it with: pulumi config rm {full}"


def _fields() -> Iterator[tuple[str, object]]:
    hints = get_type_hints(Settings)
    return ((each.name, hints[each.name]) for each in dataclasses.fields(Settings) if each.name != "stack")


def broken(settings: Settings) -> Iterator[str]:
    """Yield one sentence for each rule that the settings break."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", settings.stack):
        yield f"the stack's name is {settings.stack!r}. Use up to 20 of a-z, 0-9 and -, a letter first."
    if settings.stack.endswith("-lake"):
        beside = settings.stack.removesuffix("-lake")
        yield (
            f"the stack's name is {settings.stack!r}: its views would be in the database that a stack named {beside!r} "
            "has for its lake. Use a name that does not end in -lake."
        )
    fault = schedule_fault(settings.schedule)
    if fault:
        yield (
            f"schedule is {settings.schedule!r}: {fault}. "
            'Give cron(minutes hours day-of-month month day-of-week year), such as "cron(0 6 * * ? *)", or rate(1 day).'
        )
    if settings.time_zone not in available_timezones():
        yield f"timeZone is {settings.time_zone!r}. Give a name of the IANA database, such as Europe/Amsterdam or UTC."
    if settings.market not in countries():
        yield (
            f"market is {settings.market!r}. Give the code of a country by ISO 3166-1, two capital letters, such as US "
            "(the United Kingdom is GB)."
        )
    yield from _choices(settings)
    yield from _numbers(settings)
    yield from _budgets(settings.budgets)
    yield from _release_groups(settings.release_groups)
    yield from _addresses(settings)


def _choices(settings: Settings) -> Iterator[str]:
    allowed = (
        ("profile", settings.profile, ("development", "extended")),
        ("architecture", settings.architecture, ("arm64", "x86_64")),
        ("runtime", settings.runtime, RUNTIMES),
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
        # The AWS provider accepts no limit below 10,485,760 bytes.
        ("queryScanLimitMb", settings.query_scan_limit_mb, 11, 1_000_000),
        ("crawlPollSeconds", settings.crawl_poll_seconds, 1, 300),
        # An execution may wait for a day: 25,000 events at about 21 per check, and waits of four times this.
        ("lockPollSeconds", settings.lock_poll_seconds, 20, 300),
        ("monthlyBudgetUsd", settings.monthly_budget_usd, 0, 1_000_000),
    )
    for key, found, low, high in ranges:
        if not low <= found <= high:  # nan is rejected too
            yield f"{key} is {found}. Give a number from {low} to {high}."
    if settings.refresh_days >= settings.retention_days:
        yield (
            f"refreshDays is {settings.refresh_days} and retentionDays is {settings.retention_days}. "
            "Keep refreshDays below retentionDays: what is still followed must be read again before it expires."
        )


def _release_groups(groups: dict[str, int]) -> Iterator[str]:
    for group in LISTINGS:
        if groups.get(group) != 1:
            yield f"releaseGroups.{group} is {groups.get(group)}. Give 1: albums and singles are in every listing."
    if unknown := groups.keys() - {*LISTINGS, *OCCASIONAL}:
        known = ", ".join(LISTINGS + OCCASIONAL)
        yield f"releaseGroups has {', '.join(sorted(unknown))}. The release groups are {known}."
    for group in OCCASIONAL:
        if not 1 <= groups.get(group, 1) <= MOST_ROUNDS:
            yield (
                f"releaseGroups.{group} is {groups[group]}. Give a number of rounds from 1 to {MOST_ROUNDS}, "
                "or leave it out if it is not wanted."
            )


def _budgets(budgets: dict[str, int]) -> Iterator[str]:
    missing, unknown = set(QUOTA_GROUPS) - budgets.keys(), budgets.keys() - set(QUOTA_GROUPS)
    if missing:
        yield f"budgets lacks {', '.join(sorted(missing))}. Give the requests per day for every quota group."
    if unknown:
        yield f"budgets has {', '.join(sorted(unknown))}. The quota groups are {', '.join(QUOTA_GROUPS)}."
    for group, calls in sorted(budgets.items()):
        if calls < 1 and group not in unknown:
            yield f"budgets.{group} is {calls}. Give at least 1 request per day; otherwise its data gets old."


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
    for key, address in (("alertEmail", settings.alert_email), ("digestEmail", settings.digest_email)):
        if address and not EMAIL.fullmatch(address):
            yield f"{key} is {address!r}. Give one address, or leave it empty."


def noticed(settings: Settings, today: date) -> Iterator[str]:
    """Yield one sentence per setting that has an unexpected effect; all settings are valid."""
    if skipped := skipped_start(settings.schedule, settings.time_zone, today):
        yield (
            f"schedule is {settings.schedule!r} in {settings.time_zone}: {skipped:%Y-%m-%d %H:%M} does not exist, "
            "since clocks go forward. EventBridge Scheduler skips that start, and the day has no data. Choose a time "
            "outside the skipped hour."
        )


@cache
def countries() -> frozenset[str]:
    """Return the country codes of ISO 3166-1, as the time zone database lists them."""
    lines = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line.split("\t")[0] for line in lines if not line.startswith("#"))


if __name__ == "__main__":  # a Pulumi program that deploys nothing: local.deployment checks a configuration with it
    Settings.load()

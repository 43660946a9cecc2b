"""What a stack may decide: read once, at the start of the program, and refused with all its errors at once."""

from __future__ import annotations

import dataclasses
import difflib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_type_hints

import pulumi
from pulumi.runtime import config as runtime_config

from infra import settings_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = str | bool | int | float | dict[str, int]


class SettingsInvalid(Exception):
    """The stack's configuration is not one the program deploys; the message lists every error."""


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
    spotify_api_url: str = "https://api.spotify.com/v1"
    spotify_token_url: str = "https://accounts.spotify.com/api/token"  # noqa: S105  a public address, no secret
    alert_email: str = ""
    architecture: str = "arm64"
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
    monthly_budget_usd: int = 10

    @property
    def name(self) -> str:
        """The prefix of every name this stack gives."""
        return f"spotify-lake-{self.stack}"

    @classmethod
    def load(cls) -> Settings:
        """Return the current stack's settings.

        Raises:
            SettingsInvalid: with one line for each key that is wrong: what was found, and what to do.
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
                pulumi.log.warn(f"{retired} has no effect any more: {why} Remove it with: pulumi config rm {retired}")
        settings = cls(**values)  # type: ignore[arg-type]  # each value was parsed by its field's own type
        errors += settings_rules.broken(settings)
        if errors:
            listed = "\n".join(f"  - {error}" for error in errors)
            msg = f"The configuration of stack {settings.stack!r} cannot be deployed:\n{listed}\n"
            # --plaintext: by its name, Pulumi takes spotifyTokenUrl for a secret and refuses to set it without
            raise SettingsInvalid(f"{msg}Set a key with: pulumi config set --plaintext {config.name}:KEY VALUE")
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
    """Return the value that a configuration text stands for; ValueError if it is none of that kind."""
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
    """Yield one sentence for each key of this project's that is no field of `Settings`."""
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

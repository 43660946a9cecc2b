"""A stack's configuration is documented where Pulumi reads it, and all of its errors are reported at once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
import yaml

from functions.shared.console import console_host
from infra.schedule_expression import schedule_fault, skipped_start
from infra.settings import Settings, SettingsInvalid, Value, broken, defaults, noticed
from local.deployment import configuration
from local.deployment.program import Handlers, run
from tests.infra.recording import ROOT, program, record

if TYPE_CHECKING:
    from tests.infra.recording import Recorded

PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
A_RATE = "expected rate(1 minute), rate(1 hour), rate(1 day), or a larger number of minutes, hours or days"
KINDS: dict[str, tuple[type, ...]] = {"string": (str, float, dict), "boolean": (bool,), "integer": (int,)}

EACH = {"album": 1, "single": 1}


def written(value: Value) -> object:
    """Return a default as `Pulumi.yaml` writes it: its types have no fractions and no objects."""
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value) if isinstance(value, float) else value


def test_pulumi_yaml_has_the_keys_and_defaults_of_the_program() -> None:
    declared = {key: each["default"] for key, each in PROJECT["config"].items()}
    assert declared == {key: written(value) for key, value in defaults().items()}


def test_every_key_is_typed_and_described() -> None:
    for key, each in PROJECT["config"].items():
        assert isinstance(defaults()[key], KINDS[each["type"]]), key
        assert len(each["description"]) > 20, key


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_stacks_here_are_valid(name: str) -> None:
    keys = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
    assert {key.removeprefix("spotify-lake:") for key in keys if key != "aws:region"} <= defaults().keys()


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_stacks_here_are_written_as_pulumi_writes_them(name: str) -> None:
    """`pulumi stack init` rewrites a stack's file: a value without quotes would be a change of a committed file."""
    text = (ROOT / f"Pulumi.{name}.yaml").read_text()
    assert [key for key, value in yaml.safe_load(text)["config"].items() if not isinstance(value, str)] == []
    assert "  #" not in text


def test_all_errors_come_at_once_each_with_its_key_what_was_found_and_what_to_do() -> None:
    wrong = {
        "schedule": "cron(0 25 * * ? *)",
        "timeZone": "Europe/Amsterdamn",
        "retentionDays": "7",
        "refreshDays": "21",
        "queryScanLimitMb": "much",
        "budgets": '{"artists": 0}',
    }
    with pytest.raises(SettingsInvalid) as raised:
        record("dev", wrong)
    message = str(raised.value)
    assert "schedule is 'cron(0 25 * * ? *)': '25' is not a valid hours field (0-23). Give cron(" in message
    assert "timeZone is 'Europe/Amsterdamn'. Give a name of the IANA database" in message
    assert "refreshDays is 21 and retentionDays is 7. Keep refreshDays below retentionDays" in message
    assert "queryScanLimitMb is 'much'. Give a whole number." in message
    assert "budgets lacks album_tracks, albums, artist_albums, search, tracks." in message
    assert "budgets.artists is 0. Give at least 1 request per day" in message
    assert message.count("\n  - ") == 6


@pytest.mark.parametrize(
    ("mistyped", "said"),
    [
        ("shedule", "shedule is not a key of this program. Did you mean schedule? Remove it with: pulumi config rm"),
        ("retentiondays", "Did you mean retentionDays? Remove it with: pulumi config rm spotify-lake:retentiondays"),
        ("colour", "colour is not a key of this program. Pulumi.yaml describes every key."),
    ],
)
def test_a_mistyped_key_is_an_error(mistyped: str, said: str) -> None:
    """The engine hands every key of the stack's file to the program; no other key of this project may be there."""
    config = {f"spotify-lake:{mistyped}": "1", "aws:region": "eu-west-1", "aws:skipCredentialsValidation": "true"}
    with pytest.raises(SettingsInvalid) as raised:
        run(ROOT / "__main__.py", "spotify-lake", "dev", config, Handlers(lambda _urn, _args: ("", {}), _no_answer))
    (error,) = str(raised.value).splitlines()[1:-1]
    assert said in error


def test_keys_that_are_none_are_told_in_order() -> None:
    config = {f"spotify-lake:{name}": "1" for name in ("zeal", "colour", "taste")}
    with pytest.raises(SettingsInvalid) as raised:
        run(ROOT / "__main__.py", "spotify-lake", "dev", config, Handlers(lambda _urn, _args: ("", {}), _no_answer))
    assert [line.split()[1] for line in str(raised.value).splitlines()[1:-1]] == ["colour", "taste", "zeal"]


def _no_answer(_token: str, _arguments: dict[str, object]) -> dict[str, object]:
    raise AssertionError("a wrong configuration is refused before AWS is asked anything")


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 6 * * ? *)",
        "cron(30 5 ? * MON-FRI *)",
        "cron(0 6,18 L * ? 2026-2030)",
        "cron(0/15 6 1,15 JAN,JUL ? *)",
        "cron(0 6 ? * 2#1 *)",
        "cron(0 6 31W * ? *)",
        "rate(1 day)",
        "rate(12 hours)",
    ],
)
def test_a_schedule_that_eventbridge_takes_is_taken(expression: str) -> None:
    assert not schedule_fault(expression)


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("0 6 * * *", "expected cron(…) or rate(…)"),
        ("cron(0 6 * * *)", "expected six fields, found 5"),
        ("cron(60 6 * * ? *)", "'60' is not a valid minutes field (0-59)"),
        ("cron(0 6 * * * *)", "expected ? as day of month or as day of week, not as both"),
        ("cron(0 6 ? * ? *)", "expected ? as day of month or as day of week, not as both"),
        ("cron(0 6 ? * MOON *)", "'MOON' is not a valid day of week field (1-7)"),
        ("cron(0 6 99W * ? *)", "'99W' is not a valid day of month field (1-31)"),
        ("cron(0 6 ?,1 * 2 *)", "'?,1' is not a valid day of month field (1-31)"),
        ("cron()", "expected six fields, found 0"),
        ("cron(71 8 1 * ? *)", "'71' is not a valid minutes field (0-59)"),
        ("at(2021-12-31T00:00:00)", "it starts only once"),
        ("rate(0 days)", A_RATE),
        ("rate(1 days)", A_RATE),
        ("rate(2 day)", A_RATE),
        ("rate(1 week)", A_RATE),
        ("", "expected cron(…) or rate(…)"),
    ],
)
def test_a_schedule_that_eventbridge_refuses_is_refused(expression: str, fault: str) -> None:
    assert schedule_fault(expression) == fault


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings("Dev"), "the stack's name is 'Dev'"),
        (
            Settings("dev-lake"),
            "the stack's name is 'dev-lake': its views would be in the database that a stack named 'dev'",
        ),
        (Settings("dev", market="Netherlands"), "market is 'Netherlands'"),
        (Settings("dev", market="UK"), "market is 'UK'. Give the code of a country by ISO 3166-1"),
        (Settings("dev", market="us"), "market is 'us'"),
        (Settings("dev", profile="basic"), "profile is 'basic'. Give one of development, extended."),
        (Settings("dev", log_retention_days=31), "logRetentionDays is 31. Give one of 1, 3, 5"),
        (Settings("dev", max_quarantine_ratio=1.5), "maxQuarantineRatio is 1.5. Give a number from 0 to 1."),
        (Settings("dev", max_quarantine_ratio=float("nan")), "maxQuarantineRatio is nan"),
        (Settings("dev", query_scan_limit_mb=10), "queryScanLimitMb is 10. Give a number from 11"),
        (Settings("dev", lock_poll_seconds=19), "lockPollSeconds is 19. Give a number from 20"),
        (Settings("dev", monthly_budget_usd=-1), "monthlyBudgetUsd is -1"),
        (Settings("dev", release_groups={"album": 1}), "releaseGroups.single is None. Give 1"),
        (Settings("dev", release_groups={"album": 2, "single": 1}), "releaseGroups.album is 2. Give 1"),
        (Settings("dev", release_groups=EACH | {"mixtape": 1}), "releaseGroups has mixtape. The release groups are"),
        (Settings("dev", release_groups=EACH | {"compilation": 0}), "releaseGroups.compilation is 0. Give a number"),
        (Settings("dev", release_groups=EACH | {"appears_on": 101}), "releaseGroups.appears_on is 101. Give a number"),
        (Settings("dev", spotify_api_url="http://example.org"), "spotifyApiUrl is 'http://example.org'"),
        (Settings("dev", kms_key_arn="alias/mine"), "kmsKeyArn is 'alias/mine'"),
        (Settings("dev", log_bucket="s3://logs"), "logBucket is 's3://logs'"),
        (Settings("dev", alert_email="me"), "alertEmail is 'me'"),
        (Settings("dev", digest_email="me@x.org, you@x.org"), "digestEmail is 'me@x.org, you@x.org'"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_a_value_that_cannot_work_is_named(settings: Settings, said: str) -> None:
    (error,) = broken(settings)
    assert error.startswith(said)


def test_the_simulated_spotify_is_a_valid_address() -> None:
    assert not list(broken(Settings("dev", spotify_api_url="http://127.0.0.1:8123/v1")))


def names_given(recorded: Recorded) -> set[tuple[str, str, str]]:
    """Return every name that the program gives, with its scope: its kind, and the database or workgroup."""
    return {
        (each.type, str(each.inputs.get("databaseName") or each.inputs.get("workgroup") or ""), str(value))
        for each in recorded.resources
        for key, value in each.inputs.items()
        if key in {"name", "dashboardName", "layerName"}
    }


def test_two_stacks_of_one_account_and_region_share_no_name(stack: Recorded, prod: Recorded) -> None:
    dev, other = names_given(stack), names_given(prod)
    assert len(dev) == len(other) > 50
    assert not dev & other


def test_a_retired_key_in_a_stacks_file_is_accepted_with_a_notice(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    values = configuration.merged
    monkeypatch.setattr(
        "tests.infra.recording.merged", lambda *given: {**values(*given), "spotify-lake:logLevel": "DEBUG"}
    )
    assert record("dev").one("StateMachine")
    assert "logLevel no longer has an effect" in caplog.text


@pytest.mark.parametrize(
    ("expression", "zone", "today", "skipped"),
    [
        ("cron(30 2 * * ? *)", "Europe/Amsterdam", "2027-01-01", "2027-03-28 02:30"),
        ("cron(0/15 * * * ? *)", "Europe/Amsterdam", "2027-01-01", "2027-03-28 02:00"),
        ("cron(* 2 * * ? *)", "Europe/Amsterdam", "2027-01-01", "2027-03-28 02:00"),
        ("cron(30 2 * * ? *)", "Europe/Amsterdam", "2027-03-29", "2028-03-26 02:30"),
        ("cron(30 1-3 * * ? *)", "America/New_York", "2027-01-01", "2027-03-14 02:30"),
        ("cron(30 0 * * ? *)", "Africa/Cairo", "2027-01-01", "2027-04-30 00:30"),
        ("cron(0/59 * * * ? *)", "America/Nuuk", "2027-01-01", "2027-03-27 23:00"),
        ("cron(10/49 * * * ? *)", "America/Nuuk", "2027-01-01", "2027-03-27 23:10"),
        ("cron(59/1 * * * ? *)", "America/Nuuk", "2027-01-01", "2027-03-27 23:59"),
        ("cron(30 0/2 * * ? *)", "Europe/Amsterdam", "2027-01-01", "2027-03-28 02:30"),
        ("cron(30 2/5 * * ? *)", "Europe/Amsterdam", "2027-01-01", "2027-03-28 02:30"),
        ("cron(30 0/3 * * ? *)", "Europe/Amsterdam", "2027-01-01", None),
        ("cron(30 3-23 * * ? *)", "Europe/Amsterdam", "2027-01-01", None),
        ("cron(30 0-1 * * ? *)", "Europe/Amsterdam", "2027-01-01", None),
        ("cron(0 6 * * ? *)", "Europe/Amsterdam", "2027-01-01", None),
        ("cron(30 2 * * ? *)", "UTC", "2027-01-01", None),
        ("cron(30 2 * * ? *)", "Asia/Tokyo", "2027-01-01", None),
        ("rate(1 day)", "Europe/Amsterdam", "2027-01-01", None),
    ],
)
def test_a_start_that_the_clocks_leave_out_is_found(
    expression: str, zone: str, today: str, skipped: str | None
) -> None:
    found = skipped_start(expression, zone, date.fromisoformat(today))
    assert (f"{found:%Y-%m-%d %H:%M}" if found else None) == skipped


def test_a_schedule_that_skips_a_day_is_noticed_and_deployed() -> None:
    settings = Settings("dev", schedule="cron(30 2 * * ? *)", time_zone="Europe/Amsterdam")
    (said,) = noticed(settings, date(2027, 1, 1))
    assert "2027-03-28 02:30 does not exist, since clocks go forward" in said
    assert list(broken(settings)) == []
    assert list(noticed(Settings("dev"), date(2027, 1, 1))) == []


@pytest.mark.slow
def test_a_stack_may_have_no_budget(stack: Recorded) -> None:
    assert stack.of_type("Budget")
    assert not program("dev", monthlyBudgetUsd="0").of_type("Budget")


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "eu-west-1.console.aws.amazon.com"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
        ("aws-cn", "console.amazonaws.cn"),
    ],
)
def test_each_partition_has_its_console(partition: str, host: str) -> None:
    assert console_host(partition, "eu-west-1") == host


def test_what_is_reserved_for_the_functions_is_what_the_key_says(otherwise: Recorded) -> None:
    kind = "aws:lambda/function:Function"
    reserved = sum(each["reservedConcurrentExecutions"] for each in otherwise.of_type(kind).values())
    described = PROJECT["config"]["reserveConcurrency"]["description"]
    assert f"{reserved:.0f} in all" in described
    assert f"must be {reserved + 100:.0f} or more" in described


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ("cron(0 6 * * ? *)", "06:00 Europe/Berlin"),
        ("cron(5 22 ? * * *)", "22:05 Europe/Berlin"),
        ("cron(0 6,18 * * ? *)", "schedule cron(0 6,18 * * ? *) in Europe/Berlin"),
        ("cron(0 6 ? * MON *)", "schedule cron(0 6 ? * MON *) in Europe/Berlin"),
        ("rate(1 day)", "schedule rate(1 day) in Europe/Berlin"),
    ],
)
def test_messages_say_when_runs_start(schedule: str, told: str) -> None:
    settings = Settings("dev", schedule=schedule, time_zone="Europe/Berlin")
    assert settings.daily_run == told
    assert replace(settings, schedule_enabled=False).daily_run == "the schedule is off"

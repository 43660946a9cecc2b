"""Scenarios on the real Pulumi engine: each returns one line about what agreed, or raises Disagreement."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi import automation

from conformance.engine.build import ROOT
from conformance.engine.workspace import Stack
from conformance.part import Disagreement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.engine.workspace import Operation
    from local.aws import EmbeddedAws

KEYS = Path(__file__).with_name("keys.toml")
RELEASE = "e32ed41f7aaf67fd79b1a3bccf420faa8c363d18"
"""The commit that was last released (CHANGELOG.md): an upgrade from it must replace nothing."""
GUARDS = (
    "BucketPublicAccessBlock", "BucketOwnershipControls", "BucketPolicy", "BucketVersioning",
    "BucketServerSideEncryptionConfiguration", "BucketLifecycleConfiguration",
)  # fmt: skip
SMALL = {"dependencyLayers": "false", "aws:region": "us-east-1"}
"""No layers: they take most of an upload, and are tried with the Terraform provider."""
LEFT_BY_A_SWITCH = {"update Secret": 1}
"""The provider sends no request for a secret that loses its key: it keeps the old one, and Pulumi shows a change
(terraform-provider-aws, internal/service/secretsmanager/secret.go)."""
ALWAYS_REPLACED = {"NamedQuery"}
"""Resources without data that the provider replaces for each change (internal/service/athena/named_query.go: a changed
text is a new saved query)."""
NOW_ABSENT = {"delete MetricAlarm"}
"""Alarms hold no data, and this release removes some: docs/decisions/0164-ten-alarms.md lists them."""
USERS_OF_THE_KEY = (":Table", ":Topic", ":Queue", ":LogGroup", ":Secret", ":BucketServerSideEncryptionConfiguration")
FEW_LINES = 60
PROGRESS = "@ "  # the engine prints one every few seconds


def expect(claim: bool, otherwise: str) -> None:
    """Raise Disagreement unless the claim holds."""
    if not claim:
        raise Disagreement(otherwise)


def unchanged(outcome: Operation, when: str) -> None:
    """Raise Disagreement unless nothing was touched."""
    expect(not outcome.touched, f"{when} changes {dict(outcome.touched)}")


def life(aws: EmbeddedAws, project: Path) -> str:
    """Deploy, preview, refresh and review a stack, and destroy it: its key stays."""
    stack, others = Stack("dev", project, SMALL), _enabled_keys(aws)
    first = stack.preview()
    expect(not first.of("update", "replace", "delete"), f"a preview of nothing: {dict(first.touched)}")
    expect(stack.up().touched == first.touched, "the first `up` did something else than its preview said")
    unchanged(stack.preview(), "a preview after the first `up`")
    unchanged(stack.refresh(), "a refresh")
    unchanged(stack.preview(), "a preview after a refresh")
    reviewable(stack, project)
    (key,) = _enabled_keys(aws) - others
    stack.destroy()
    expect(stack.kept() == set(), f"destroyed, and yet there is {sorted(stack.kept())}")
    expect(_usable(aws, key), f"the key {key} is no longer usable after `destroy`")
    return f"{sum(first.touched.values())} resources, no change by a second preview or a refresh"


def each_key(_aws: EmbeddedAws, project: Path) -> str:
    """Change each configuration key alone, and compare what it touches with the table."""
    stack = Stack("keys", project, SMALL)
    stack.up()
    wrong = keys(stack)
    stack.destroy()
    if wrong:
        raise Disagreement("\n".join(["configuration keys touch other resources than keys.toml says", *wrong]))
    return f"{len(tomllib.loads(KEYS.read_text(encoding='utf-8')))} configuration keys touch what the table says"


def switched(aws: EmbeddedAws, project: Path) -> str:
    """Switch the key of a stack each way and back: no key that encrypted data is deleted."""
    stack = Stack("switched", project, SMALL)
    before = _enabled_keys(aws)
    stack.up()
    (own,) = _enabled_keys(aws) - before
    given = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    for switches in (
        {"customerManagedKey": "false"},
        {"customerManagedKey": None, "kmsKeyArn": _arn_of(aws, own)},
        {"kmsKeyArn": given},
        {"kmsKeyArn": None},
        {"kmsKeyArn": given},
        {"kmsKeyArn": None, "customerManagedKey": "false"},
    ):
        _switch(aws, stack, switches)
    stack.destroy()
    return "a switch of the key, each way, deletes none"


def _switch(aws: EmbeddedAws, stack: Stack, values: Mapping[str, str | None]) -> None:
    """Raise Disagreement unless a switch shows every user of the key, keeps every key, and leaves nothing to change."""
    keys_before, told = _enabled_keys(aws), ", ".join(f"{key} = {value}" for key, value in values.items())
    for key, value in values.items():
        if value is None:
            stack.remove(key)
        else:
            stack.configure(key, value)
    users = {name for name in stack.kept() if name[0].endswith(USERS_OF_THE_KEY)}
    users -= {name for name in users if name[0].endswith(":Secret") and _has(aws, name[1], values.get("kmsKeyArn"))}
    planned = {(urn.split("::")[2].rsplit("$", 1)[-1], urn.rsplit("::", 1)[1]) for _, urn in stack.preview().resources}
    expect(users <= planned, f"{told}: the switch does not touch {sorted(users - planned)}")
    stack.up()
    lost = keys_before - _enabled_keys(aws)
    expect(not lost, f"{told}: the switch took the keys {sorted(lost)}")
    left = dict(stack.preview().touched)
    allowed = LEFT_BY_A_SWITCH if values.get("customerManagedKey") == "false" else {}
    expect(left == allowed, f"{told}: a preview after the switch changes {left}")


def reviewable(stack: Stack, project: Path) -> None:
    """Raise Disagreement unless one changed number and one changed view show as a few readable lines."""
    changes = {
        "statemachine/pipeline.asl.json": ('"TimeoutSeconds": 86400', '"TimeoutSeconds": 86401'),
        "sql/views/quarantine.sql": ("SELECT", "SELECT /* reviewed */"),
    }
    before = {name: (project / name).read_text(encoding="utf-8") for name in changes}
    try:
        for name, (old, new) in changes.items():
            expect(old in before[name], f"{name} no longer has {old}")
            (project / name).write_text(before[name].replace(old, new, 1), encoding="utf-8")
        shown = stack.preview(diff=True).printed
    finally:
        for name, text in before.items():
            (project / name).write_text(text, encoding="utf-8")
    missing = [new for _, new in changes.values() if new not in shown]
    lines = sum(not line.startswith(PROGRESS) for line in shown.splitlines())
    expect(not missing and lines < FEW_LINES, f"a preview with --diff shows {lines} lines, and not {missing}")


def touched(stack: Stack, key: str, value: str) -> dict[str, int]:
    """Return the resources that a change of one configuration key would touch."""
    stack.configure(key, value)
    found = dict(sorted(stack.preview().touched.items()))
    if key in SMALL:
        stack.configure(key, SMALL[key])
    else:
        stack.remove(key)
    return found


def keys(stack: Stack) -> list[str]:
    """Return which configuration keys, changed alone, would touch other resources than the table says."""
    table = tomllib.loads(KEYS.read_text(encoding="utf-8"))
    found = {key: touched(stack, key, case["value"]) for key, case in table.items()}
    return [
        f"{key} = {case['value']!r}: {found[key]}, and not {case['touches']}"
        for key, case in table.items()
        if found[key] != case["touches"]
    ]


def written_again(_aws: EmbeddedAws, project: Path) -> str:
    """Rewrite the table of keys with the current values; read the change before you keep it."""
    stack = Stack("keys", project, SMALL)
    stack.up()
    head, lines = [line for line in KEYS.read_text(encoding="utf-8").splitlines() if line.startswith("#")], []
    for key, case in tomllib.loads(KEYS.read_text(encoding="utf-8")).items():
        told = ", ".join(f'"{name}" = {count}' for name, count in touched(stack, key, case["value"]).items())
        lines += ["", f"[{key}]", f"value = {json.dumps(case['value'])}", f"touches = {{ {told} }}"]
    KEYS.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    return f"{KEYS} is written again"


def protected(_aws: EmbeddedAws, project: Path) -> str:
    """Destroy a stack with `protectData`, with and without a preview: the data and its guards stay."""
    stack = Stack("prod", project, {**SMALL, "protectData": "true"})
    stack.up()
    before = stack.kept()
    code, said = stack.destroy_with_preview()
    expect(code != 0 and stack.kept() == before, f"`destroy` of a protected stack ended with {code}: {said[-500:]}")
    try:
        stack.destroy()
    except automation.CommandError as exc:
        expect("protect" in str(exc), f"`destroy` without a preview failed otherwise: {str(exc)[-500:]}")
    else:
        raise Disagreement("`destroy` without a preview ended well on a protected stack")
    kept = {(type_.rsplit(":", 1)[1], name) for type_, name in stack.kept()}
    needed = {(guard, f"spotify-lake-prod-{bucket}") for guard in ("Bucket", *GUARDS) for bucket in ("raw", "curated")}
    needed |= {("Key", "spotify-lake-prod-key"), ("Secret", "spotify-lake-prod-spotify")}
    expect(needed <= kept, f"`destroy` without a preview deleted {sorted(needed - kept)}")
    stack.up()
    expect(stack.kept() == before, "`up` did not bring back what was deleted")
    stack.configure("protectData", "false")
    stack.up()
    stack.destroy()
    expect(stack.kept() == set(), f"destroyed without protection, and yet there is {sorted(stack.kept())}")
    return f"{len(needed)} of {len(before)} resources stay"


def upgrade(_aws: EmbeddedAws, project: Path) -> str:
    """Deploy the last release, then this program: nothing is replaced or deleted."""
    packed = subprocess.run(["git", "archive", RELEASE], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        return "no upgrade: this checkout has no history"
    old = project.parent / "released"
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(old, filter="data")
    stack = Stack("upgraded", old, SMALL)
    stack.up()
    now = stack.on(project)
    planned = now.preview()
    lost = planned.of("replace", "delete", "create-replacement", "delete-replaced")
    lost = Counter({name: count for name, count in lost.items() if not _harmless(name)})
    expect(not lost, f"an upgrade from the last release would lose {dict(lost)}")
    now.up()
    unchanged(now.preview(), "a preview after an upgrade")
    now.destroy()
    return f"an upgrade updates {sum(planned.of('update').values())}, replaces and deletes none that holds data"


def _harmless(change: str) -> bool:
    return change in NOW_ABSENT or change.rsplit(" ", 1)[1] in ALWAYS_REPLACED


def _arn_of(aws: EmbeddedAws, key: str) -> str:
    return str(aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"])


def _has(aws: EmbeddedAws, secret: str, key: str | None) -> bool:
    """Return whether a secret has this key: it keeps a key that a switch to AWS's own removed (LEFT_BY_A_SWITCH)."""
    secrets = aws.client("secretsmanager")
    names = [each["Name"] for each in secrets.list_secrets()["SecretList"] if each["Name"].startswith(secret)]
    return key is not None and any(secrets.describe_secret(SecretId=name).get("KmsKeyId") == key for name in names)


def _enabled_keys(aws: EmbeddedAws) -> set[str]:
    keys = {str(each["KeyId"]) for each in aws.client("kms").list_keys()["Keys"]}
    return {key for key in keys if _usable(aws, key)}


def _usable(aws: EmbeddedAws, key: str) -> bool:
    return bool(aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled")

"""event-ruler, the matcher that EventBridge itself runs: the program's patterns on events that match or nearly match.

For each event the matcher, the embedded EventBridge and what the pattern is meant to match have to agree. Maven fetches
the matcher into the cache.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.event_ruler.events import Case, marker_cases, status_cases
from conformance.part import Disagreement, Part, cache
from local.aws import EmbeddedAws
from local.deployment import invokes
from local.deployment.calls import Calls
from local.deployment.configuration import merged, project_name
from local.deployment.deploy import PROJECT
from local.deployment.program import Handlers, run
from local.deployment.values import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pulumi.runtime.mocks import MockResourceArgs

VERSION = "1.8.1"
SOURCE = Path(__file__).with_name("Matches.java")
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>conformance</groupId><artifactId>event-ruler</artifactId><version>1</version><dependencies><dependency>
<groupId>software.amazon.event.ruler</groupId><artifactId>event-ruler</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
FETCHED_WITHIN_S = 300


def missing() -> str | None:
    """Return why the matcher cannot run here, or None; fetch it if it is not there."""
    for command, what in (("java", "Java 11 or newer, with its compiler"), ("mvn", "Maven")):
        if not shutil.which(command):
            return f"there is no {command} on the PATH: install {what}"
    modules = subprocess.run(["java", "--list-modules"], capture_output=True, encoding="utf-8", check=False).stdout
    if "jdk.compiler" not in modules:
        return "this Java has no compiler: install a JDK"
    return _fetched(cache("event-ruler") / VERSION)


def _fetched(folder: Path) -> str | None:
    """Return None once the matcher's jars are in the folder, or why they are not."""
    if (folder / "complete").is_file():
        return None
    folder.mkdir(exist_ok=True)
    (folder / "pom.xml").write_text(POM, encoding="utf-8")
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=FETCHED_WITHIN_S
        )
    except subprocess.TimeoutExpired:
        return f"Maven did not fetch event-ruler {VERSION} within {FETCHED_WITHIN_S} s"
    if done.returncode:
        said = next((line for line in done.stdout.splitlines() if line.startswith("[ERROR]")), "it gave no reason")
        return f"Maven could not fetch event-ruler {VERSION}: {said.removeprefix('[ERROR] ')[:200]}"
    (folder / "complete").touch()
    return None


def patterns(aws: EmbeddedAws) -> dict[str, str]:
    """Return the event patterns that the program registers, by the source of their events."""
    found: dict[str, str] = {}

    def register(_urn: str, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs: Any = plain(args.inputs)
        if args.typ == "aws:cloudwatch/eventRule:EventRule":
            found[json.loads(inputs["eventPattern"])["source"][0]] = inputs["eventPattern"]
        name = inputs.get("name", f"{args.name}-1a2b3c4")
        made = {"bucket": name, "arn": f"arn:aws:x:us-east-1:1:{name}", "keyId": name, "url": f"https://sqs/{name}"}
        return args.name, {"name": name, **made, **inputs}

    calls = Calls(aws)
    handlers = Handlers(register, lambda token, arguments: invokes.answer(token, arguments, calls))
    run(PROJECT / "__main__.py", project_name(PROJECT), "dev", merged(PROJECT, "dev", LAYERLESS), handlers)
    return found


LAYERLESS = {"dependencyLayers": "false"}  # building the layers would take longer than everything else here


def cases(registered: dict[str, str]) -> list[tuple[str, Case]]:
    """Return each event with the pattern it is for."""
    bucket = json.loads(registered["aws.s3"])["detail"]["bucket"]["name"][0]
    machine = json.loads(registered["aws.states"])["detail"]["stateMachineArn"][0]
    return [
        *((registered["aws.s3"], each) for each in marker_cases(bucket)),
        *((registered["aws.states"], each) for each in status_cases(machine)),
    ]


def ruler(given: Sequence[tuple[str, Case]]) -> list[bool]:
    """Return whether EventBridge's matcher matches each event."""
    jars = cache("event-ruler") / VERSION / "jars"
    lines = "".join(json.dumps([pattern, json.dumps(each.event)]) + "\n" for pattern, each in given)
    command = ["java", "-cp", f"{jars}/*", str(SOURCE)]
    done = subprocess.run(command, input=lines, capture_output=True, encoding="utf-8", check=True)
    return [line == "true" for line in done.stdout.splitlines()]


def embedded(given: Sequence[tuple[str, Case]], aws: EmbeddedAws) -> list[bool]:
    """Return whether the embedded EventBridge matches each event."""
    asked: Callable[..., Any] = aws.client("events").test_event_pattern
    return [bool(asked(EventPattern=pattern, Event=json.dumps(each.event))["Result"]) for pattern, each in given]


def compare(given: Sequence[tuple[str, Case]], real: Sequence[bool], ours: Sequence[bool]) -> None:
    """Raise Disagreement unless the matcher and the embedded EventBridge match exactly the events that they should."""
    differ = [
        f"{json.dumps(each.event['detail'])[:200]}: event-ruler {said}, embedded {told}, meant {each.meant}"
        for (_, each), said, told in zip(given, real, ours, strict=True)
        if not said == told == each.meant
    ]
    if differ:
        raise Disagreement("\n".join([f"{len(differ)} of {len(given)} events differ", *differ]))


def agree() -> str:
    """Compare all three on each event and return what agreed."""
    with tempfile.TemporaryDirectory() as state, EmbeddedAws.start(Path(state)) as aws:
        given = cases(patterns(aws))
        compare(given, ruler(given), embedded(given, aws))
    matched = sum(each.meant for _, each in given)
    return f"{VERSION}: the 2 patterns match {matched} of {len(given)} events, as they are meant to and as embedded"


PART = Part("event-ruler", missing, agree)

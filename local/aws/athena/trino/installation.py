"""Trino's jars in the user's cache: found there, or fetched from Maven Central by Maven.

The archive of the whole server has 900 MB and connectors for everything. Its two parts that are needed here, the server
and the Hive connector, are artifacts of their own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

VERSION = "435"
"""The last release that runs on Java 17 (https://trino.io/docs/current/release/release-436.html asks for Java 21)."""
JAVA = range(17, 23)
"""Trino's S3 and Glue clients call Subject.getSubject, which throws from Java 23 on (JEP 486 disables it in 24)."""
FETCHED_WITHIN_S = 420
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>trino</artifactId><version>1</version>
<dependencyManagement><dependencies><dependency><groupId>io.trino</groupId><artifactId>trino-root</artifactId>
<version>{VERSION}</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>
<dependencies><dependency><groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
WHAT_TO_DO = (
    f"Install a JDK {JAVA[0]} to {JAVA[-1]} and Maven (on Debian: apt-get install openjdk-17-jdk-headless maven)"
)


class NotInstalled(Exception):
    """Trino cannot run on this machine; the message says why and what to do."""


def folder() -> Path:
    """Return Trino's folder, outside the checkout: under XDG_CACHE_HOME or ~/.cache."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "spotify-lake" / f"trino-{VERSION}"


def installed() -> Path:
    """Return the folder of Trino's jars; fetch them if they are not there.

    Raises:
        NotInstalled: there is no such Java or no Maven, or Maven does not get them.
    """
    _require_java()
    found = folder()
    if not found.is_dir():
        if not shutil.which("mvn"):
            raise NotInstalled(f"There is no mvn on the PATH, which fetches Trino {VERSION}. {WHAT_TO_DO}.")
        found.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=found.parent, prefix="fetching-") as half:
            _fetch(Path(half))
            with suppress(FileExistsError, OSError):  # another process was faster
                (Path(half) / "trino").rename(found)
    return found


def _require_java() -> None:
    """Raise NotInstalled unless `java` is a version that runs Trino, with its compiler."""
    if not shutil.which("java"):
        raise NotInstalled(f"There is no java on the PATH. {WHAT_TO_DO}.")
    said = subprocess.run(["java", "--version"], capture_output=True, encoding="utf-8", check=False).stdout
    number = re.match(r"\w+ (\d+)", said)
    if number is None or int(number[1]) not in JAVA:
        told = said.splitlines()[0] if said.strip() else "a version older than 9"
        raise NotInstalled(f"Trino {VERSION} needs Java {JAVA[0]} to {JAVA[-1]}; java is {told}. {WHAT_TO_DO}.")
    modules = subprocess.run(["java", "--list-modules"], capture_output=True, encoding="utf-8", check=False).stdout
    if "jdk.compiler" not in modules:
        raise NotInstalled(f"This Java has no compiler. {WHAT_TO_DO}.")


def _fetch(half: Path) -> None:
    """Put a complete Trino into `half`/trino."""
    (half / "pom.xml").write_text(POM, encoding="utf-8")
    target = half / "trino"
    for goal in (
        ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={target / 'lib'}"],
        ["dependency:copy", f"-Dartifact=io.trino:trino-hive:{VERSION}:zip", f"-DoutputDirectory={half}"],
    ):
        _maven(half, goal)
    with zipfile.ZipFile(half / f"trino-hive-{VERSION}.zip") as connector:
        connector.extractall(target / "plugin")
    (target / "plugin" / f"trino-hive-{VERSION}").rename(target / "plugin" / "hive")


def _maven(folder: Path, goal: list[str]) -> None:
    command = ["mvn", "-q", "-B", *goal]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=FETCHED_WITHIN_S
        )
    except subprocess.TimeoutExpired as exc:
        raise NotInstalled(f"Maven did not fetch Trino {VERSION} within {FETCHED_WITHIN_S} s. Try again.") from exc
    if done.returncode:
        said = next((line for line in done.stdout.splitlines() if line.startswith("[ERROR]")), "it gave no reason")
        raise NotInstalled(f"Maven could not fetch Trino {VERSION}: {said.removeprefix('[ERROR] ')[:200]}")

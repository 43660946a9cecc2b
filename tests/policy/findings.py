"""A tool's finding about a resource, and the written reason for accepting it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.infra.recording import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

REVIEWED = ROOT / "policy" / "reviewed.toml"


@dataclass(frozen=True, order=True)
class Finding:
    """One finding of a tool: the check, the resource and the message."""

    tool: str
    check: str
    on: str
    says: str

    def __str__(self) -> str:
        """The finding as a line."""
        return f"{self.tool} {self.check} on {self.on}: {self.says}"


@dataclass(frozen=True)
class Reason:
    """Why findings of a kind are accepted. `on` is a pattern of resources; `about` quotes the tool's message."""

    tool: str
    check: str
    on: str
    because: str
    about: str = ""

    def covers(self, finding: Finding) -> bool:
        """Return whether the finding is one of those."""
        same = (finding.tool, finding.check) == (self.tool, self.check)
        return same and fnmatchcase(finding.on, self.on) and self.about in finding.says


def reviewed(*tools: str) -> list[Reason]:
    """Return the reasons written down for the findings of these tools."""
    written = tomllib.loads(REVIEWED.read_text())["finding"]
    return [Reason(**each) for each in written if each["tool"] in tools]


def complaints(findings: Iterable[Finding], reasons: Iterable[Reason]) -> list[str]:
    """Return the findings without a reason, and the reasons that no finding needs any more."""
    found, given = sorted(set(findings)), list(reasons)
    new = [str(each) for each in found if not any(reason.covers(each) for reason in given)]
    old = [
        f"{reason.tool} no longer says {reason.check} of {reason.on} {reason.about}".rstrip()
        for reason in given
        if not any(reason.covers(each) for each in found)
    ]
    return new + old

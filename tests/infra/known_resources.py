"""Writes down what the engine knows the dev stack's resources by: `python -m tests.infra.known_resources`.

A resource that is renamed, or stands under another component, has another URN: the engine would delete the one and
create the other, unless an alias says that they are the same.
"""

from __future__ import annotations

from pathlib import Path

from tests.infra.recording import program

KNOWN = Path(__file__).with_suffix(".txt")


def known() -> set[str]:
    """Return what was written down."""
    return set(KNOWN.read_text().splitlines())


if __name__ == "__main__":
    names = {each.known_as for each in program("dev").resources if each.custom}
    KNOWN.write_text("".join(f"{name}\n" for name in sorted(names)))

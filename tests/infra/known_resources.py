"""Write the names by which the engine knows the dev stack's resources: `python -m tests.infra.known_resources`.

A resource that is renamed or moved under another component has another URN: the engine would delete the old one and
create the new one, unless an alias states that they are the same.
"""

from __future__ import annotations

from pathlib import Path

from tests.infra.recording import program

KNOWN = Path(__file__).with_suffix(".txt")


def known() -> set[str]:
    """Return the recorded names."""
    return set(KNOWN.read_text().splitlines())


if __name__ == "__main__":
    names = {each.known_as for each in program("dev").resources if each.custom}
    KNOWN.write_text("".join(f"{name}\n" for name in sorted(names)))

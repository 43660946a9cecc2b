"""Keeps files of the contract as it is now, one a table: `python -m tests.functions.shared.contract_versions.keep`.

Run it once after changing the contract and raising its VERSION; files of past versions are never written again.
"""

from __future__ import annotations

from pathlib import Path

from functions.shared import contract
from tests.functions.transform.days import album, an_id, artist, envelope, raw, run, track

FOLDER = Path(__file__).parent


def keep() -> None:
    """Write one file a table, in a folder named after the version."""
    gone = envelope(None, status=404, url=f"https://api.spotify.com/v1/albums/{an_id(9)}")
    day = [
        raw("artists", envelope(artist(1))),
        raw("albums", envelope(album(1, [track(1), track(2, name="")])), gone),
    ]
    place = FOLDER / str(contract.VERSION)
    place.mkdir()
    for table, parts in run(day).parts.items():
        (place / f"{table}.parquet").write_bytes(parts[0])


if __name__ == "__main__":
    keep()

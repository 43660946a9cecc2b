"""Rows as the digest's questions select them."""

from __future__ import annotations

from typing import Any

DAY = "2019-05-07"
ID = "0" * 21 + "1"
OTHER = "0" * 21 + "2"


def album(name: str, kind: str = "released", album_id: str = ID, **more: object) -> dict[str, Any]:
    return {"found_on": DAY, "kind": kind, "album_id": album_id, "name": name, "artists": "Vega Halden",
            "album_type": "single", "total_tracks": 1, "released": "2019", "of_date": 1, **more}  # fmt: skip


def change(kind: str, entity: str, entity_id: str = ID, **more: object) -> dict[str, Any]:
    return {"found_on": DAY, "change": kind, "entity": entity, "entity_id": entity_id, "album_id": None,
            "name": "Low Tide", "new_value": None, "of_date": 1, **more}  # fmt: skip

"""Read Spotify's JSON without trusting its shape: a missing or odd value is None, never an error."""

from __future__ import annotations

from typing import cast

from functions.shared.ids import is_valid

Body = dict[str, object]


def an_object(value: object) -> Body:
    """Return `value` if it is an object, or an empty one."""
    return cast("Body", value) if isinstance(value, dict) else {}


def a_text(value: object) -> str | None:
    """Return `value` if it is a text that says something, or None."""
    return value if isinstance(value, str) and value else None


def items_of(page: Body) -> list[Body] | None:
    """Return the objects of a page, or None if it is not a page. Spotify sends nulls among them."""
    items = page.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None


def nulls_of(page: Body) -> int:
    """Return how many items of a page are not objects, or have an ID that is not valid."""
    items = page.get("items")
    return sum(_is_unusable(item) for item in items) if isinstance(items, list) else 0


def _is_unusable(item: object) -> bool:
    return not isinstance(item, dict) or (item.get("id") is not None and not is_valid(item["id"]))


def id_of(item: Body) -> str | None:
    """Return an item's ID if it is a valid one, or None: local files have none."""
    found = item.get("id")
    return str(found) if is_valid(found) else None


def artist_ids_of(item: Body) -> list[str]:
    """Return the ids of the artists an item names."""
    artists = item.get("artists")
    found = [id_of(an_object(artist)) for artist in artists] if isinstance(artists, list) else []
    return [artist for artist in found if artist]

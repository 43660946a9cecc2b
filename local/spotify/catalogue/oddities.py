"""Add real responses' oddities, each on an album of its own: a missing field, a float for an integer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Body = dict[str, Any]  # an answer in the making; it has one shape for each endpoint, profile and oddity

LONG = {"long": 67, "longer": 104, "barely_long": 51}
RECORDED = (
    "long", "script", "year_date", "floats", "null_item", "upper_type", "longer", "unicode", "month_date", "hole",
    "empty_name", "no_images", "zero_duration", "sparse", "null_id", "relinked", "drift", "barely_long", "no_total",
)  # fmt: skip
HARSH = ("surrogate", "nul", "year_zero", "huge_name", "fraction", "text_number", "no_name", "no_artists")
UNICODE_NAME = "Żółć ☾ نغمة 音の庭 👩🏽‍🚀 e\u0301\u200b \u202eback\u202c \u2028end"
INTEGERS = ("total_tracks", "duration_ms", "disc_number", "track_number", "popularity")


def album_names(oddity: str) -> str:
    """Return the name an album's oddity gives it, or nothing."""
    return {"unicode": UNICODE_NAME, "script": "<b>Bold</b> & “Quoted”, said 'O''Hara'"}.get(oddity, "")


def _floats(body: Body) -> None:
    for name in INTEGERS:
        if isinstance(body.get(name), int):
            body[name] = float(body[name])


def _drop(*names: str) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        for name in names:
            body.pop(name, None)

    return change


def _set(**values: object) -> Callable[[Body], None]:
    return lambda body: body.update(values)


def _shorten(length: int, precision: str) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        body["release_date"] = body["release_date"][:length]
        body["release_date_precision"] = precision

    return change


def _upper(body: Body) -> None:
    body["album_type"] = body["album_type"].upper()


def _local(body: Body) -> None:
    body.update(id=None, href=None, uri=f"spotify:local:::{body['track_number']}", is_local=True, external_urls={})


ALBUM: dict[str, Callable[[Body], None]] = {
    "year_date": _shorten(4, "year"),
    "month_date": _shorten(7, "month"),
    "upper_type": _upper,
    "floats": _floats,
    "no_images": _set(images=[]),
    "sparse": _drop("copyrights", "external_ids", "genres", "images"),
    "no_total": _drop("total_tracks"),
    "drift": _set(content_rating={"scheme": "invented", "value": 3}),
    "year_zero": _set(release_date="0000", release_date_precision="year"),
    "no_name": _drop("name"),
    "no_artists": _set(artists=[]),
}
FIRST_TRACK: dict[str, Callable[[Body], None]] = {
    "script": _set(name="<script>alert(1)</script>"),
    "unicode": _set(name=UNICODE_NAME),
    "empty_name": _set(name=""),
    "zero_duration": _set(duration_ms=0),
    "null_id": _local,
    "drift": _set(mastering="invented"),
    "surrogate": _set(name="half a pair \ud83d"),
    "nul": _set(name="nul\x00inside"),
    "huge_name": _set(name="again " * 4000),
    "fraction": _set(duration_ms=215_000.5),
    "text_number": _set(track_number="1"),
}
EVERY_TRACK: dict[str, Callable[[Body], None]] = {
    "floats": _floats,
    "sparse": _drop("external_ids", "preview_url", "is_local", "restrictions"),
}


def spoil_artist(index: int, body: Body) -> None:
    """Add oddities to some artists: one in twelve has no pictures, one in twelve has floats for numbers."""
    if index % 12 == 5:
        body["images"] = []
    if index % 12 == 7 and "followers" in body:
        _floats(body)
        body["followers"]["total"] = float(body["followers"]["total"])


def spoil_album(oddity: str, body: Body) -> None:
    """Add an album's oddity to its body, full or simplified."""
    if change := ALBUM.get(oddity):
        change(body)


def spoil_track(oddity: str, number: int, body: Body) -> None:
    """Add an album's oddity to its track's body; most oddities are on the first track."""
    if number == 1 and (change := FIRST_TRACK.get(oddity)):
        change(body)
    if change := EVERY_TRACK.get(oddity):
        change(body)

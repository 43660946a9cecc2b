"""`ops digest` tells what the views say of a date, in lines that no name can break."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from ops.digest import MOST_ITEMS, NAME, WIDTH, Digest, subject, text

if TYPE_CHECKING:
    from tests.ops.conftest import CommandLine

ID = "0" * 21 + "1"
OTHER = "0" * 21 + "2"


def album(name: str, kind: str = "released", **more: object) -> dict[str, Any]:
    return {"kind": kind, "album_id": ID, "name": name, "artists": "Vega Halden", "album_type": "single",
            "total_tracks": 1, "released": "2019", **more}  # fmt: skip


def change(kind: str, entity: str, entity_id: str = ID, **more: object) -> dict[str, Any]:
    return {"change": kind, "entity": entity, "entity_id": entity_id, "album_id": None, "name": "Low Tide",
            "new_value": None, **more}  # fmt: skip


def test_a_digest_reads_released_first_then_older_then_changes_then_what_was_not_checked() -> None:
    digest = Digest(
        "2019-05-01",
        [album("Old", "added to Spotify"), album("New")],
        [change("removed", "album"), change("changed", "track", OTHER, new_value="false")],
        ["3 artists were not checked: the budget is used up."],
    )
    assert subject(digest) == "2 new, 1 changed, 1 gone on 2019-05-01 (partial): Old, New"
    assert text(digest) == (
        f"RELEASED (1)\n\nVega Halden - New\nsingle, 1 track, 2019\nhttps://open.spotify.com/album/{ID}\n\n"
        f"ADDED TO SPOTIFY (1)\n\nVega Halden - Old\nsingle, 1 track, 2019\nhttps://open.spotify.com/album/{ID}\n\n"
        f"CHANGED (1)\n\nLow Tide (track): no longer playable\nhttps://open.spotify.com/track/{OTHER}\n\n"
        f"GONE (1)\n\nLow Tide (album): gone\nhttps://open.spotify.com/album/{ID}\n\n"
        "NOT CHECKED (1)\n\n3 artists were not checked: the budget\nis used up."
    )


def test_the_tracks_of_an_album_that_went_or_came_back_are_not_named_again() -> None:
    for kind in ("removed", "returned"):
        digest = Digest("2019-05-01", [], [change(kind, "album"), change(kind, "track", OTHER, album_id=ID)], [])
        assert [each["entity"] for each in digest.gone + digest.changed] == ["album"]


def test_a_day_without_news_says_so() -> None:
    digest = Digest("2019-05-01", [], [], [])
    assert (subject(digest), text(digest)) == ("Nothing new on 2019-05-01", "Nothing new, changed or gone.")


def test_a_section_counts_all_and_lists_the_first() -> None:
    told = text(Digest("2019-05-01", [album("New")] * (MOST_ITEMS + 1_234), [], []))
    assert told.startswith(f"RELEASED ({MOST_ITEMS + 1_234:,})")
    assert told.count("Vega Halden - New") == MOST_ITEMS
    assert told.endswith("… and 1,234 more")


def test_a_name_without_ascii_stays_out_of_the_subject_and_an_accent_does_not_keep_it_out() -> None:
    assert subject(Digest("2019-05-01", [album("夜"), album("Élan")], [], [])) == "2 new on 2019-05-01: Elan"


def test_a_subject_names_only_what_fits_below_100_characters() -> None:
    lengths = {len(subject(Digest("2019-05-01", [album("a" * size)], [], []))) for size in range(1, NAME)}
    assert max(lengths) == 99


HOSTILE = st.one_of(
    st.text(max_size=4 * NAME),
    st.sampled_from(["a\r\nSubject: b", "\x1b[31m", "\u202egnp", "\ud800", "https://a.example/", "WWW.a.example"]),
)


@given(names=st.lists(HOSTILE, max_size=5), reason=HOSTILE)
def test_no_name_breaks_a_line_or_brings_a_link(names: list[str], reason: str) -> None:
    digest = Digest("2019-05-01", [album(name, artists=name) for name in names], [], [reason])
    headline, body = subject(digest), text(digest)
    assert headline.isascii()
    assert headline.isprintable()
    assert len(headline) < 100
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202f\ud800-\udfff]", body)
    links = re.findall(r"(?i)\S*(?:://|\bwww\.)\S*", body)
    assert links == [f"https://open.spotify.com/album/{ID}"] * len(names)
    assert all(len(line) <= WIDTH for line in body.split("\n") if line not in links)


def test_digest_shows_the_latest_published_date(local_ops: CommandLine, published: str) -> None:
    told = local_ops("digest", "--local", "--json")
    assert told.code == 0
    said = json.loads(told.out)
    assert said["snapshot_date"] == published
    assert local_ops("digest", published, "--local").out == f"{said['subject']}\n\n{said['text']}\n"


def test_digest_of_a_date_that_is_not_published_is_a_sentence(local_ops: CommandLine, published: str) -> None:
    told = local_ops("digest", "2019-01-01", "--local")
    assert (told.code, "2019-01-01 is not published." in told.err) == (1, True)

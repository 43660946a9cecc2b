"""In a chat, a digest is a custom notification of Amazon Q within its limits, and no name in it acts as markup."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.digest import message as digest_message
from functions.digest.chat import notification, unmarked
from functions.digest.digest import Digest, Known
from functions.digest.message import message
from functions.digest.text import subject, text
from tests.functions.digest.rows import DAY, ID, OTHER, album, change

# The bounds are repeated here, so that a changed bound fails a test.
from tests.often import one_in

TITLE, DESCRIPTION, MOST_BYTES = 250, 8_000, 256 * 1024
MARKUP = {
    "mention of everybody": "<!channel>",
    "mention": "@here",
    "bold": "*a*",
    "italics": "_a_",
    "code": "`a`",
    "link": "<https://a.example|b>",
    "link of Teams": "[b](https://a.example)",
    "entity": "&lt;!channel&gt;",
    "emoji": ":smile:",
    "channel": "#general",
}


def described(digest: Digest) -> str:
    return str(notification(digest)["content"]["description"])


def test_a_notification_lists_what_the_mail_says() -> None:
    digest = Digest(
        DAY,
        [album("Old", "added to Spotify"), album("New")],
        [change("changed", "track", OTHER, new_value="true"), change("removed", "album")],
        ["3 artists were not checked."],
        Known(1, 1, 2, 3),
        unconfirmed=["2019-05-01"],
    )
    assert notification(digest) == {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": "2 new, 1 changed, 1 gone on 2019-05-07 (partial)",
            "description": "Following 1 artist. Known so far: 1 artist, 2 albums, 3 tracks.\n"
            f"• Released: Vega Halden - New, single, 1 track, released 2019 https://open.spotify.com/album/{ID}\n"
            f"• Added to Spotify: Vega Halden - Old, single, 1 track, released 2019 https://open.spotify.com/album/{ID}\n"
            f"• Changed: Low Tide (track): playable again https://open.spotify.com/track/{OTHER}\n"
            f"• Gone: Low Tide (album): gone https://open.spotify.com/album/{ID}\n"
            "• Not checked: 3 artists were not checked.\n"
            "The next daily run checks the rest.\n"
            "The message of 2019-05-01 may not have been sent. See it with: ops digest 2019-05-01",
        },
    }


@pytest.mark.parametrize("name", MARKUP.values(), ids=MARKUP)
def test_markup_in_a_name_is_text(name: str) -> None:
    digest = Digest(DAY, [album(name, artists=name)], [change("removed", "album", name=name)], [name])
    told = described(digest).replace("https://open.spotify.com/", "")
    assert not re.search(r"[<>*_~`|\\@#&\[\]]|://|:[a-z]+:", told)
    assert "Not checked" in told
    assert unicodedata.normalize("NFKC", unmarked(name)) == name, "a person reads the same"


@given(names=st.lists(st.text(max_size=400), max_size=200), reasons=st.lists(st.text(max_size=2_000), max_size=30))
def test_a_message_fits_whatever_the_names_are(names: list[str], reasons: list[str]) -> None:
    albums = [album(name, artists=name) for name in names]
    fits(Digest(DAY, albums, [change("removed", "track", name=name) for name in names], reasons))


@pytest.mark.parametrize(
    "filler", one_in(4, ["\U0001f600", '"', "\\", "a"]), ids=["four bytes", "quotes", "backslashes", "plain"]
)
def test_the_largest_digest_fits_and_counts_what_it_leaves_out(filler: str) -> None:
    name = filler * 300
    albums = [album(name, kind, artists=name) for kind in ("released", "added to Spotify")] * 2_000
    changes = [change(kind, "artist", name=name) for kind in ("returned", "removed")] * 2_000
    digest = Digest(DAY, albums, changes, [filler * 2_000] * 50)
    fits(digest)
    sent = json.loads(message(digest)["Message"])
    assert re.search(r"… and [\d,]+ more", sent["email"])
    assert re.search(r"… and [\d,]+ more", json.loads(sent["default"])["content"]["description"])


def test_a_description_is_filled_as_far_as_it_goes() -> None:
    """It has as many lines as the chat accepts; one more line would not fit."""
    row = album("a" * 100)
    line = len(described(Digest(DAY, [row], []))) + 1
    told = described(Digest(DAY, [row] * 200, []))
    assert DESCRIPTION - 2 * line < len(told) <= DESCRIPTION
    left = 200 - told.count("Released")
    assert told.endswith(f"\n… and {left} more")


@pytest.mark.parametrize(("fewer", "told"), [(0, 3), (1, 2)])
def test_a_description_has_just_room_for_its_items_and_a_count(
    fewer: int, told: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = Digest(DAY, [album("a")] * 3, [], ["A reason."], unconfirmed=["2019-05-01"])
    room = len(described(digest)) + len("\n… and 1,000,000,000 more") - fewer
    monkeypatch.setattr("functions.digest.chat.DESCRIPTION", room)
    assert described(digest).count("Released") == told


@pytest.mark.parametrize("length", range(30, 42))
def test_the_count_of_what_is_left_out_has_room_however_long_the_lines_are(length: int) -> None:
    digest = Digest(DAY, [album("a" * length, artists="")] * 5_000, [], ["A reason."])
    assert DESCRIPTION - 300 < len(described(digest)) <= DESCRIPTION


def test_a_chat_is_told_the_first_five_reasons_and_how_many_there_are_besides() -> None:
    for reasons, more in ((5, ""), (6, "… and 1 more"), (9, "… and 4 more")):
        told = described(Digest(DAY, [], [], [f"reason {number}." for number in range(reasons)]))
        assert (told.count("• Not checked:"), more in told, "more" in told) == (5, True, bool(more))


def fits(digest: Digest) -> None:
    sent = message(digest)
    assert len(sent["Message"].encode()) <= MOST_BYTES
    forms = json.loads(sent["Message"])
    content = json.loads(forms["default"])["content"]
    assert 0 < len(content["title"]) <= TITLE
    assert 0 < len(content["description"]) <= DESCRIPTION
    assert len(sent["Subject"]) < 100


def test_mail_gets_text_and_every_other_protocol_the_notification() -> None:
    digest = Digest(DAY, [album("New")], [])
    sent = message(digest)
    forms = json.loads(sent["Message"])
    assert (sent["MessageStructure"], sent["Subject"]) == ("json", subject(digest))
    assert (forms["email"], json.loads(forms["default"])) == (text(digest), notification(digest))


@pytest.mark.parametrize(("over", "shorter"), [(0, False), (1, True)])
def test_a_message_of_just_what_sns_takes_is_sent_whole(
    over: int, shorter: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert digest_message.MOST_BYTES == MOST_BYTES
    long = Digest(DAY, [album("Ü")] * 20, [], [])
    whole = message(long)["Message"]
    monkeypatch.setattr("functions.digest.message.MOST_BYTES", len(whole.encode()) - over)
    assert (len(message(long)["Message"]) < len(whole)) is shorter

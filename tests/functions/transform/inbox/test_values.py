"""Each layout and encoding of the inbox gives the same records; damage rejects only the damaged ones, with a reason."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from functions.transform.inbox import containers, values, window
from functions.transform.inbox.found import Rejected
from functions.transform.inbox.window import STRING
from tests.functions.transform.days import album, an_id, artist, envelope, full_track, inbox, mention, page, run, track
from tests.often import some

if TYPE_CHECKING:
    import re

    from tests.functions.transform.days import Json, Written

pytestmark = pytest.mark.dateless("a pure function of objects that carry their dates")
TWO = [artist(1), artist(2)]
LAYOUTS = {
    "two on one line": json.dumps(TWO[0]) + json.dumps(TWO[1]),
    "what jq writes": "\n".join(json.dumps(each, indent=2) for each in TWO),
    "pretty without indent": "".join(json.dumps(each, indent=0) for each in TWO),
    "blank lines": "\n\n \r\n".join(map(json.dumps, TWO)) + "\n\n",
    "a list over lines": json.dumps(TWO, indent=4),
    "a list of one line each": "[\n" + ",\n".join(map(json.dumps, TWO)) + "\n]\n",
    "lists in lists": json.dumps([[[TWO[0]], []], TWO[1]], indent=1),
    "one line, then pretty": json.dumps(TWO[0]) + "\r\n" + json.dumps(TWO[1], indent=2),
    "what jq --seq writes": "".join(f"\x1e{json.dumps(each)}\n" for each in TWO),
    "a mark before each": "\ufeff" + json.dumps(TWO[0]) + "\n\ufeff" + json.dumps(TWO[1], indent=2),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


def dropped(text: str | bytes, name: str = "a.json") -> Written:
    return run([(inbox(name)[0], text.encode() if isinstance(text, str) else text)])


def numbers(written: Written, table: str = "artists") -> list[int]:
    return [int(row[f"{table[:-1]}_id"]) for row in written.rows[table]]


def albums(written: Written) -> list[int]:
    """Return the albums of the tracks."""
    return [int(row["album_id"]) for row in written.rows["tracks"]]


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("encoding", some({"utf-8", "utf-16"}, ENCODINGS))
def test_each_layout_in_each_encoding_is_read(text: str, encoding: str) -> None:
    body = text.removeprefix("\ufeff").encode(encoding)
    for written in dropped(body), dropped(gzip.compress(gzip.compress(body)), "a.ndjson.gz"):
        assert (numbers(written), written.reasons()) == ([1, 2], [])


def test_latin_1_costs_the_records_with_letters_that_are_not_ascii() -> None:
    text = "\n".join(json.dumps(artist(number, name=name), ensure_ascii=False) for number, name in enumerate("aüb", 1))
    written = dropped(text.encode("latin-1"))
    assert (numbers(written), written.reasons()) == ([1, 3], [["line: not UTF-8"]])


@pytest.mark.parametrize(("encoding", "bad"), [("utf-16-le", b"\x00\xd8"), ("utf-32-be", b"\x00\x11\x00\x00")])
def test_what_is_not_in_the_encoding_costs_its_record(encoding: str, bad: bytes) -> None:
    one, two, three = (json.dumps(artist(number)).encode(encoding) for number in (1, 2, 3))
    cut = two.index("Artist".encode(encoding))
    written = dropped(one + two[:cut] + bad + two[cut:] + three)
    assert (numbers(written), written.reasons()) == ([1, 3], [[f"line: not {encoding.upper()}"]])


def test_too_many_layers_of_gzip_are_refused() -> None:
    body = json.dumps(artist(1)).encode()
    for _ in range(6):
        body = gzip.compress(body)
    assert dropped(body).reasons() == [["object: more than 4 layers of gzip"]]


CONCATENATED = "".join(json.dumps(each) for each in [*TWO, artist(3)])
PRETTY = json.dumps([*TWO, artist(3)], indent=2)
LINES = "\n".join(json.dumps(each) for each in [*TWO, artist(3)])
TRACKS = json.dumps([full_track(5), full_track(6)])
ALBUM_PAGE = json.dumps(
    page([track(1), track(2), track(3)], href=f"https://api.spotify.com/v1/albums/{an_id(9)}/tracks"), indent=1
)
DAMAGED = {
    "a lost closing quote": (CONCATENATED.replace('Artist 2"', "Artist 2"), [1, 3], "line: not JSON"),
    "a lost opening quote": (CONCATENATED.replace('"Artist 2', "Artist 2"), [1, 3], "line: not JSON"),
    "a lost brace, concatenated": (CONCATENATED.replace('2"}}{', '2"}{'), [1, 3], "line: not JSON"),
    "a lost brace in a list": (PRETTY.replace('2"\n    }', '2"\n    '), [1, 3], "line: not JSON"),
    "a brace too many": (json.dumps([*TWO, artist(3)]).replace('2"}}', '2"}}}'), [1, 2, 3], "line: not JSON"),
    "a bracket in place of a brace": (json.dumps([*TWO, artist(3)]).replace('2"}}', '2"}]'), [1, 3], "line: not JSON"),
    "a bracket that was opened twice": (PRETTY.replace("[", "[{", 1), [1, 2, 3], "line: not JSON"),
    "a list in it not closed": (PRETTY.replace("]", "", 1), [2, 3], "line: not JSON"),
    "a lost colon": (LINES.replace('"name": "Artist 2"', '"name" "Artist 2"'), [1, 3], "line: not JSON"),
    "a line that breaks off": (LINES[:230] + LINES[LINES.index("\n") :], [2, 3], "line: not JSON"),
    "a line that breaks off in a list": (LINES.replace('"ambient"]', '"amb\n', 1), [2, 3], "line: not JSON"),
    "words between lines": (LINES.replace("\n", "\nwhat is this?\n", 1), [1, 2, 3], "line: not JSON"),
    "a zero byte in a text": (LINES.replace("Artist 2", "Art\x00ist"), [1, 3], "line: not JSON"),
    "cut in the last record": (PRETTY[:-200], [1, 2], values.BREAKS_OFF),
    "cut between records": (PRETTY[: PRETTY.index("  },\n  {") + 4], [1], values.BREAKS_OFF),
    "a bracket that closes nothing": (LINES + "\n]", [1, 2, 3], "line: not JSON"),
    "a number among the records": ("[17, " + PRETTY[1:], [1, 2, 3], "line: not an object"),
}


@pytest.mark.parametrize(("text", "expected", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_damage_costs_the_record_that_it_is_in_and_is_refused_once(text: str, expected: list[int], reason: str) -> None:
    written = dropped(text)
    assert (numbers(written), written.reasons()) == (expected, [[reason]])


def test_what_a_damaged_track_or_album_mentions_is_no_record() -> None:
    written = dropped(json.dumps([track(5), album(6, [])]).replace('"type": "album"', "type").replace('"track"', "x"))
    assert [numbers(written, table) for table in ("artists", "albums", "tracks")] == [[], [], []]


def test_the_tracks_of_a_damaged_album_stay_on_it() -> None:
    text = json.dumps(album(6, [track(1), track(2)])).replace('"label": "Own"', '"label": Own')
    written = dropped(text)
    assert (numbers(written, "tracks"), albums(written)) == ([1, 2], [6, 6])
    assert (written.rows["albums"], written.reasons()) == ([], [["line: not JSON"]])


def test_a_broken_time_around_a_record_is_not_given_with_it() -> None:
    written = dropped(json.dumps(envelope(artist(1)) | {"more": 1}).replace("2026-", "2026\\q", 1))
    assert (numbers(written), written.reasons()) == ([1], [])


def test_items_of_a_damaged_page_keep_the_album_that_its_address_names() -> None:
    written = dropped(ALBUM_PAGE.replace('"Track 2"', "Track 2"))
    assert (numbers(written, "tracks"), albums(written)) == ([1, 3], [9, 9])


@pytest.mark.parametrize(
    "around",
    [
        {"artists": [artist(number) for number in range(1, 60)]},
        {"artists": page([artist(number) for number in range(1, 60)]), "more": [1, {"id": 2}]},
        envelope({"artists": [*[artist(number) for number in range(1, 60)], None]}),
        {"items": [{"track": full_track(number)} for number in range(1, 60)]},
        [envelope(artist(number)) for number in range(1, 60)],
    ],
    ids=["a group", "a search", "an envelope", "a playlist's items", "a list of envelopes"],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_too_long_to_hold_is_read_as_it_would_be_whole(
    around: Any, indent: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(around, indent=indent)
    whole = dropped(text)
    monkeypatch.setattr(containers, "LONGEST_PAGE", 1_000)
    one_by_one = dropped(text)
    for name, size in {"LONGEST_VALUE": 5_000, "FIRST_TRY": 100, "TRIM": 1_000}.items():
        monkeypatch.setattr(window, name, size)
    cut = dropped(text)
    assert len(whole.rows["artists"] + whole.rows["tracks"]) == 59
    for each in one_by_one, cut:
        assert (each.rows, each.reasons()) == (whole.rows, whole.reasons())
        assert each.summary["conservation"]["inbox"]["nulls"] == whole.summary["conservation"]["inbox"]["nulls"]


@pytest.mark.parametrize(
    "page",
    [
        {"artists": [artist(1), artist(2)], "error": {"status": 500}},
        {"type": "page", "artists": [artist(1), artist(2)]},
        {"items": [], "note": "x" * 2_000},
        envelope({"artists": [artist(1)], "albums": []}),
    ],
    ids=["an error", "with a type", "without records", "with one record"],
)
def test_a_long_page_that_says_more_than_its_records_is_read_whole(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = dropped(json.dumps(page))
    monkeypatch.setattr(containers, "LONGEST_PAGE", 100)
    found = dropped(json.dumps(page))
    assert (found.rows, found.reasons()) == (expected.rows, expected.reasons())


def test_a_long_page_is_read_record_by_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "LONGEST_PAGE", 100)
    found = values.Values(iter([json.dumps({"items": [artist(1), artist(2)]})]))
    assert [json.loads(each.text) for each in found] == [{"items": [artist(1)]}, {"items": [artist(2)]}]  # type: ignore[union-attr]  # none is refused


def test_what_the_end_cuts_breaks_off_with_all_that_is_around_it() -> None:
    text = json.dumps(album(6, [track(1), track(2)]))
    written = dropped(text[: text.index(an_id(2))])
    assert (numbers(written, "tracks"), written.reasons()) == ([1], [[values.BREAKS_OFF]] * 2)


def test_a_record_that_is_too_long_is_refused_with_that_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps([artist(1), artist(2, extra="x" * 9_000), artist(3)])
    for name, size in {"LONGEST_VALUE": 5_000, "FIRST_TRY": 100, "TRIM": 1_000}.items():
        monkeypatch.setattr(window, name, size)
    written = dropped(text)
    assert (numbers(written), written.reasons()) == ([1, 3], [[values.TOO_LONG]])


def test_nesting_that_is_too_deep_is_refused_and_what_follows_is_read() -> None:
    written = dropped("[" * 300 + "\n" + json.dumps(artist(1)) + "\n" + '{"a":' * 2_000 + "\n" + json.dumps(artist(2)))
    assert numbers(written) == [1, 2]
    assert ["line: nested deeper than 200 levels"] in written.reasons()


def test_a_line_number_is_that_of_a_record_s_first_line() -> None:
    text = json.dumps([artist(1), artist(2, name="")], indent=2)
    (refused,) = dropped(text).rows["quarantine"]
    assert refused["source_line"] == text[: text.index(an_id(2))].count("\n")


def test_past_the_first_thousand_refused_records_are_counted_only() -> None:
    written = dropped("1\n" * 2_500 + json.dumps(artist(1)))
    counted = written.summary["conservation"]["inbox"]
    assert (counted["quarantined"], counted["unkept"], counted["written"]) == (2_500, 1_500, 1)
    assert written.summary["reasons"] == {"line: not an object": 2_500}
    assert [row["source_line"] for row in written.rows["quarantine"]] == list(range(1, 1_001))


def test_an_envelope_in_a_list_keeps_its_time() -> None:
    written = dropped(json.dumps([envelope(artist(1)), envelope(album(2, [track(3)]))], indent=1))
    assert [row["observed_at"].hour for row in written.rows["artists"] + written.rows["albums"]] == [6, 6]


def test_a_list_of_mentions_is_read_where_it_stands_by_itself() -> None:
    assert numbers(dropped(json.dumps([mention(1), mention(2)]))) == [1, 2]


@pytest.mark.parametrize("key", ['"', 'artists"', '"art\nists"', '"artists"what?'])
def test_damage_to_the_key_of_a_page_costs_none_of_its_records(key: str) -> None:
    """The page was taken for one of playlists, whose key came last."""
    written = dropped(json.dumps({"playlists": page([1]), "artists": page(TWO)}).replace('"artists"', key, 1))
    assert numbers(written) == [1, 2]
    assert ["line: not JSON"] in written.reasons()


def test_what_ends_in_the_middle_of_a_mention_is_no_record_of_the_mentioned() -> None:
    """Damage to the bracket before a mention leaves one object with the fields of both, and the last of equal ones."""
    first, second = full_track(5, artists=[]), album(6, artists=[])
    cut = [
        json.dumps(first).replace("}", "", 1)[:-1] + ", " + json.dumps(mention(1))[1:],
        json.dumps(second)[:-1] + ", " + json.dumps(mention(1))[1:],
        json.dumps(track(7))[:-1] + ", " + json.dumps({"id": an_id(6), "name": "Album", "type": "album"})[1:],
    ]
    written = dropped("[" + ",\n".join(cut) + "]")
    assert {table: numbers(written, table) for table in ("artists", "albums")} == {"artists": [], "albums": []}
    assert len(written.reasons()) >= len(cut)


@pytest.mark.parametrize(
    "half",
    [
        {"album": {"id": an_id(1), "name": "Album"}, "artists": [mention(1)], "disc_number": 1},
        {"artists": [mention(1)], "external_ids": {"isrc": "QZABC2600001"}},
        {"href": "https://api.spotify.com/v1/albums/x", "copyrights": [], "artists": [mention(1)]},
    ],
    ids=["of a track", "of another", "of an album"],
)
def test_the_first_half_of_an_entity_without_its_id_is_no_group_of_what_it_mentions(half: Json) -> None:
    written = dropped(json.dumps(half) + "\n" + json.dumps(artist(2)))
    assert (numbers(written), written.reasons()) == (
        [2],
        [["answer: neither its type nor its fields say what it is"]],
    )


def test_what_breaks_off_before_a_line_of_its_own_has_a_reason_though_its_tracks_are_read() -> None:
    broken = json.dumps({"label": "Own", "tracks": page([full_track(7)])})[:-1]
    written = dropped(broken + "\n" + json.dumps(artist(2)))
    assert (numbers(written, "tracks"), numbers(written), written.reasons()) == ([7], [2], [["line: not JSON"]])


@pytest.mark.parametrize("broken", ['"label", "popularity": 1', '"label": , "popularity": 1'])
def test_a_key_without_a_value_is_a_reason_though_the_tracks_are_read(broken: str) -> None:
    written = dropped(json.dumps({"label": "Own", "tracks": page([full_track(7)])}).replace('"label": "Own"', broken))
    assert (numbers(written, "tracks"), written.reasons()) == ([7], [["line: not JSON"]])


def test_the_keys_of_a_long_object_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """An artist of 256 MB with another key every 15 characters took 2 GB."""
    monkeypatch.setattr(window, "LONGEST_VALUE", window.FIRST_TRY)
    tracemalloc.start()
    found = list(values.Values(f'"k{number}":1,' if number else '{"id":"a",' for number in range(12_000)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [each.reason for each in found if isinstance(each, Rejected)] == [values.BREAKS_OFF]
    assert most < 1 << 20


@pytest.mark.parametrize(
    ("entity", "table"),
    [
        (album(6, artists=[], explicit=True), "albums"),
        (full_track(5, artists=[], album_type="single", total_tracks=1), "tracks"),
        (artist(2, total_tracks=9), "artists"),
    ],
    ids=["an album that says explicit", "a track with fields of its album", "an artist with a count"],
)
def test_a_field_of_another_kind_alone_is_drift_and_no_damage(entity: Json, table: str) -> None:
    written = dropped(json.dumps(entity))
    assert len(numbers(written, table)) == 1
    assert written.reasons() == []


def test_the_end_of_an_album_that_was_cut_in_two_in_a_page_has_a_reason() -> None:
    """It looks like the end of the container around it, which was a page, of which nothing else is lost."""
    end = json.dumps({"artists": [mention(1)], "tracks": page([track(7)])})
    first, second = (json.dumps(album(number, artists=[])) for number in (4, 5))
    written = dropped(f'{{"albums": {{"items": [{first}{end}, {second}]}}}}')
    assert (numbers(written, "albums"), written.reasons()) == ([4, 5], [["line: not JSON"]])


def test_escaped_quotes_of_a_string_that_does_not_end_are_not_each_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The time would grow with the square: a megabyte of JSON inside a string that breaks off would take hours."""
    reads = []

    class Counting:
        def match(self, text: str, at: int = 0) -> re.Match[str] | None:
            reads.append(at)
            return STRING.match(text, at)

    monkeypatch.setattr(window, "STRING", Counting())
    cut = json.dumps({"id": an_id(1), "type": "artist", "name": json.dumps([artist(3)] * 50)})[:-20]
    written = dropped(f"{json.dumps(artist(2))}\n{cut}\n{json.dumps(artist(4))}\n")
    assert numbers(written) == [2, 4]
    assert cut.count('\\"') > 1_000
    assert len(reads) < 200


@pytest.mark.parametrize("end", ["", "\\", '\\"', "\\\n", '"'], ids=["cut", "backslash", "escape", "line", "closed"])
def test_a_string_that_is_too_long_ends_with_the_object(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A last backslash was read with a following character that does not exist: the reading never ended."""
    monkeypatch.setattr(window, "LONGEST_VALUE", 5_000)
    for before in ("", '{"name":'):
        written = dropped(f'{json.dumps(artist(1))}\n{before}"{"x" * 40_000}{end}')
        assert (numbers(written), len(written.reasons())) == ([1], 1)


@pytest.mark.parametrize("cut", range(1, 6))
def test_an_escaped_quote_that_arrives_in_two_pieces_ends_no_string(cut: int) -> None:
    text = '"x\\"y",'
    read = window.Window(iter([text[:cut], text[cut:]]))
    read.fill(1)
    read.skip_string()
    assert read.next() == ","

"""The faults of a soak, drawn from a seed: in Spotify's responses, the Lambda, people's actions, and stored data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from functions.extract.raw.store import packed
from functions.shared import keys
from tests.functions.extract.world import Killed
from tests.local.spotify.transport import SimulatedTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.extract.world import World

BRIEF = (
    "not_found", "server_error", "retry_after_short", "retry_after_long", "retry_after_absent",
    "retry_after_not_a_number", "retry_after_negative", "retry_after_date", "plain_text_429", "html_502", "html_200",
    "token_expired", "forbidden", "bad_request", "empty_body", "broken_json", "not_an_object", "null_body",
    "redirect_to_foreign_host", "closed", "quota_exceeded", "next_to_foreign_host", "next_to_itself",
    "empty_page_with_next", "null_items", "short_page", "total_lies", "doubled_item",
)  # fmt: skip
LASTING = ("not_found", "server_error")
HOSTILE_NAMES = (
    "=HYPERLINK(\"http://example.net\")", "\x1b[31mred\x1b[0m", "a\u0000b", "\u202eright to left", "name\nof two lines",
    "🎵" * 50, "x" * 5000, "'); DROP TABLE albums; --", "\ud800 half a pair", "", "  ", "null",
)  # fmt: skip
BAD_IDS: tuple[object, ...] = ("abc", "a/b/../c", "line\nbreak", "\ud800", "x" * 1100, "z" * 22, 7, "", None)
STRAY = {
    ".DS_Store": b"\x00\x01Bud1",
    "_SUCCESS": b"",
    "A.JSON": b"{not json",
    "empty.json": b"",
    "notes.txt": b"hello",
}


@dataclass
class Faults:
    """The faults of each day. `met` counts the drawn faults, by kind."""

    made: World
    seed: int
    lasting: list[tuple[str, str, str]] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)

    def begin(self, day: str) -> None:
        """Draw the faults of a day and put them in place."""
        dice = Random(f"{self.seed}/{day}")
        self.calm()
        self.lasting = [each for each in self.lasting if each[2] > day]
        for _ in range(dice.randint(0, 4)):
            self._brief(dice)
        if dice.random() < 0.4:
            self._last(dice, day)
        for kind, path, _ in self.lasting:
            self.made.control.inject(kind, path=path, times=None)
        for chance, fault in ((0.3, self._hostile), (0.2, self._kill), (0.2, self._stray), (0.1, self._state)):
            if dice.random() < chance:
                fault(dice, day)

    def calm(self) -> None:
        """End all faults."""
        self.made.control.clear_faults()
        self.made.control.lift_bans()
        self.made.instead = lambda _: None
        self.made.before_call = lambda: None

    def _note(self, kind: str) -> None:
        self.met[kind] = self.met.get(kind, 0) + 1

    def _brief(self, dice: Random) -> None:
        kind, group = dice.choice(BRIEF), dice.choice(("artists", "artist_albums", "albums", "album_tracks", "tracks"))
        self._note(kind)
        self.made.control.inject(kind, group=group, times=dice.randint(1, 6), after=dice.randint(0, 10))

    def _last(self, dice: Random, day: str) -> None:
        """Let Spotify fail for one entity over some days."""
        document = self.made.frontier()
        artist, album = _any(dice, document["artists"]), _any(dice, document["albums"])
        path = dice.choice([f"/artists/{artist}$", f"/artists/{artist}/albums$", *[f"/albums/{album}$"] * 2])
        kind = dice.choice(LASTING)
        self._note(f"{kind} for days")
        until = date.fromisoformat(day) + timedelta(days=dice.randint(2, 9))
        self.lasting.append((kind, path, until.isoformat()))

    def _hostile(self, dice: Random, _day: str) -> None:
        """Let some responses bear hostile names, IDs and ETags."""
        self._note("hostile bodies")
        network = SimulatedTransport(self.made.spotify)

        def instead(request: httpx.Request) -> httpx.Response | None:
            if "/v1/" not in request.url.path or dice.random() > 0.15:
                return None
            response = network.handle_request(request)
            if response.status_code != 200:
                return response
            try:
                body = json.loads(response.read())
            except ValueError:
                return httpx.Response(200, content=b"{", request=request)
            entities = [each for each in _entities(body) if each is not body or dice.random() < 0.3]
            for each in dice.sample(entities, min(2, len(entities))):
                if dice.random() < 0.5:
                    each["name"] = dice.choice(HOSTILE_NAMES)
                else:
                    each["id"] = dice.choice(BAD_IDS)
            headers = [(b"etag", '"ü"'.encode("latin-1")), (b"content-type", b"application/json")]
            return httpx.Response(200, headers=headers, content=json.dumps(body).encode(), request=request)

        self.made.instead = instead

    def _kill(self, dice: Random, _day: str) -> None:
        """Let the Lambda die before one of the next requests."""
        self._note("killed slices")
        left = [dice.randint(0, 40)]

        def before() -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        self.made.before_call = before

    def _stray(self, dice: Random, day: str) -> None:
        """Put invalid files into the inbox, as a person might."""
        self._note("stray files")
        for name in dice.sample(sorted(STRAY), 2):
            self.made.store.objects[f"{keys.inbox_date(day)}{name}"] = (STRAY[name], f"{day}/{name}")

    def _state(self, dice: Random, _day: str) -> None:
        """Damage the state: delete it, make it unreadable, or add marks that an earlier release left there."""
        damage: Callable[[], None] = dice.choice([self._lose, self._spoil, self._mark])
        self._note(f"state: {damage.__name__.strip('_')}")
        damage()

    def _lose(self) -> None:
        for key in (keys.FRONTIER, keys.QUOTA):
            self.made.store.objects.pop(key, None)

    def _spoil(self) -> None:
        self.made.store.objects[keys.FRONTIER] = (b"\x1f\x8bcut short", "spoiled")

    def _mark(self) -> None:
        document: Any = self.made.frontier()
        for artist in document["artists"].values():
            artist["at"] = "2036-11-24"
            for listing in artist.get("listings", {}).values():
                listing["at"] = "2036-11-24"
        document["albums"]["not an id"] = {"first_seen": "2020-01-01", "via": ["a/b"]}
        self.made.store.objects[keys.FRONTIER] = (packed(document), "marked")


def _any(dice: Random, entities: Any) -> str:
    return dice.choice(sorted(entities)) if entities else "nobody"


def _entities(body: Any) -> list[dict[str, Any]]:
    """Return the objects of a response that have an ID and a name."""
    if isinstance(body, list):
        return [each for part in body for each in _entities(part)]
    if not isinstance(body, dict):
        return []
    inside = [each for part in body.values() for each in _entities(part)]
    return [body, *inside] if {"id", "name"} <= body.keys() else inside

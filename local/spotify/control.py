"""Control a running simulation: the date, the clock, the limits, the faults."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from local.spotify.catalogue.generated import catalogue_of
from local.spotify.config import GROUPS, FaultSchedule, Profile, Shape
from local.spotify.faults.book import FaultBook
from local.spotify.faults.kinds import KINDS, Fault

if TYPE_CHECKING:
    from local.spotify.service import Spotify

NAMED_ON = date(2026, 1, 1)
ACTIONS = (
    "state", "requests", "clear_requests", "set_date", "set_clock", "move_clock", "inject", "clear_faults",
    "schedule_faults", "set_limits", "ban", "lift_bans", "set_app", "expire_tokens", "watchlist",
)  # fmt: skip


@dataclass(frozen=True)
class Control:
    """The controls of one simulation; each action takes and returns plain values, in-process and over HTTP alike."""

    spotify: Spotify

    def act(self, action: str, arguments: dict[str, Any]) -> Any:  # any JSON
        """Do one of `ACTIONS` by name, and return what it returns.

        Raises:
            ValueError: there is no such action, or it does not take these arguments.
        """
        if action not in ACTIONS:
            raise ValueError(f"No control is called {action!r}; there are {', '.join(ACTIONS)}.")
        try:
            return getattr(self, action)(**arguments)
        except TypeError as exc:
            raise ValueError(f"{action} does not take {arguments}: {exc}") from exc

    def state(self) -> dict[str, Any]:
        """Return the date, the time, each group's requests and ban, and the pending faults."""
        spotify, now = self.spotify, self.spotify.clock.now()
        return {
            "date": spotify.day.isoformat(),
            "now": spotify.clock.instant().isoformat(),
            "profile": spotify.config.profile,
            "spent": {group: spotify.quotas.spent(group, now) for group in GROUPS},
            "banned_until": {group: ban.until for group, ban in spotify.quotas.bans.items() if ban.until > now},
            "faults": [asdict(fault) for fault in spotify.faults.injected],
            "fault_kinds": sorted(KINDS),
        }

    def requests(self, after: int = 0) -> list[dict[str, Any]]:
        """Return the log's entries with a number above `after`."""
        return [asdict(entry) for entry in self.spotify.log.entries if entry.number > after]

    def clear_requests(self) -> None:
        """Empty the log."""
        self.spotify.log.entries.clear()

    def set_date(self, day: str | None) -> None:
        """Pin the catalogue to a day (YYYY-MM-DD), or let it follow the clock."""
        self.spotify.pinned = None if day is None else date.fromisoformat(day)

    def set_clock(self, moment: str) -> None:
        """Put the clock to an ISO 8601 moment."""
        self.spotify.clock.set(moment)

    def move_clock(self, seconds: float) -> None:
        """Put the clock forward, or back."""
        self.spotify.clock.move(seconds)

    def inject(self, kind: str, **options: Any) -> None:  # the fields of Fault
        """Add a fault: see `Fault` for the options."""
        self.spotify.faults.inject(Fault(kind, **options))

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.spotify.faults = FaultBook(FaultSchedule())

    def schedule_faults(self, **schedule: Any) -> None:  # the fields of FaultSchedule
        """Start a seeded schedule of faults again:  see `FaultSchedule` for its fields."""
        injected = self.spotify.faults.injected
        kinds = tuple(schedule.pop("kinds", ()))
        self.spotify.faults = FaultBook(FaultSchedule(kinds=kinds, **schedule))
        self.spotify.faults.injected = injected

    def set_limits(self, **limits: Any) -> None:  # the fields of Limits
        """Change limits: see `Limits`; `quotas` replaces only the groups it names."""
        old = self.spotify.config.limits
        if "quotas" in limits:
            limits["quotas"] = old.quotas | limits["quotas"]
        self.spotify.reconfigure(replace(self.spotify.config, limits=replace(old, **limits)))

    def ban(self, group: str, seconds: float, *, says_when: bool = True) -> None:
        """Ban a group from now on; its 429 says when to come back, or does not."""
        self.spotify.quotas.ban(group, self.spotify.clock.now(), seconds, says_when=says_when)

    def lift_bans(self) -> None:
        """End every ban, and reset every quota."""
        self.spotify.quotas = type(self.spotify.quotas)(self.spotify.config.limits)

    def set_app(
        self, profile: Profile | None = None, shape: Shape | None = None, *, premium: bool | None = None
    ) -> None:
        """Change the app: its profile, the shape of its responses, whether its owner pays. What is left out stays."""
        config = self.spotify.config
        changed = replace(
            config,
            profile=profile or config.profile,
            shape=shape or config.shape,
            premium=config.premium if premium is None else premium,
        )
        self.spotify.reconfigure(changed)

    def expire_tokens(self) -> None:
        """Expire every token issued so far."""
        self.spotify.tokens.expire_all()

    def watchlist(self) -> dict[str, Any]:
        """Return the watch-list that follows the whole catalogue: every artist of it, and one saved search."""
        size = self.spotify.config.size
        artists = catalogue_of(size).on(NAMED_ON)
        return {
            "artists": [{"id": artists.artist(n).id, "name": artists.artist(n).name} for n in range(size.artists)],
            "searches": [{"name": "new in the last two weeks", "query": "tag:new"}],
        }

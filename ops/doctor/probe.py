"""Find the profile of the stored credentials' app, by a request that is charged like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.extract.api import request
from functions.extract.api.signals import BudgetSpent, GroupBlocked, Signal, WrongProfile
from ops.errors import OpsError
from ops.spotify.extraction import Deployed, stack_spotify

if TYPE_CHECKING:
    from functions.extract.api.config import Profile
    from ops.stack import Stack


@dataclass(frozen=True)
class Probe:
    """The profile of the credentials' app, or why no request could find it; and the configured profile."""

    found: Profile | None
    configured: Profile
    not_checked: str = ""

    @property
    def fits(self) -> bool:
        """True unless the two profiles are known to differ."""
        return self.found in {None, self.configured}

    def sentence(self) -> str:
        """Return a sentence with both profiles, and what to do about a difference."""
        if self.found is None:
            return f"Spotify accepts the credentials. The app's profile was not checked: {self.not_checked}."
        may = {
            "development": "one artist, album or track per request, 10 albums per listing page",
            "extended": "batch requests, 50 albums per listing page, new releases, popularity and labels",
        }[self.found]
        told = f"Spotify accepts the credentials. The app has the {self.found} profile: {may}."
        if self.fits:
            return f"{told} `profile` is configured so."
        return f"{told} It is configured as {self.configured}: `pulumi config set spotify-lake:profile {self.found}`."

    def as_json(self) -> dict[str, Any]:
        """Return the probe as JSON."""
        if self.found is None:
            unknown = {"profile": None, "fits": None, "not_checked": self.not_checked}
            return {"credentials": "accepted", "configured": self.configured} | unknown
        return {"credentials": "accepted", "profile": self.found, "configured": self.configured, "fits": self.fits}


def probe(stack: Stack) -> Probe:
    """Return the profile of the stored credentials' app, by a request that only extended quota may send.

    The request is not sent if the search budget is spent or Spotify closed the group. A token is granted before, so
    the credentials are accepted even then.

    Raises:
        CredentialsRejected, PremiumLapsed, SpotifyRefused: Spotify refuses them; the message says what to do.
        OpsError: it got no response.
    """
    deployed = Deployed.of(stack)
    configured = deployed.config.profile
    with stack_spotify(stack, deployed) as spotify:
        try:
            spotify.ask(request.new_releases(None, deployed.config))
        except WrongProfile:
            return Probe("development", configured)
        except Signal as exc:
            if isinstance(exc, BudgetSpent | GroupBlocked) and spotify.authorised:
                return Probe(None, configured, str(exc))
            raise OpsError(f"The credentials could not be checked: {exc}. Try again later.") from exc
    return Probe("extended", configured)

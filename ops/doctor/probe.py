"""Find the profile of the stored credentials' app, by a request that is charged like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.extract.api import request
from functions.extract.api.signals import WrongProfile
from ops.spotify.extraction import Deployed, stack_spotify

if TYPE_CHECKING:
    from functions.extract.api.config import Profile
    from ops.stack import Stack


@dataclass(frozen=True)
class Probe:
    """The profile of the credentials' app, and the configured profile."""

    found: Profile
    configured: Profile

    @property
    def fits(self) -> bool:
        """True if the two profiles are the same."""
        return self.found == self.configured

    def sentence(self) -> str:
        """Return a sentence with both profiles, and what to do about a difference."""
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
        return {"credentials": "accepted", "profile": self.found, "configured": self.configured, "fits": self.fits}


def probe(stack: Stack) -> Probe:
    """Return the profile of the stored credentials' app, by a request that only extended quota may send.

    Raises:
        CredentialsRejected, PremiumLapsed, SpotifyRefused: Spotify refuses them; the message says what to do.
        OpsError: it got no response, or the search budget is spent.
    """
    deployed = Deployed.of(stack)
    with stack_spotify(stack, deployed) as spotify:
        try:
            spotify.fetch(request.new_releases(None, deployed.config))
        except WrongProfile:
            return Probe("development", deployed.config.profile)
    return Probe("extended", deployed.config.profile)

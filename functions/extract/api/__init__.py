"""Spotify's Web API: requests, responses, tokens and limits. `ops` uses it too."""

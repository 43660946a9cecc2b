"""The simulated Spotify: its answers, limits, quotas, ETags and errors over a generated catalogue."""

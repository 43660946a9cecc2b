"""Spotify beside a run: credentials, requests, and how far an extraction is."""

"""Spotify outside of a run: credentials, requests, and the progress of an extraction."""

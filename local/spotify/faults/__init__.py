"""Faults that the simulated Spotify injects into its responses."""

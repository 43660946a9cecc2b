"""Request from Spotify what is due, within its limits, and store the responses unchanged."""

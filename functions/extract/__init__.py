"""Ask Spotify for what is due, within its limits, and land the answers as they came."""

"""Request what is due from Spotify, within its limits, and keep the responses as they came."""

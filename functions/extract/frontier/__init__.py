"""The frontier: what was seen when, and what is due next."""

"""The frontier: when each entity was requested, and what is due next."""

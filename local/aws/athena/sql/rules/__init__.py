"""The functions that are known to agree with Trino's, each with its rule; every other is refused by name."""

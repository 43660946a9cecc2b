"""Trino's functions that DuckDB computes differently, in Python."""

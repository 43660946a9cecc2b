"""Trino's SQL compiled for DuckDB: parsed by Trino's grammar, typed by Trino's rules, refused where neither is sure."""

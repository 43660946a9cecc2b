"""Athena's SQL: parsed, checked and translated to what DuckDB runs."""

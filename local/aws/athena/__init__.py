"""Athena: queries in Trino's dialect, run by DuckDB through the Glue catalog."""

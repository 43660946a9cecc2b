"""Compile Trino's SQL for DuckDB: parsed by Trino's grammar, typed by Trino's rules, refused if unsure."""

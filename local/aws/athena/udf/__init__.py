"""Functions of Trino's that DuckDB computes otherwise, in Python."""

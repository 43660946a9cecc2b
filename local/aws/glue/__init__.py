"""Glue: crawlers, partitions and column types."""

"""Sweep: delete objects and partitions of superseded, failed and expired runs."""

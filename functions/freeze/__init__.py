"""Freeze: write the list of the objects that a run reads, once."""

"""Freeze: the list of objects a run reads, written down once."""

"""Turns a run's frozen inputs into the four lake tables: validated, deduplicated, sorted, nothing lost."""

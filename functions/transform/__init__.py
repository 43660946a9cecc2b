"""Turn a run's frozen inputs into the lake's tables: validated, deduplicated, sorted, every record accounted for."""

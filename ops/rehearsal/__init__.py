"""The rehearsal: prove on its account what a deployed stack can do, before the first real run."""
